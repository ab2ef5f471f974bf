import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/kernel/package.ts';

export const BUILT_CLI = join(packageRoot, 'dist', 'src', 'cli.js');
const LOCK = join(packageRoot, 'node_modules', '.chwitness-build-lock');
/** A builder that was killed leaves its lock behind. */
const STALE_MS = 90_000;

function newest(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

function isFresh(): boolean {
  const built = statSync(BUILT_CLI, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return ['src', 'checks', 'bundles'].every((folder) => newest(join(packageRoot, folder)) <= built);
}

function take(): boolean {
  try {
    mkdirSync(LOCK);
    return true;
  } catch {
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs;
    if (since !== undefined && Date.now() - since > STALE_MS) rmdirSync(LOCK);
    return false;
  }
}

/** Builds the CLI when a source is newer than it; of test files that run at once, one builds and the others wait. */
export async function ensureBuilt(): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    if (isFresh()) return;
    if (take()) {
      try {
        const tsc = join(packageRoot, 'node_modules', '.bin', 'tsc');
        const { status, stdout, stderr } = spawnSync(tsc, ['-p', 'tsconfig.build.json'], {
          cwd: packageRoot,
          encoding: 'utf8',
          timeout: 60_000,
        });
        if (status !== 0) throw new Error(`the CLI could not be built:\n${stdout}${stderr}`);
        return;
      } finally {
        rmdirSync(LOCK);
      }
    }
    await sleep(200);
  }
  throw new Error(`another build did not end; remove ${LOCK}`);
}
