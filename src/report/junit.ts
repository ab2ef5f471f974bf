import { howItEnded } from '../model/command.ts';
import type { CheckResult, RunJson } from '../model/run.ts';
import { verdictOf } from './verdict.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them.
const UNWRITABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** Text for XML 1.0: marked up characters escaped, those that it cannot hold replaced. */
function xml(text: string): string {
  return Buffer.from(text)
    .toString('utf8')
    .replace(UNWRITABLE, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const seconds = (ms: number) => (ms / 1000).toFixed(3);

function detail(check: CheckResult): string {
  return xml([...check.because.map(({ text }) => text), ...check.remedies.map((text) => `→ ${text}`)].join('\n'));
}

function outcome(check: CheckResult): string {
  const message = xml(check.message);
  switch (check.status) {
    case 'pass':
    case 'warn':
      return '';
    case 'fail':
      return `<failure message="${message}" type="fail">${detail(check)}</failure>`;
    case 'error':
    case 'timeout':
      return `<error message="${message}" type="${check.status}">${detail(check)}</error>`;
    case 'skip':
    case 'canceled':
      return `<skipped message="${message}"/>`;
  }
}

interface Case {
  group: string;
  name: string;
  ms: number;
  sort: 'ok' | 'failure' | 'error' | 'skipped';
  inner: string;
}

function caseOf(check: CheckResult): Case {
  const sorts: Record<CheckResult['status'], Case['sort']> = {
    ...{ pass: 'ok', warn: 'ok', fail: 'failure', error: 'error', timeout: 'error', skip: 'skipped' },
    canceled: 'skipped',
  };
  return {
    group: check.phase,
    name: check.id,
    ms: check.duration_ms,
    sort: sorts[check.status],
    inner: outcome(check),
  };
}

/** The ingestion itself: CI shows a failed command beside the checks. */
function ingestionCase({ ingestion, run }: RunJson): Case[] {
  if (ingestion.kind === 'none') return [];
  const good = ingestion.status === 'ok';
  const said = ingestion.command ? `the command ${howItEnded(ingestion.command)}` : run.exit_code_reason;
  const inner =
    ingestion.status === 'not-started'
      ? `<skipped message="${xml(run.exit_code_reason)}"/>`
      : `<failure message="${xml(said)}" type="${ingestion.status}"/>`;
  const sort = good ? 'ok' : ingestion.status === 'not-started' ? 'skipped' : 'failure';
  return [{ group: 'ingestion', name: ingestion.kind, ms: ingestion.duration_ms, sort, inner: good ? '' : inner }];
}

/** What JUnit has no case for: a check that passed and still has something to say. */
function warnings({ checks }: RunJson): string {
  const warned = checks.filter(({ status }) => status === 'warn');
  return xml(warned.map(({ id, phase, message }) => `warning: ${id} (${phase}): ${message}`).join('\n'));
}

/**
 * A run as JUnit XML: one suite, a case for each check and one for the load or command. Made from a run that is already redacted.
 * Valid under both schemas in use, which differ: that of Ant (https://github.com/windyroad/JUnit-Schema) wants all of the
 * suite's attributes, knows none of `testsuites` and no output of a single case; that of Jenkins
 * (https://github.com/jenkinsci/xunit-plugin, junit-10.xsd) allows no others.
 */
export function junitReport(run: RunJson): string {
  const cases = [
    ...run.checks.filter(({ phase }) => phase === 'before').map(caseOf),
    ...ingestionCase(run),
    ...run.checks.filter(({ phase }) => phase === 'after').map(caseOf),
  ];
  const count = (sort: Case['sort']) => cases.filter((one) => one.sort === sort).length;
  // A clock that was set back meanwhile must not make it negative: no schema takes that.
  const ms = Math.max(0, Date.parse(run.run.finished_at) - Date.parse(run.run.started_at));
  const numbers = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds(ms)}"`;
  const name = xml(`chwitness ${run.run.job}`);
  const { word, sentence } = verdictOf(run);
  const properties: [string, string][] = [
    ['run', run.run.id],
    ['exit_code', String(run.run.exit_code)],
    ['exit_code_origin', run.run.exit_code_origin],
    ['verdict', `${word}: ${sentence}`],
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite id="0" package="chwitness" name="${name}" hostname="localhost" ${numbers} timestamp="${run.run.started_at.slice(0, 19)}">`,
    `    <properties>${properties.map(([key, value]) => `<property name="${key}" value="${xml(value)}"/>`).join('')}</properties>`,
    ...cases.map(
      ({ group, name: id, ms: took, inner }) =>
        `    <testcase classname="${xml(`${run.run.job}.${group}`)}" name="${xml(id)}" time="${seconds(took)}"${inner === '' ? '/>' : `>${inner}</testcase>`}`,
    ),
    `    <system-out>${warnings(run)}</system-out>`,
    '    <system-err/>',
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}
