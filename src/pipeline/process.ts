import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot (`/proc/<pid>/stat`, field 22); undefined where there is no /proc. */
export function processStarted(pid: number): string | undefined {
  try {
    // The second field is the command in parentheses and may itself hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether the process that wrote this pid and start time still lives. */
export function isAlive(pid: number, started: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = processStarted(pid);
  return started === undefined || now === undefined || now === started;
}
