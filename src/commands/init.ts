import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { FILE_NAMES } from '../config/find-file.ts';
import { configTemplate } from '../config/template.ts';
import { WitnessError } from '../kernel/errors.ts';
import { shortId } from '../kernel/names.ts';
import { packageRoot } from '../kernel/package.ts';

const SCHEMA = 'schema/chwitness.schema.json';

export interface InitInput {
  cwd: string;
  /** Replace an existing file. */
  force: boolean;
  /** Return the text and write nothing. */
  print: boolean;
}

/** The shipped schema as an editor finds it from `cwd`: in the project where chwitness is installed there, else by its usual place. */
function schemaPath(cwd: string): string {
  const below = relative(cwd, packageRoot);
  const isBelow = below !== '..' && !below.startsWith(`..${sep}`);
  const folder = isBelow ? below : 'node_modules/chwitness';
  return `./${[...folder.split(sep), SCHEMA].filter((part) => part !== '').join('/')}`;
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

function taken(path: string, cause?: unknown): WitnessError {
  return new WitnessError({
    code: 'INIT_EXISTS',
    what: 'there is a configuration file already',
    where: path,
    next: 'edit it, print a fresh one with --print, or replace it with --force',
    cause,
  });
}

/**
 * Writes a commented `chwitness.yaml` (mode 0600) whose values are the defaults. An existing file, or link, is left alone
 * unless `force` says otherwise; then it is replaced in one step, never written through.
 * @throws WitnessError when a file is there already or the folder cannot be written
 */
export async function runInit({ cwd, force, print }: InitInput): Promise<{ path: string; text: string }> {
  const [name, second] = FILE_NAMES;
  const path = join(cwd, name);
  const text = configTemplate(schemaPath(cwd));
  if (print) return { path, text };
  if (!force && existsSync(join(cwd, second))) throw taken(join(cwd, second));
  try {
    if (force) {
      const fresh = `${path}.${shortId()}.new`;
      await write(fresh, text);
      try {
        await rename(fresh, path);
      } catch (error) {
        await rm(fresh, { force: true });
        throw error;
      }
    } else {
      await write(path, text);
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'EEXIST') throw taken(path, cause);
    throw new WitnessError({
      code: 'INIT_UNWRITABLE',
      what: `the configuration file cannot be written (${code})`,
      where: path,
      next: 'start it in a folder that you may write',
      cause,
    });
  }
  return { path, text };
}
