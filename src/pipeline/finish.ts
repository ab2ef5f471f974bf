import { keepNewest } from '../archive/keep.ts';
import { pack } from '../archive/pack.ts';
import { diagnose, RULES } from '../diagnose/diagnose.ts';
import { exitOf } from '../diagnose/exit.ts';
import { notEstablished } from '../diagnose/not-established.ts';
import { viewOf } from '../diagnose/view.ts';
import { slug } from '../kernel/names.ts';
import { version } from '../kernel/package.ts';
import type { LoadFacts } from '../model/load.ts';
import type { EvidenceView } from '../model/rule.ts';
import { type CheckResult, RUN_SCHEMA, type RunJson, runJson } from '../model/run.ts';
import { htmlReport } from '../report/html.ts';
import { markdownReport } from '../report/markdown.ts';
import { rowCountsOf } from './counts.ts';
import { keptOutput } from './kept-output.ts';
import { ownRules } from './own-rules.ts';
import type { Run } from './run.ts';
import { windowOf } from './window.ts';

export interface Witnessed {
  /** Redacted: what `--json` prints and what every report is made from. */
  run: RunJson;
  archive: { path: string; bytes: number; sha256: string };
}

type FactsOf = EvidenceView['facts'];

/** Diagnoses, reports and packs: from here on nothing asks the target any more. */
export async function finish(
  run: Run,
  checks: CheckResult[],
  ingestion: LoadFacts,
  facts: FactsOf,
): Promise<Witnessed> {
  const { plan, store, redactor } = run;
  plan.listen({ type: 'phase', phase: 'archive', state: 'started' });
  const target = run.targetFacts();
  const exit = exitOf(checks, ingestion, plan.config.failOn);
  const { capabilities } = run;
  const view = viewOf(
    { ingestion, checks, facts, target, capabilities, window: windowOf(run), timezone: capabilities?.timezone },
    await keptOutput(run, ingestion),
  );
  const findings = run.clean('run.json', diagnose(view, [...RULES, ...ownRules(plan)]));
  const unknown = ingestion.status === 'failed' ? notEstablished(view, findings) : undefined;
  await store.json('results.json', 'result', { checks, ingestion, findings, exit_code: exit.code });
  await run.closeJournals();
  await store.close();
  const incomplete = store.incomplete();
  const summary = runJson.parse({
    schema: RUN_SCHEMA,
    run: {
      id: run.id,
      job: redactor.plain(plan.job),
      command: plan.command,
      bundle: plan.bundle.id,
      target,
      started_at: run.startedAt.toISOString(),
      finished_at: plan.clock.now().toISOString(),
      window: windowOf(run),
      exit_code: exit.code,
      exit_code_origin: exit.origin,
      exit_code_reason: exit.reason,
      complete: incomplete.length === 0,
      incomplete_because: incomplete.map((sentence) => redactor.plain(sentence)),
    },
    ingestion,
    timeline: run.timeline,
    row_counts: rowCountsOf(facts('row-counts', 'before'), facts('row-counts', 'after'), ingestion),
    checks,
    findings,
    ...(unknown === undefined ? {} : { not_established: run.clean('run.json', unknown) }),
    files: store.files(),
    redactions: redactor.ledger().filter((entry) => entry.file !== '(terminal)' && entry.file !== 'run-state.json'),
    tool: {
      version,
      rules_digest: plan.rulesDigest,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
  });
  const archive = await packRun({
    summary,
    folder: run.folder,
    name: `${slug(summary.run.job)}-${run.id}`,
    config: plan.config,
    scan: (source) => redactor.scan(source),
  });
  const { keep } = plan.config.archive;
  if (keep !== undefined) await keepNewest(plan.config.outDir, slug(summary.run.job), keep);
  plan.listen({ type: 'phase', phase: 'archive', state: 'finished' });
  return { run: summary, archive };
}

/** Renders the reports of a summary and packs them with the bag in `folder`. */
export async function packRun(input: {
  summary: RunJson;
  folder: string;
  name: string;
  config: { outDir: string; archive: { format: 'tar.gz' | 'zip' } };
  scan: (source: AsyncIterable<Uint8Array>) => Promise<string | undefined>;
}): Promise<Witnessed['archive']> {
  const { summary, folder, name, config, scan } = input;
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  return pack({
    bagRoot: `${folder}/bag`,
    tagFiles: [
      { path: 'run.json', content: json(summary) },
      { path: 'report.md', content: markdownReport(summary) },
      { path: 'report.html', content: htmlReport(summary) },
      { path: 'redactions.json', content: json(summary.redactions) },
    ],
    files: summary.files,
    name,
    outDir: config.outDir,
    format: config.archive.format,
    info: {
      'External-Identifier': summary.run.id,
      'External-Description': `Evidence of ${summary.run.job}: ${summary.run.exit_code_reason}`,
      'Bagging-Date': summary.run.finished_at.slice(0, 10),
      'Bag-Software-Agent': `chwitness ${summary.tool.version}`,
    },
    scan,
  });
}
