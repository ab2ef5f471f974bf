import { formatCount, plural } from '../../kernel/format.ts';
import { controlSentence } from '../../model/control.ts';
import { type Because, pass, skip, type Verdict, warn } from '../../model/verdict.ts';
import { momentText } from './moment.ts';
import { ERROR_LEVEL, type LineGroup, type TextLogFacts } from './text-log-facts.ts';

type Log = NonNullable<TextLogFacts['log']>;

/** What the text log says of a window: lines of level Error and worse are worth a warning, whoever they belong to. */
export function judgeTextLog(facts: TextLogFacts): Verdict {
  const { log, control } = facts;
  const { text_log } = control;
  const remedies = text_log.outcome === 'seen' ? [] : text_log.remedies;
  if (!log) return skip(facts.refused ?? controlSentence(control, 'text_log'), { remedies });
  const others = log.groups.filter((one) => !one.own);
  const bad = others.filter((one) => one.number <= ERROR_LEVEL);
  const count = linesOf(others);
  const because = [...quotes(log), ...counts(facts, log), controlSentence(control, 'text_log')];
  if (bad.length > 0)
    return warn(`${plural(linesOf(bad), 'line')} of level Error or worse: ${byLogger(bad)}`, { because, remedies });
  // A log that keeps no lines of statements still keeps errors, as long as something is written to it.
  const coarse = text_log.outcome === 'unavailable' && text_log.reason === 'level' && count > 0;
  if (text_log.outcome !== 'seen' && !coarse)
    return skip(`nothing is established: ${controlSentence(control, 'text_log')}`, { because, remedies });
  if (control.covers === 'now' && count === 0)
    return skip(
      `no line of that window is in system.text_log: it is written to now, whether it was then is not established`,
      { because, remedies },
    );
  return pass(`${plural(count, 'line')}, none of them Error or worse (${byLevel(others)})`, { because, remedies });
}

function linesOf(groups: readonly LineGroup[]): number {
  return groups.reduce((total, one) => total + one.lines, 0);
}

function tally(groups: readonly LineGroup[], key: (one: LineGroup) => string): string {
  const found = new Map<string, number>();
  for (const one of groups) found.set(key(one), (found.get(key(one)) ?? 0) + one.lines);
  return [...found].map(([name, lines]) => `${name} ${formatCount(lines)}`).join(', ');
}

const byLevel = (groups: readonly LineGroup[]) => tally(groups, (one) => one.level);
const byLogger = (groups: readonly LineGroup[]) => tally(groups, (one) => `${one.level} of ${one.logger}`);

function quotes(log: Log): Because[] {
  return log.errors.map((one) => {
    const query = one.query_id === '' ? '' : `, query_id ${one.query_id}`;
    return {
      text: `${momentText(one.at)} ${one.level} ${one.logger}${query}: ${one.message}`,
      file: log.rows.path,
    };
  });
}

function counts({ window: { from, to, margin_seconds }, asked }: TextLogFacts, log: Log): (string | Because)[] {
  const own = log.groups.filter((one) => one.own);
  const cut = log.rows.cut === undefined ? '' : `; kept: ${log.rows.cut}`;
  return [
    {
      text: `lines between ${from} and ${to} (UTC) and ${plural(margin_seconds, 'second')} on each side: ${formatCount(log.rows.lines)}${cut}`,
      file: log.rows.path,
    },
    ...(own.length === 0 ? [] : [`lines of chwitness’ own questions, counted apart: ${formatCount(linesOf(own))}`]),
    ...(log.groups_cut ? ['there were more loggers than are counted here: the rest is in the file'] : []),
    ...(asked.rows === undefined
      ? []
      : [{ text: `${plural(asked.rows.lines, 'line')} of ${asked.ids.join(', ')}`, file: asked.rows.path }]),
  ];
}
