import { readFileSync } from 'node:fs';
import { messageOf } from '../kernel/errors.ts';
import type { Problem } from './problems.ts';

/** A variable with where it was set. */
export interface Variable {
  value: string;
  /** `.env:3`; `the environment` for the process's own. */
  from: string;
}

export type Variables = ReadonlyMap<string, Variable>;

export interface EnvFile {
  variables: Map<string, Variable>;
  problems: Problem[];
  notes: string[];
}

const MOST_BYTES = 4 * 1024 * 1024;

function decode(bytes: Buffer): string | undefined {
  try {
    // Takes a byte order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Reads an env-file exactly as `docker run --env-file` does (docker/cli, `pkg/kvfile`): leading white space of a line is
 * dropped, `#` is a comment only there, all after the first `=` is the value with its quotes and trailing spaces, and a
 * bare `KEY` takes its value from the environment or is left out. Lines are never shown: they may hold secrets.
 */
export function parseEnvFile(bytes: Buffer, name: string, env: NodeJS.ProcessEnv): EnvFile {
  const result: EnvFile = { variables: new Map(), problems: [], notes: [] };
  const wrong = (where: string, what: string, next: string) =>
    result.problems.push({ code: 'ENV_FILE_INVALID', where, what, next });
  const text = decode(bytes);
  if (text === undefined) {
    wrong(name, 'this env-file is not UTF-8 text', 'save it as UTF-8');
    return result;
  }
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/\r$/, '').trimStart();
    const where = `${name}:${index + 1}`;
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const key = equals < 0 ? line : line.slice(0, equals);
    if (key === '') {
      wrong(where, 'this line has no name before its =', 'write KEY=VALUE');
    } else if (/[ \t\v\f]/.test(key)) {
      const next = /^export\s/.test(key)
        ? 'drop the word export: Docker reads KEY=VALUE alone'
        : 'write KEY=VALUE, without a space before the =';
      wrong(where, 'the name on this line holds a space', next);
    } else if (key.includes('\0') || line.includes('\0')) {
      wrong(where, 'this line holds a zero byte', 'write it as plain text');
    } else if (equals < 0) {
      const value = env[key];
      if (value !== undefined) result.variables.set(key, { value, from: `the environment, named at ${where}` });
    } else {
      const value = line.slice(equals + 1);
      if (/^(['"]).*\1$/.test(value) && value.length > 1)
        result.notes.push(`${where}: the quotes around ${key} are part of its value, as they are for Docker`);
      else if (/\s$/.test(value) && value.trim() !== '')
        result.notes.push(`${where}: the white space at the end of ${key} is part of its value, as it is for Docker`);
      result.variables.set(key, { value, from: where });
    }
  }
  return result;
}

/** Reads one env-file; one that cannot be read is a problem, never an empty environment. */
export function readEnvFile(path: string, name: string, env: NodeJS.ProcessEnv): EnvFile {
  const failed = (what: string): EnvFile => ({
    variables: new Map(),
    notes: [],
    problems: [{ code: 'ENV_FILE_UNREADABLE', where: name, what, next: 'check the path after --env-file or env_file' }],
  });
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES) return failed('this env-file is larger than 4 MiB, so it is probably another file');
    return parseEnvFile(bytes, name, env);
  } catch (error) {
    return failed(`the env-file cannot be read: ${codeOf(error)}`);
  }
}

/** `ENOENT` in words; the message of node repeats the path. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EISDIR') return 'it is a folder';
  return typeof code === 'string' ? code : messageOf(error);
}
