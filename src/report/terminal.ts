import { Chalk } from 'chalk';
import { formatBytes, formatCount, formatDuration, plural } from '../kernel/format.ts';
import { type CommandFacts, howItEnded } from '../model/command.ts';
import { errorHeadline } from '../model/error-headline.ts';
import type { Finding } from '../model/finding.ts';
import type { LoadFacts } from '../model/load.ts';
import type { CheckResult, RunJson } from '../model/run.ts';
import { tableText } from '../model/table.ts';
import { accountLines } from './account-lines.ts';
import { apiLines } from './api.ts';
import { targetText, verdictOf } from './verdict.ts';
import { visible } from './visible.ts';

export type Paint = InstanceType<typeof Chalk>;

/** Colours or none: none without a terminal or with `NO_COLOR` set to anything, https://no-color.org. */
export function createPaint(colours: boolean): Paint {
  return new Chalk({ level: colours ? 1 : 0 });
}

const STATUS_WIDTH = 9;

function statusWord(paint: Paint, status: CheckResult['status']): string {
  const word = status.padEnd(STATUS_WIDTH);
  switch (status) {
    case 'pass':
      return paint.green(word);
    case 'warn':
      return paint.yellow(word);
    case 'fail':
    case 'error':
    case 'timeout':
      return paint.red.bold(word.toUpperCase());
    case 'skip':
    case 'canceled':
      return paint.dim(word);
  }
}

const INDENT = ' '.repeat(2 + STATUS_WIDTH);

/** A check in one line; what is not fine adds its evidence and what to do, indented below it. */
export function checkLines(paint: Paint, check: CheckResult, idWidth: number): string {
  const fine = check.status === 'pass';
  // Only what was found bad is told under the check's own sentence: a check that broke found nothing.
  const found = check.status === 'fail' || check.status === 'warn';
  const said = found ? `${check.title}: ${check.message}` : check.message;
  const head = `  ${statusWord(paint, check.status)}${check.id.padEnd(idWidth)}  ${said}`;
  const because =
    fine || check.status === 'skip'
      ? []
      : check.because.slice(0, 8).map((line) => paint.dim(indentRest(`${INDENT}· `, brief(line.text))));
  const more = check.because.length - because.length;
  if (because.length > 0 && more > 0) because.push(paint.dim(`${INDENT}· and ${more} more, in the archive`));
  const remedies = fine ? [] : check.remedies.map((line) => indentRest(`${INDENT}→ `, line));
  return [head, ...because, ...remedies].join('\n');
}

const BRIEF = 300;

/** A server's text may fill a screen: the archive has it whole. */
function brief(text: string): string {
  const line = text.trim();
  return line.length <= BRIEF ? line : `${line.slice(0, BRIEF)}… (whole in the archive)`;
}

function indentRest(lead: string, text: string): string {
  return lead + text.split('\n').join(`\n${' '.repeat(lead.length)}`);
}

/** Checks that were skipped for one and the same reason, as one line. */
export function skippedTogether(paint: Paint, checks: readonly CheckResult[]): string {
  return `  ${statusWord(paint, 'skip')}${checks.map((check) => check.id).join(', ')}: ${checks[0]?.message ?? ''}`;
}

/** Puts skips with the same reason together, where they stand first; the rest keeps its order. */
export function grouped(checks: readonly CheckResult[]): CheckResult[][] {
  const groups: CheckResult[][] = [];
  for (const check of checks) {
    const alike = groups.find(
      ([first]) => check.status === 'skip' && first?.status === 'skip' && first.message === check.message,
    );
    if (alike) alike.push(check);
    else groups.push([check]);
  }
  return groups;
}

export function checksBlock(paint: Paint, heading: string, results: readonly CheckResult[]): string {
  const checks = visible(results);
  const width = Math.max(0, ...checks.map((check) => check.id.length));
  const line = (group: CheckResult[]) =>
    group.length > 1 ? skippedTogether(paint, group) : group.map((check) => checkLines(paint, check, width)).join('');
  return [paint.bold(heading), ...grouped(checks).map(line)].join('\n');
}

function rehearsalLine(
  paint: Paint,
  { how, status, rows, bad, duration_ms }: NonNullable<LoadFacts['rehearsal']>,
): string {
  const word = status === 'ok' ? paint.green('ok'.padEnd(STATUS_WIDTH)) : paint.red.bold('FAILED'.padEnd(STATUS_WIDTH));
  const found = bad === 0 ? '' : `, ${formatCount(bad)} of them would not be stored as sent`;
  const part = how === 'full' ? '' : ', a sample';
  return `  ${word}rehearsal  ${formatCount(rows)} rows into the embedded engine${part}${found} (${formatDuration(duration_ms)})`;
}

