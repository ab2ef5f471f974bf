import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { createPaint } from '../report/terminal.ts';
import type { Io } from './outcome.ts';
import type { Handler, Options } from './program.ts';
import { serveSandbox } from './sandbox.ts';

function portOf(options: Options): number {
  const text = String(options.port ?? '0');
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new WitnessError({
    code: 'USAGE_PORT',
    what: `"${text}" is no port`,
    where: '--port',
    next: 'Write a number from 1 to 65535, or leave it out for a free one',
  });
}

async function passwordOf(options: Options, io: Io): Promise<string | undefined> {
  if (options.passwordFile === undefined) return undefined;
  const path = resolve(io.cwd, String(options.passwordFile));
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new WitnessError({
      code: 'PASSWORD_FILE',
      what: `The password file cannot be read: ${messageOf(cause)}`,
      where: path,
      next: 'Name a file that you may read',
    });
  });
  return text.replace(/\r?\n$/, '');
}

/** `chwitness sandbox`: 0 when ended by Ctrl-C, 2 when the engine ended by itself. */
export const sandboxCommand: Handler = async (_args, options, io) => {
  const paint = createPaint(io.colours);
  const ended = await serveSandbox({
    port: portOf(options),
    dataDir: options.dataDir === undefined ? undefined : resolve(io.cwd, String(options.dataDir)),
    user: options.user === undefined ? undefined : String(options.user),
    password: await passwordOf(options, io),
    signal: io.stop,
    ready: ({ url, user, curlConfig, passwordFile }) =>
      io.say(
        [
          `${paint.bold('sandbox')}  ${url}  user ${user}  (Ctrl-C ends it)`,
          `  password   in ${passwordFile}`,
          `  curl       curl -K ${curlConfig} --data-binary 'SELECT version()' ${url}`,
          `  chwitness  chwitness preflight --url ${url} --user ${user} --password-file ${passwordFile}`,
        ].join('\n'),
      ),
  });
  if (ended === 'stopped') return { code: 0, text: 'sandbox ended', json: { ended } };
  throw new WitnessError({
    code: 'SANDBOX_ENDED',
    what: ended.died,
    where: 'the embedded engine',
    next: 'Start it again; if it ends again, its own log in the data folder says more',
  });
};
