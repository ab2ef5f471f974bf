import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ConfigFile, parseConfigFile } from './config-file.ts';
import { FILE_NAMES, findConfigFile, readConfigFile } from './find-file.ts';
import type { Flags } from './flags.ts';
import { absolute } from './resolver.ts';
import { displayPath } from './variables.ts';

export interface Located {
  /** Undefined: there is none. */
  file: ConfigFile | undefined;
  /** Folder of the file, for the paths that stand in it. */
  fileBase: string;
  /** Folder for paths that nobody gave: the file's when it was found by itself, else the working folder. */
  base: string;
  sources: { key: string; from: string }[];
  notes: string[];
}

/**
 * Finds and reads the configuration file: `--config`, `CHWITNESS_CONFIG`, else the nearest `chwitness.yaml`.
 * @throws WitnessError when it was named and cannot be read, or when others could have written it
 */
export function locate(flags: Flags, env: NodeJS.ProcessEnv, cwd: string): Located {
  const byVariable = env.CHWITNESS_CONFIG?.trim() ? env.CHWITNESS_CONFIG.trim() : undefined;
  const named = flags.config ?? byVariable;
  const path = named === undefined ? findConfigFile(cwd, env.HOME ?? homedir()) : absolute(named, cwd);
  if (path === undefined) return { file: undefined, fileBase: cwd, base: cwd, sources: [], notes: [] };
  const name = displayPath(path, cwd);
  const file = parseConfigFile(readConfigFile(path, name, named !== undefined), name);
  const fileBase = dirname(path);
  const from = flags.config === undefined ? 'CHWITNESS_CONFIG from the environment' : '--config';
  const [, second = ''] = FILE_NAMES;
  const other = join(fileBase, second);
  const notes = path !== other && existsSync(other) && named === undefined ? [`${second} is not read: ${name} is`] : [];
  return {
    file,
    fileBase,
    base: named === undefined ? fileBase : cwd,
    sources: named === undefined ? [] : [{ key: 'config', from }],
    notes,
  };
}