export function loadBlock(paint: Paint, facts: LoadFacts): string {
  const load = visible(facts);
  if (load.command) return commandBlock(paint, load.command, load.duration_ms);
  const lines = load.tables.map((table) => {
    const word =
      table.status === 'ok'
        ? paint.green('ok'.padEnd(STATUS_WIDTH))
        : paint.red.bold(table.status.toUpperCase().padEnd(STATUS_WIDTH));
    // Rows that others made of what was sent, or that were not to be sent, tell that themselves.
    const own = table.replaces && table.rows_sent === 0 ? table.notes?.[0] : undefined;
    if (own !== undefined) return `  ${word}${tableText(table.table)}  ${own}`;
    const created = table.created ? ', table created' : '';
    const rejected = table.rows_rejected === undefined ? '' : `, ${formatCount(table.rows_rejected)} kept back`;
    return `  ${word}${tableText(table.table)}  ${formatCount(table.rows_written)} of ${formatCount(table.rows_sent)} rows sent were acknowledged${rejected} (${table.format}, ${formatBytes(table.bytes)}${created})`;
  });
  if (load.rehearsal) lines.unshift(rehearsalLine(paint, load.rehearsal));
  for (const line of accountLines(load.tables)) lines.push(`  ${' '.repeat(STATUS_WIDTH)}${paint.dim(line)}`);
  for (const note of load.rejection?.notes ?? []) lines.push(`  ${' '.repeat(STATUS_WIDTH)}${note}`);
  for (const { word, text } of load.api ? apiLines(load.api) : [])
    lines.push(`  ${paint.dim(word.padEnd(STATUS_WIDTH))}${text}`);
  if (load.error) {
    const code = typeof load.error.code === 'number' ? `code ${load.error.code}: ` : '';
    lines.push(`  ${paint.red.bold('ERROR'.padEnd(STATUS_WIDTH))}${code}${errorHeadline(load.error)}`);
  }
  if (load.status === 'not-started') lines.push('  not started');
  return [paint.bold(`load  ${paint.dim(formatDuration(load.duration_ms))}`), ...lines].join('\n');
}

function commandBlock(paint: Paint, command: CommandFacts, ms: number): string {
  const word = (text: string, good: boolean) => (good ? paint.green : paint.red.bold)(text.padEnd(STATUS_WIDTH));
  const good = command.ended === 'by-itself' && command.exit_code === 0;
  const printed = command.output.map(
    ({ stream, bytes, lines }) => `${stream} ${plural(lines, 'line')}, ${formatBytes(bytes)}`,
  );
  return [
    paint.bold(`command  ${paint.dim(formatDuration(ms))}`),
    `  ${word(good ? 'ok' : 'ENDED', good)}${howItEnded(command)}${printed.length === 0 ? '' : `; ${printed.join('; ')}`}`,
    ...(command.containers ?? []).map(
      (one) =>
        `  container ${one.name} of ${one.image}${one.networks.map(({ name, address }) => `, ${name} ${address}`).join('')}: ${one.status}${one.exit_code === undefined ? '' : `, exit code ${one.exit_code}`}${one.oom_killed ? ', killed for its memory' : ''}${one.restarts === 0 ? '' : `, ${plural(one.restarts, 'restart')}`}`,
    ),
    ...(command.notes ?? []).map((note) => `  note: ${note}`),
    ...(command.left_behind.length === 0
      ? []
      : [`  ${paint.yellow('left'.padEnd(STATUS_WIDTH))}still running: ${command.left_behind.join(', ')}`]),
  ].join('\n');
}

function findingLines(paint: Paint, finding: Finding): string[] {
  return [
    `  ${paint.bold(finding.cause)}  ${finding.side} side, ${finding.confidence}`,
    `    ${finding.summary}`,
    ...finding.because
      .slice(0, 6)
      .map(({ text, file, line }) =>
        paint.dim(indentRest('    · ', line === undefined ? brief(text) : `${file}:${line}  ${brief(text)}`)),
      ),
    ...finding.alternatives.map((other) => `    or ${other.cause}: ${other.summary}. ${other.question}`),
    ...finding.remedies.map((line) => indentRest('    → ', line)),
    ...(finding.page === undefined ? [] : [paint.dim(`    page: ${finding.page}`)]),
  ];
}

export function findingsBlock(paint: Paint, findings: readonly Finding[]): string {
  return [
    paint.bold(findings.length === 1 ? 'cause' : 'causes, likeliest first'),
    ...findings.flatMap((finding) => findingLines(paint, visible(finding))),
  ].join('\n');
}

export function headLine(
  paint: Paint,
  run: { job: string; id: string; target: RunJson['run']['target'] },
  version: string,
): string {
  const { job, id, target } = visible(run);
  return `${paint.bold(`chwitness ${version}`)} · job ${job} · run ${id}\n${paint.dim(targetText(target))}`;
}

export function verdictLine(paint: Paint, run: RunJson): string {
  const { word, sentence } = visible(verdictOf(run));
  const colour = word === 'clean' ? paint.green.bold : word === 'warnings' ? paint.yellow.bold : paint.red.bold;
  const partial = run.run.complete
    ? ''
    : `\n${paint.yellow('partial')}  ${visible(run.run.incomplete_because).join('; ')}`;
  return `${paint.bold('verdict')}  ${colour(word)}: ${sentence}${partial}`;
}

/** How to go on with a load that was interrupted. */
export function resumeLine(paint: Paint, run: RunJson): string[] {
  const { resumable } = visible(run.ingestion);
  if (resumable === undefined) return [];
  return [`${paint.bold('resume')}   chwitness load --resume ${resumable} ${paint.dim(`(or --give-up ${resumable})`)}`];
}
