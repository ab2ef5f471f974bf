import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../kernel/make-folder.ts';
import { isAlive, ownProcess, type Process } from './process.ts';

/** How often a process shows that it lives, ms. */
const BEAT_MS = 5000;
/** One of another machine or container that has not shown it for so long is dead, ms. */
const DEAD_MS = 60_000;

function pathOf(stateDir: string, { pid, pid_started, place }: Process): string {
  return join(stateDir, 'alive', `${place}.${pid}.${pid_started ?? 'x'}`);
}

const beating = new Map<string, { count: number; timer: NodeJS.Timeout }>();

/**
 * Shows others that use this folder that this process lives: those of other machines and containers cannot ask for its pid.
 * Resolves once it is shown, to what ends it.
 */
export async function showLife(stateDir: string): Promise<() => Promise<void>> {
  const path = pathOf(stateDir, ownProcess());
  // Whoever comes too late to make the folder anew must not stop for it.
  const beat = () => writeFile(path, `${new Date().toISOString()}\n`, { mode: 0o600 });
  const shown = beating.get(path);
  if (shown) shown.count += 1;
  else beating.set(path, { count: 1, timer: setInterval(() => void beat().catch(() => undefined), BEAT_MS).unref() });
  await makeFolder(join(path, '..'));
  await beat();
  return async () => {
    const now = beating.get(path);
    if (!now) return;
    now.count -= 1;
    if (now.count > 0) return;
    clearInterval(now.timer);
    beating.delete(path);
    await rm(path, { force: true });
  };
}

/** Whether a process lives: asked for by its pid where that can be, else by when it last showed itself. */
export async function lives(stateDir: string, one: Process): Promise<boolean> {
  const path = pathOf(stateDir, one);
  const alive =
    one.place === ownProcess().place
      ? isAlive(one.pid, one.pid_started)
      : await stat(path).then(
          ({ mtimeMs }) => Date.now() - mtimeMs < DEAD_MS,
          () => false,
        );
  if (!alive) await rm(path, { force: true });
  return alive;
}
