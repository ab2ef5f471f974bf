import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

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

/** Whether the process that wrote this pid and start time still lives; only of one that counts pids as we do. */
export function isAlive(pid: number, started: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = processStarted(pid);
  return started === undefined || now === undefined || now === started;
}

/** A process as others find it written down. */
export interface Process {
  pid: number;
  pid_started?: string | undefined;
  /** Where that pid means something: a machine, and in it one container or none. Letters, digits and dashes. */
  place: string;
}

function namespaceOfPids(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 'x';
  } catch {
    return 'x';
  }
}

let own: Process | undefined;

/** This process. */
export function ownProcess(): Process {
  own ??= {
    pid: process.pid,
    pid_started: processStarted(process.pid),
    place: `${hostname().replace(/[^A-Za-z0-9-]+/g, '-')}-${namespaceOfPids()}`,
  };
  return own;
}
