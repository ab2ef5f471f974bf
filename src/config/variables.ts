import { relative } from 'node:path';
import type { CommandWords } from './command-words.ts';
import { readEnvFile, type Variable, type Variables } from './env-file.ts';
import type { Problem } from './problems.ts';
import { absolute } from './resolver.ts';

/** All variables in reach, by where they stand. */
export interface Environment {
  /** Env-files named on the command line; the last file wins. */
  named: Variables;
  ambient: Variables;
  /** Env-files named in the configuration file; the last file wins. */
  configured: Variables;
  /** Of a wrapped command: its env-files and what its words set. Asked last, since they may hold only where the command runs. */
  command: Variables;
  problems: Problem[];
  notes: string[];
  sources: { key: string; from: string }[];
}

/** A path as the user would write it: below `cwd` relative, else as it is. */
export function displayPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === '' || short.startsWith('..') ? path : short;
}

/** Reads the process's environment and all env-files, each kept apart. */
export function readEnvironment(
  files: {
    named: readonly string[];
    configured: readonly string[];
    configuredBase: string;
    command?: Pick<CommandWords, 'envFiles' | 'variables'> | undefined;
  },
  env: NodeJS.ProcessEnv,
  cwd: string,
): Environment {
  const problems: Problem[] = [];
  const notes: string[] = [];
  const sources: { key: string; from: string }[] = [];
  const read = (paths: readonly string[], base: string, from: string): Variables => {
    const merged = new Map<string, Variable>();
    for (const path of paths) {
      const full = absolute(path, base);
      const file = readEnvFile(full, displayPath(full, cwd), env);
      sources.push({ key: 'env_file', from: `${displayPath(full, cwd)}, named by ${from}` });
      problems.push(...file.problems);
      notes.push(...file.notes);
      for (const [name, variable] of file.variables) merged.set(name, variable);
    }
    return merged;
  };
  const ambient = new Map(
    Object.entries(env).flatMap(([name, value]): [string, Variable][] =>
      value === undefined ? [] : [[name, { value, from: 'the environment' }]],
    ),
  );
  const ofCommand = () => {
    const found = new Map<string, Variable>();
    for (const path of files.command?.envFiles ?? []) {
      const name = displayPath(absolute(path, cwd), cwd);
      const file = readEnvFile(absolute(path, cwd), name, env);
      sources.push({ key: 'env_file', from: `${name}, named by the command` });
      // What is wrong with it is the command's to say; here it is only worth knowing.
      notes.push(...file.problems.map(({ where, what }) => `${where}: ${what}`));
      for (const [key, variable] of file.variables) found.set(key, variable);
    }
    for (const [key, variable] of files.command?.variables ?? []) found.set(key, variable);
    return found;
  };
  return {
    command: ofCommand(),
    named: read(files.named, cwd, '--env-file'),
    ambient,
    configured: read(files.configured, files.configuredBase, 'the configuration file'),
    problems,
    notes,
    sources,
  };
}
