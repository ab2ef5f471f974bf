import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { messageOf } from '../kernel/errors.ts';
import type { NotStarted } from '../model/command.ts';

/** What stands at a path: something that may be executed, something that may not, or nothing. */
function look(path: string): 'executable' | 'not-executable' | 'nothing' {
  try {
    if (!statSync(path).isFile()) return 'not-executable';
  } catch {
    return 'nothing';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'executable';
  } catch {
    return 'not-executable';
  }
}

/** Whether a command can be started, found as the system finds it: a name with a slash is a path, any other is looked for in PATH. */
export function whyNotStartable(file: string, cwd: string, path: string | undefined): NotStarted | undefined {
  try {
    if (!statSync(cwd).isDirectory()) throw new Error(`${cwd} is no folder`);
  } catch (error) {
    return { reason: 'no-folder', message: `its working directory cannot be entered: ${messageOf(error)}` };
  }
  const places = file.includes('/')
    ? [resolve(cwd, file)]
    : (path ?? '/usr/bin:/bin').split(delimiter).map((folder) => join(resolve(cwd, folder), file));
  const found = places.map(look);
  if (found.includes('executable')) return undefined;
  if (found.includes('not-executable'))
    return { reason: 'not-executable', message: `${file} is there, and may not be executed` };
  return { reason: 'not-found', message: file.includes('/') ? `${file} does not exist` : `${file} is not in PATH` };
}
