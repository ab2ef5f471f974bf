import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The folder that holds package.json: `sql/` and the `.sql` checks are found from here, since tsc copies neither. */
export const packageRoot = findRoot();

/** The folder that holds the code that runs: the package root from source, `dist/` when built. */
export const codeRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Version of chwitness itself, from its package.json. */
export const version: string = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
