import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Target } from '../engine/target.ts';
import { cleanLeftovers } from '../evidence/scratch.ts';
import { lives } from './life.ts';
import { ownProcess } from './process.ts';

/** File that names the scratch tables of this process while they exist: `<stateDir>/scratch/<id>.<pid>.<start>.<place>.jsonl`. */
export function scratchLedger(stateDir: string, id: string): string {
  const { pid, pid_started = 'x', place } = ownProcess();
  return join(stateDir, 'scratch', `${id}.${pid}.${pid_started}.${place}.jsonl`);
}

/** Drops the scratch tables that processes which are gone had left on this target. Returns their names. */
export async function sweepScratch(target: Target, stateDir: string): Promise<string[]> {
  const folder = join(stateDir, 'scratch');
  const names = await readdir(folder).catch(() => [] as string[]);
  const dropped: string[] = [];
  for (const name of names.sort()) {
    const [, pid, started, place] = /\.(\d+)\.(\w+)\.([\w-]+)\.jsonl$/.exec(name) ?? [];
    if (pid === undefined || place === undefined) continue;
    if (await lives(stateDir, { pid: Number(pid), pid_started: started === 'x' ? undefined : started, place }))
      continue;
    dropped.push(...(await cleanLeftovers(target, join(folder, name))));
  }
  return dropped;
}
