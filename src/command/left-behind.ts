import { readdirSync, readFileSync } from 'node:fs';

/** As many are named. */
const MOST = 20;

/** `state ppid pgrp session …` of a process that lives. */
function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields;
  } catch {
    return undefined;
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '?';
  }
}

/** Processes of which one field of `stat` says this; none where there is no /proc. */
function processesWith(field: number, value: number): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)?.[field] === String(value));
  } catch {
    return [];
  }
}

/** Processes of a session that still live, `name (pid)`. A command is started as the leader of a session of its own. */
export function leftBehind(session: number): string[] {
  return processesWith(3, session)
    .slice(0, MOST)
    .map((pid) => `${nameOf(pid)} (${pid})`);
}

/** First child of a process; undefined where it has none or the system does not tell. */
export function childOf(pid: number): number | undefined {
  const [first] = processesWith(1, pid);
  return first === undefined ? undefined : Number(first);
}
