import { z } from 'zod';
import { finding } from '../model/finding.ts';
import { loadFacts } from '../model/load.ts';
import { type CheckResult, checkResult, type RunJson } from '../model/run.ts';
import type { Status } from '../model/verdict.ts';
import type { Hashed } from './bag.ts';
import { firstDifference, shown } from './difference.ts';
import type { Problem } from './problem.ts';

export const RESULTS = 'data/results.json';

/** What the run found, kept in the payload; run.json is the summary of it. */
export const results = z.object({
  checks: z.array(checkResult),
  ingestion: loadFacts,
  findings: z.array(finding),
  exit_code: z.int(),
});
export type Results = z.infer<typeof results>;

const SAID: Record<Status, string> = {
  pass: 'passed',
  warn: 'warned',
  fail: 'failed',
  skip: 'was skipped',
  error: 'broke',
  timeout: 'ran out of time',
  canceled: 'was canceled',
};

const summary = (message: string): Problem => ({ code: 'SUMMARY_CHANGED', file: 'run.json', message });

function nameOf(check: CheckResult): string {
  return `${check.id} (${check.phase})`;
}

function byName(checks: readonly CheckResult[]): Map<string, CheckResult> {
  return new Map(checks.map((check) => [nameOf(check), check]));
}

function compareCheck(name: string, told: CheckResult | undefined, kept: CheckResult | undefined): Problem | undefined {
  if (told === undefined) return summary(`run.json leaves out ${name}, which the results in ${RESULTS} have`);
  if (kept === undefined) return summary(`run.json tells of ${name}, which the results in ${RESULTS} do not have`);
  if (told.status !== kept.status)
    return summary(`run.json says ${name} ${SAID[told.status]}, the results in ${RESULTS} say it ${SAID[kept.status]}`);
  const difference = firstDifference(told, kept);
  if (difference === undefined) return undefined;
  const { at, left, right } = difference;
  return summary(`run.json says ${at} of ${name} is ${shown(left)}, the results in ${RESULTS} say ${shown(right)}`);
}

/** Where the summary says other than the results it was made from: the first difference of each check, ingestion, findings and exit code. */
export function compareWithResults(run: RunJson, kept: Results): Problem[] {
  const problems: Problem[] = [];
  const [told, found] = [byName(run.checks), byName(kept.checks)];
  if (told.size !== run.checks.length) problems.push(summary('run.json tells of one check twice in the same phase'));
  for (const name of new Set([...told.keys(), ...found.keys()])) {
    const problem = compareCheck(name, told.get(name), found.get(name));
    if (problem !== undefined) problems.push(problem);
  }
  for (const part of ['ingestion', 'findings'] as const) {
    const difference = firstDifference(run[part], kept[part], part);
    if (difference === undefined) continue;
    const { at, left, right } = difference;
    problems.push(summary(`run.json says ${at} is ${shown(left)}, the results in ${RESULTS} say ${shown(right)}`));
  }
  const code = run.run.exit_code;
  if (code !== kept.exit_code)
    problems.push(summary(`run.json says exit code ${code}, the results in ${RESULTS} say ${kept.exit_code}`));
  return problems;
}

/** Where the summary's list of files differs from the payload that is there; hashes and sizes as found. */
export function compareFiles(run: RunJson, manifest: ReadonlyMap<string, string>, found: ReadonlyMap<string, Hashed>) {
  const problems: Problem[] = [];
  const report = (file: string, message: string) => problems.push({ code: 'FILE_LIST_DIFFERS', file, message });
  const listed = new Set<string>();
  for (const { path, sha256, bytes } of run.files) {
    if (listed.has(path)) report(path, `run.json lists ${path} twice`);
    listed.add(path);
    const hash = manifest.get(path);
    const there = found.get(path);
    if (hash === undefined) report(path, `run.json lists ${path}, the payload manifest does not`);
    else if (hash !== sha256) report(path, `run.json has another sha256 for ${path} than the payload manifest`);
    else if (there !== undefined && there.bytes !== bytes)
      report(path, `run.json says ${path} has ${bytes} bytes, it has ${there.bytes}`);
  }
  for (const path of manifest.keys()) {
    if (!listed.has(path)) report(path, `the payload manifest lists ${path}, run.json does not`);
  }
  return problems;
}

const BAD = new Set<Status>(['fail', 'error', 'timeout', 'canceled']);

/** Where the summary contradicts itself: exit code and verdicts, dates, completeness, facts that are not there. */
export function contradictions(run: RunJson, found: ReadonlyMap<string, Hashed>): Problem[] {
  const problems: Problem[] = [];
  const report = (message: string) => problems.push({ code: 'SUMMARY_CONTRADICTS', file: 'run.json', message });
  const { exit_code, started_at, finished_at, complete, incomplete_because } = run.run;
  // A command's own code may be anything; 0 is given only where nothing gainsays it.
  if (exit_code === 0) {
    const bad = run.checks.find((check) => BAD.has(check.status));
    if (bad !== undefined) report(`run.json says exit code 0, and that ${nameOf(bad)} ${SAID[bad.status]}`);
    if (run.ingestion.status === 'failed' || run.ingestion.status === 'canceled')
      report(
        `run.json says exit code 0, and that the load ${SAID[run.ingestion.status === 'failed' ? 'fail' : 'canceled']}`,
      );
  }
  const spans = [
    { label: 'the run', from: started_at, to: finished_at },
    { label: 'the window', ...run.run.window },
    ...run.timeline,
  ];
  for (const { label, from, to } of spans) {
    if (Date.parse(from) > Date.parse(to)) report(`run.json says ${label} ended (${to}) before it began (${from})`);
  }
  if (complete && incomplete_because.length > 0)
    report('run.json says the evidence is complete, and names what is missing');
  if (!complete && incomplete_because.length === 0) report('run.json says the evidence is incomplete, and not why');
  for (const check of run.checks) {
    if (check.facts !== undefined && !found.has(check.facts))
      problems.push({
        code: 'FACTS_MISSING',
        file: check.facts,
        message: `the facts of ${nameOf(check)}, ${check.facts}, are not in the archive`,
      });
  }
  return problems;
}
