import { formatCount, plural } from '../../kernel/format.ts';
import { type Because, pass, skip, type Verdict, warn } from '../../model/verdict.ts';
import { momentText } from './moment.ts';
import { LEVELS } from './server-log.ts';
import type { ServerLogFacts, ServerLogFile } from './server-log-facts.ts';

/** What the server's log files say of a window: entries of level Error and worse in it are worth a warning. */
export function judgeServerLog(facts: ServerLogFacts): Verdict {
  if (facts.embedded) return skip('the target is the embedded engine: it listens for this run alone');
  if (facts.missing) return skip(facts.missing.reason, { remedies: facts.missing.remedies });
  const there = facts.files.filter((file) => file.kept !== undefined);
  // What stands in the one file stands in the other, too: it is quoted once.
  const quoted = there.find(({ errors_count }) => errors_count > 0);
  const because = facts.files.flatMap((file) => linesOf(file, facts, file === quoted));
  const remedies = facts.files.flatMap(({ missing }) => missing?.remedies ?? []);
  if (there.length === 0)
    return skip(facts.files.map(({ missing }) => missing?.reason ?? '').join('; '), { because, remedies });
  if (facts.zone === undefined && there.every(({ first }) => first === undefined))
    return skip('the time zone of the log is not known, so none of its lines can be placed in the window', {
      because,
      remedies: ['Name it: checks.server-log.options.timezone'],
    });
  // What goes into the one goes into the other, too.
  const whole = there.find(({ name }) => !name.includes('.err.')) ?? there[0];
  const worst = there.reduce((most, one) => (one.errors_count > most.errors_count ? one : most));
  const finest = finestOf(there);
  if (facts.discovered && finest >= LEVELS.indexOf('Debug') && there.every(({ own_lines }) => own_lines === 0))
    return skip('this log holds nothing of what chwitness just asked: it is another server’s', {
      because,
      remedies: ['Name the right one: checks.server-log.options.path, or container'],
    });
  const coarse = finest < LEVELS.indexOf('Debug');
  const cannot = coarse
    ? [
        `nothing finer than ${LEVELS[finest] ?? 'unknown'} is written: lines of single queries need Debug (<logger><level>)`,
      ]
    : [];
  const all = { because: [...because, ...cannot], remedies };
  if (worst.errors_count > 0)
    return warn(
      `${plural(worst.errors_count, 'entry', 'entries')} of level Error or worse in the window: ${byLogger(worst)}`,
      all,
    );
  const lines = whole?.window_lines ?? 0;
  const level = LEVELS[finest];
  return pass(
    `${plural(lines, 'line')} of the window, none of them Error or worse${level === undefined ? '' : ` (finest level: ${level})`}`,
    all,
  );
}

function finestOf(files: readonly ServerLogFile[]): number {
  return Math.max(-1, ...files.flatMap(({ levels }) => Object.keys(levels).map((name) => LEVELS.indexOf(name))));
}

function byLogger({ errors }: ServerLogFile): string {
  const found = new Map<string, number>();
  for (const { level, logger } of errors) {
    const key = `${level} of ${logger || 'no logger'}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return [...found].map(([key, count]) => `${key} ${formatCount(count)}`).join(', ');
}

function linesOf(file: ServerLogFile, { zone, zone_from }: ServerLogFacts, quote: boolean): (string | Because)[] {
  const { name, from, kept, missing } = file;
  if (kept === undefined) return missing === undefined ? [] : [`${name}: ${missing.reason}`];
  const quotes = (quote ? file.errors.slice(-10) : []).map(({ at, level, logger, query_id, message, lines }) => ({
    text: `${momentText(at)} ${level} ${logger}${query_id === '' ? '' : `, query_id ${query_id}`}: ${message}${lines > 1 ? ` (and ${lines - 1} lines of its own)` : ''}`,
    file: kept,
  }));
  const span = file.first && file.last ? `, read from ${momentText(file.first)} to ${momentText(file.last)}` : '';
  const short = file.reaches_back
    ? ''
    : '; the log grew so fast that the beginning of the window is not in what was read';
  const own =
    file.own_errors === 0
      ? []
      : [`${name}: ${plural(file.own_errors, 'error')} of chwitness’ own questions, counted apart`];
  const outside =
    file.errors_outside === 0
      ? []
      : [`${name}: ${plural(file.errors_outside, 'error')} outside the window, not of this run`];
  return [
    ...quotes,
    {
      text: `${name} from ${from}: ${plural(file.lines, 'line')} kept, ${file.window_lines} of the window${span}${short}`,
      file: kept,
    },
    ...own,
    ...outside,
    ...(zone === undefined || zone_from === 'server' ? [] : [`times of ${name} read as ${zone}, by the ${zone_from}`]),
  ];
}
