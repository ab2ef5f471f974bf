import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import type { Flags } from '../../src/config/flags.ts';
import { loadConfig } from '../../src/config/load.ts';
import { WitnessError } from '../../src/kernel/errors.ts';
import type { Config } from '../../src/model/config.ts';

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export interface Folder {
  path: string;
  /** Writes a file below it, mode 0600 unless told. */
  write(name: string, text: string | Buffer, mode?: number): string;
  load(flags?: Flags, env?: NodeJS.ProcessEnv, cwd?: string): Promise<Config>;
  /** The error that a load ends with; fails when there is none. */
  error(flags?: Flags, env?: NodeJS.ProcessEnv): Promise<WitnessError>;
}

/** A project folder of its own, gone after the test. */
export function folder(): Folder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'chwitness-config-')));
  made.push(path);
  const load = (flags: Flags = {}, env: NodeJS.ProcessEnv = {}, cwd = path) =>
    loadConfig({ flags, env: { HOME: '/nonexistent', ...env }, cwd });
  return {
    path,
    load,
    write(name, text, mode = 0o600) {
      const full = join(path, name);
      mkdirSync(dirname(full), { recursive: true });
      writeFileSync(full, text);
      chmodSync(full, mode);
      return full;
    },
    async error(flags, env) {
      const outcome = await load(flags, env).catch((thrown: unknown) => thrown);
      if (outcome instanceof WitnessError) return outcome;
      throw new Error('expected a WitnessError', { cause: outcome });
    },
  };
}

/** All that a user sees of an error. */
export function said(error: WitnessError): string {
  return [error.code, error.message, error.where, error.next].join('\n');
}
