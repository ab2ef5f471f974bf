import { momentOf } from './moment.ts';
import { LEVELS, type LogEntry, parseServerLog } from './server-log.ts';
import { QUOTED, type ServerLogDigest } from './server-log-facts.ts';
import { exceptionLine } from './tally.ts';
import { keptBounds, type LogWindow } from './window.ts';
import { localTimes } from './zone.ts';

interface Wish {
  text: string;
  /** Newest lines that are kept whatever their time. */
  newest: number;
  window: LogWindow;
  zone: string | undefined;
  /** Exceptions that our own statements met so far, by code: of some the log does not say whose they are. */
  ownErrors: readonly { code: number; count: number }[];
  /** Whether the text is only the end of the log. */
  cut: boolean;
}

export interface Digest extends ServerLogDigest {
  /** What is kept, as text. */
  content: string;
}

const ERROR = LEVELS.indexOf('Error');
const OWN = /^chwitness-(?!.+-load-)/;

/** Chooses what is kept of a log and counts it: the newest lines, all entries of the window, errors of it quoted. */
export function digestServerLog({ text, newest, window, zone, ownErrors, cut }: Wish): Digest {
  // The first line may be the second half of one.
  const entries = parseServerLog(cut ? text.slice(text.indexOf('\n') + 1) : text);
  const toTime = zone === undefined ? undefined : localTimes(zone);
  const timeOf = (one: LogEntry) => {
    if (one.epoch !== undefined) return one.epoch * 1000;
    return one.local === '' || toTime === undefined ? undefined : toTime(one.local);
  };
  const { from, to } = keptBounds(window);
  const counts: Record<string, number> = {};
  const errors: ServerLogDigest['errors'] = [];
  const times = entries.map(timeOf);
  const keep = new Set<number>();
  const found = { errors_outside: 0, errors_count: 0, window_lines: 0, own_lines: 0, own_errors: 0, lines: 0 };
  const unnamed = new Map(ownErrors.map(({ code, count }) => [code, count]));
  const shown = (time: number) => momentOf(time / 1000, zone);
  for (const [index, one] of entries.entries()) {
    const time = times[index];
    if (one.level !== '') counts[one.level] = (counts[one.level] ?? 0) + 1;
    const inWindow = time !== undefined && time >= from * 1000 && time <= to * 1000;
    const bad = one.level !== '' && LEVELS.indexOf(one.level) <= ERROR && LEVELS.includes(one.level);
    const own = OWN.test(one.query_id);
    if (inWindow) {
      keep.add(index);
      found.window_lines += one.lines.length;
      if (own) found.own_lines += one.lines.length;
    }
    if (!bad || own) continue;
    const code = Number(/Code: (\d+)/.exec(one.message)?.[1]);
    const ours = inWindow && one.query_id === '' ? (unnamed.get(code) ?? 0) : 0;
    if (ours > 0) {
      unnamed.set(code, ours - 1);
      found.own_errors += 1;
      continue;
    }
    // The margin in front of the window is kept and not judged: what failed there is not this run's.
    if (!inWindow || time < Date.parse(window.from) - 1000) {
      found.errors_outside += 1;
      continue;
    }
    found.errors_count += 1;
    const { level, logger, query_id, message, lines } = one;
    errors.push({ at: shown(time), level, logger, query_id, message: exceptionLine(message), lines: lines.length });
  }
  let left = newest;
  for (let index = entries.length - 1; index >= 0 && left > 0; index -= 1) {
    keep.add(index);
    left -= entries[index]?.lines.length ?? 0;
  }
  const content: string[] = [];
  for (const index of [...keep].sort((a, b) => a - b)) {
    const [first = '', ...rest] = entries[index]?.lines ?? [];
    const time = times[index];
    content.push(time === undefined ? first : `${new Date(time).toISOString()} | ${first}`, ...rest);
  }
  const known = times.filter((time) => time !== undefined);
  const [first, last] = [known[0], known.at(-1)];
  return {
    content: content.length === 0 ? '' : `${content.join('\n')}\n`,
    ...found,
    lines: content.length,
    reaches_back: !cut || (first !== undefined && first <= from * 1000),
    ...(first === undefined ? {} : { first: shown(first) }),
    ...(last === undefined ? {} : { last: shown(last) }),
    levels: counts,
    errors: errors.slice(-QUOTED),
  };
}

/** Zones whose clock stands so many minutes off UTC have no name here; `Etc/GMT-3` is UTC+3. */
export function zoneByFileTime(text: string, modifiedMs: number): string | undefined {
  const last = parseServerLog(text.slice(-64 * 1024)).findLast(({ local }) => local !== '');
  if (!last) return undefined;
  const hours = (localTimes('UTC')(last.local) - modifiedMs) / 3_600_000;
  const whole = Math.round(hours);
  // More than five minutes off: the file was touched later, or the zone is no whole hour.
  if (Math.abs(hours - whole) > 1 / 12 || Math.abs(whole) > 14) return undefined;
  return whole === 0 ? 'UTC' : `Etc/GMT${whole > 0 ? '-' : '+'}${Math.abs(whole)}`;
}
