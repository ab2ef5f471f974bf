import { relative, sep } from 'node:path';

/** A path as people read it: from where they stand when it lies below, else whole. */
export function shownPath(path: string, cwd: string = process.cwd()): string {
  const below = relative(cwd, path);
  return below === '' || below === '..' || below.startsWith(`..${sep}`) ? path : below;
}
