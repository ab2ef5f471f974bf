import { formatBytes, formatCount, formatDuration, plural } from '../kernel/format.ts';
import { type CommandFacts, howItEnded } from '../model/command.ts';
import type { CheckResult, RunJson } from '../model/run.ts';
import { tableText } from '../model/table.ts';
import { apiLines } from './api.ts';
import { targetText, verdictOf } from './verdict.ts';

/** Text made harmless inside Markdown: nothing of it can become a link, a heading, HTML or the end of a table cell. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>#|~!]/g, (character) => `\\${character}`)
    .replace(/&/g, '&amp;')
    .replace(/\r?\n/g, '<br>')
    .replace(/(https?|ftp):\/\//gi, '$1:\u200b//');
}

const e = escapeMarkdown;

function code(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function checkRow(check: CheckResult): string {
  const because =
    check.status === 'pass'
      ? ''
      : check.because
          .slice(0, 5)
          .map((line) => `<br>· ${e(line.text)}`)
          .join('');
  return `| ${check.status} | ${e(check.id)} | ${e(check.message)}${because} | ${formatDuration(check.duration_ms)} |`;
}

function checksSection(heading: string, checks: readonly CheckResult[]): string[] {
  if (checks.length === 0) return [];
  const remedies = checks.filter((check) => check.status !== 'pass' && check.remedies.length > 0);
  return [
    `## ${heading}`,
    '',
    '| status | check | found | took |',
    '|---|---|---|---|',
    ...checks.map(checkRow),
    '',
    ...remedies.flatMap((check) => [
      `What to do about **${e(check.id)}**:`,
      '',
      ...check.remedies.map((remedy) => code(remedy)),
      '',
    ]),
  ];
}

function openSection({ not_established: open }: RunJson): string[] {
  if (open === undefined) return [];
  const lines = open.because.map(({ text }) => `- ${e(text)}`);
  return [
    '## Cause not established',
    '',
    e(open.summary),
    '',
    ...lines,
    ...open.settle.map((one) => `- What would settle it: ${e(one)}`),
    '',
  ];
}

function findingsSection(run: RunJson): string[] {
  if (run.findings.length === 0) return openSection(run);
  return [
    '## Cause',
    '',
    ...run.findings.flatMap((finding) => [
      `### ${e(finding.cause)}: ${finding.side} side, ${finding.confidence}`,
      '',
      e(finding.summary),
      '',
      ...finding.because.map(
        (line) =>
          `- ${e(line.text)}${line.file === undefined ? '' : ` (${e(line.file)}${line.line === undefined ? '' : `:${line.line}`})`}`,
      ),
      ...finding.alternatives.map((other) => `- Or **${e(other.cause)}**: ${e(other.summary)}. ${e(other.question)}`),
      '',
      ...finding.remedies.map((remedy) => `- What to do: ${e(remedy)}`),
      ...(finding.page === undefined ? [] : [`- Page in the package: ${code(finding.page)}`]),
      '',
    ]),
  ];
}

function commandSection(command: CommandFacts, ms: number): string[] {
  return [
    '## Command',
    '',
    code(command.line),
    '',
    `It ${e(howItEnded(command))} after ${formatDuration(ms)}. Working directory ${e(command.cwd)}; ${plural(command.environment.length, 'environment variable')}, values not kept.`,
    '',
    ...command.output.map(
      (one) => `- ${one.stream}: ${plural(one.lines, 'line')}, ${formatBytes(one.bytes)}, in ${e(one.path)}`,
    ),
    ...(command.arrivals === undefined
      ? []
      : [`- ${ORDER[command.streams]}; when each part came: ${e(command.arrivals)}`]),
    ...(command.containers ?? []).map(
      (one) =>
        `- Container ${e(one.name)} (${e(one.id)}) of ${e(one.image)}, image ${e(one.image_id ?? 'unknown')}${one.networks.map(({ name, address }) => `, network ${e(name)} ${e(address)}`).join('')}: ${e(one.status)}${one.exit_code === undefined ? '' : `, exit code ${one.exit_code}`}${one.oom_killed ? ', **killed for its memory**' : ''}, ${plural(one.restarts, 'restart')}`,
    ),
    ...(command.container_log === undefined
      ? []
      : [`- What it printed in the background: ${e(command.container_log)}`]),
    ...(command.versions ?? []).map((version) => `- ${e(version)}`),
    ...(command.notes ?? []).map((note) => `- ${e(note)}`),
    ...command.left_behind.map((one) => `- Still running when it had ended: ${e(one)}`),
    '',
    ...(command.log.errors.length === 0
      ? []
      : [
          code(
            command.log.errors
              .slice(0, 20)
              .map((one) => `${one.stream}:${one.line} ${one.text}`)
              .join('\n'),
          ),
          '',
        ]),
  ];
}

const ORDER: Record<CommandFacts['streams'], string> = {
  apart: 'Order exact within each stream, by arrival across the two',
  merged: 'Both streams in one, in exact order',
  terminal: 'As the terminal showed it, in exact order',
};

function loadSection(run: RunJson): string[] {
  const { ingestion } = run;
  if (ingestion.kind === 'none') return [];
  if (ingestion.command) return commandSection(ingestion.command, ingestion.duration_ms);
  return [
    '## Load',
    '',
    `Status **${ingestion.status}** after ${formatDuration(ingestion.duration_ms)}.`,
    '',
    '| table | format | rows sent | rows acknowledged | bytes | status |',
    '|---|---|--:|--:|--:|---|',
    ...ingestion.tables.map(
      (load) =>
        `| ${e(tableText(load.table))} | ${e(load.format)} | ${formatCount(load.rows_sent)} | ${formatCount(load.rows_written)} | ${formatBytes(load.bytes)} | ${load.status} |`,
    ),
    '',
    ...(ingestion.api ? [...apiLines(ingestion.api).map(({ word, text }) => `- ${word}: ${e(text)}`), ''] : []),
    ...(ingestion.error ? [code(ingestion.error.message.trim()), ''] : []),
  ];
}

function countsSection(run: RunJson): string[] {
  if (run.row_counts.length === 0) return [];
  const cell = (text: string | undefined) => (text === undefined ? 'not counted' : formatCount(BigInt(text)));
  return [
    '## Row counts',
    '',
    '| table | before | after | sent | acknowledged |',
    '|---|--:|--:|--:|--:|',
    ...run.row_counts.map(
      (row) =>
        `| ${e(row.table)} | ${cell(row.before)} | ${cell(row.after)} | ${cell(row.sent)} | ${cell(row.written)} |`,
    ),
    '',
  ];
}

/** The report for a ticket: GitHub-flavoured Markdown, made from a run that is already redacted. */
export function markdownReport(run: RunJson): string {
  const { word, sentence } = verdictOf(run);
  const { window } = run.run;
  const zone = window.server_timezone === undefined ? '' : ` (server zone ${e(window.server_timezone)})`;
  const offset =
    window.clock_offset_ms === undefined ? '' : `, server clock ${Math.round(window.clock_offset_ms)} ms ahead of ours`;
  return [
    `# ${e(run.run.job)}: ${word}`,
    '',
    e(sentence),
    '',
    `- Run ${e(run.run.id)}, command ${e(run.run.command)}, exit code ${run.run.exit_code} of ${run.run.exit_code_origin}`,
    `- Target ${e(targetText(run.run.target))}`,
    `- Window ${window.from} to ${window.to}, UTC${zone}${offset}`,
    ...(run.run.complete ? [] : [`- **Partial**: ${e(run.run.incomplete_because.join('; '))}`]),
    '',
    ...findingsSection(run),
    ...loadSection(run),
    ...countsSection(run),
    ...checksSection(
      'Checks before',
      run.checks.filter((check) => check.phase === 'before'),
    ),
    ...checksSection(
      'Checks after',
      run.checks.filter((check) => check.phase === 'after'),
    ),
    '## Evidence',
    '',
    '| file | kind | bytes | sha256 |',
    '|---|---|--:|---|',
    ...run.files.map((file) => `| ${e(file.path)} | ${file.kind} | ${formatCount(file.bytes)} | ${file.sha256} |`),
    '',
    `${run.redactions.reduce((sum, entry) => sum + entry.count, 0)} secrets hidden in ${new Set(run.redactions.map((entry) => entry.file)).size} files; the ledger is redactions.json.`,
    '',
    `Made by chwitness ${e(run.tool.version)}, rules ${run.tool.rules_digest.slice(0, 12)}.`,
    '',
  ].join('\n');
}
