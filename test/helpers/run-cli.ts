import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package.ts';
import { type RunJson, runJson } from '../../src/model/run.ts';

/** The command line as `npm run build` made it; `npm test` builds first. */
export const CLI = join(packageRoot, 'dist', 'src', 'cli.js');

export interface CliOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
  timeoutMs?: number;
  /** Called with the process once it runs. */
  meanwhile?: (child: { pid: number; kill(signal: NodeJS.Signals): void; output(): string }) => Promise<void>;
}

export interface CliResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Path of the archive that the output names. */
  archive: string | undefined;
}

/** Runs the built command line in a folder of its own, with nothing of this machine's configuration in its environment. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  if (!existsSync(CLI)) throw new Error('the command line is not built: npm run build');
  const env = { PATH: process.env.PATH ?? '', HOME: options.cwd, ...options.env };
  const child = spawn(process.execPath, [CLI, ...args], { cwd: options.cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.stdin ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.once('close', (code, signal) => done({ code, signal })),
  );
  await options.meanwhile?.({
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    output: () => stdout + stderr,
  });
  const { code, signal } = await ended;
  clearTimeout(timer);
  const named = /^archive {2}(\S+)/m.exec(stdout)?.[1];
  return { code, signal, stdout, stderr, archive: named === undefined ? undefined : join(options.cwd, named) };
}

/** The run that `--json` printed; throws when anything else stands on standard output. */
export function jsonOf(result: CliResult): RunJson {
  return runJson.parse(JSON.parse(result.stdout));
}

/** Waits until `seen()` holds, at most `ms`. */
export async function until(seen: () => boolean, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!seen()) {
    if (Date.now() > end) throw new Error('waited in vain');
    await new Promise((done) => setTimeout(done, 10));
  }
}
