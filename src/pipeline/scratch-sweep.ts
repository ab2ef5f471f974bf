import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../engine/target.ts';
import { cleanLeftovers } from '../evidence/scratch.ts';
import { isAlive, processStarted } from './process.ts';

/** File that names the scratch tables of this process while they exist: `<stateDir>/scratch/<id>.<pid>.<start>.jsonl`. */
export function scratchLedger(stateDir: string, id: string): string {
  return join(stateDir, 'scratch', `${id}.${process.pid}.${processStarted(process.pid) ?? 'x'}.jsonl`);
}

/** Drops the scratch tables that processes which are gone had left on this target. Returns their names. */
export async function sweepScratch(target: Target, stateDir: string): Promise<string[]> {
  const folder = join(stateDir, 'scratch');
  const names = await readdir(folder).catch(() => [] as string[]);
  const dropped: string[] = [];
  for (const name of names.sort()) {
    const [, pid, started] = /\.(\d+)\.(\w+)\.jsonl$/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid), started === 'x' ? undefined : started)) continue;
    dropped.push(...(await cleanLeftovers(target, join(folder, name))));
  }
  return dropped;
}
