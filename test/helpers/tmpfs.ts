import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

const REQUIRED = process.env.CHWITNESS_REQUIRE_ENGINES === '1';

/** A file system of its own that can be full; undefined, with the reason printed, where mounting is not permitted. */
export function mountTmpfs(folder: string, size: string): { unmount(): void } | undefined {
  mkdirSync(folder, { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { encoding: 'utf8' });
  if (mounted.status !== 0) {
    const reason = `no tmpfs can be mounted here: ${mounted.stderr?.trim() || mounted.error?.message}`;
    if (REQUIRED) throw new Error(reason);
    process.stderr.write(`skipped: ${reason}\n`);
    return undefined;
  }
  return {
    unmount() {
      spawnSync('umount', ['--lazy', folder]);
    },
  };
}
