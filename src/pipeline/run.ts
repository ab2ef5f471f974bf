import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openTarget } from '../engine/http.ts';
import type { Target } from '../engine/target.ts';
import { openStore, type Store } from '../evidence/store.ts';
import { shortId, stamp } from '../kernel/names.ts';
import { type LoadFacts, noLoad } from '../model/load.ts';
import type { CheckResult, RunJson, Stretch } from '../model/run.ts';
import type { StatementRecord } from '../model/statement.ts';
import type { Capabilities } from '../model/target.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import type { Plan } from './plan.ts';
import { processStarted } from './process.ts';
import { type RunState, writeRunState } from './run-state.ts';

/** A run while it lives: its folders, its door for evidence, its target. */
export interface Run {
  readonly plan: Plan;
  readonly id: string;
  readonly startedAt: Date;
  /** `<stateDir>/runs/<id>`, 0700. */
  readonly folder: string;
  /** Raw rows that the work needs; outside every archive, removed at the end. */
  readonly workDir: string;
  /** Scratch tables, written before each is created, so that the next start can drop what a kill left. */
  readonly ledger: string;
  readonly redactor: Redactor;
  readonly store: Store;
  readonly target: Target;
  readonly timeline: Stretch[];
  /** What the first contact found; undefined while the target has not answered. */
  readonly capabilities: Capabilities | undefined;
  learn(capabilities: Capabilities): void;
  /** The target as reports name it. */
  targetFacts(): RunJson['run']['target'];
  /** Times a part of the run and tells the listener. */
  during<T>(part: 'before' | 'load' | 'after', work: () => Promise<T>): Promise<T>;
  /** Writes down how far the run came, for the next start after a kill. */
  note(doing: string, checks: readonly CheckResult[], ingestion?: LoadFacts): Promise<void>;
  closeJournal(): Promise<void>;
  /** Ends the target and removes the run's folder. */
  close(): Promise<void>;
}

/** Opens the folders first and the target last: a target that cannot be had still leaves a run that can be packed. */
export async function openRun(plan: Plan): Promise<Run> {
  const { config, clock } = plan;
  const startedAt = clock.now();
  const id = `${stamp(startedAt)}-${shortId()}`;
  const folder = join(config.stateDir, 'runs', id);
  await mkdir(join(folder, 'work'), { recursive: true, mode: 0o700 });
  const redactor = await createRedactor({ known: config.secrets });
  const store = await openStore(join(folder, 'bag'), redactor);
  const journal = await store.lines('journal.jsonl', 'journal');
  const target = await openTarget(config.target, {
    runId: id,
    onStatement: (record: StatementRecord) => journal.append(record),
  });
  const timeline: Stretch[] = [];
  let capabilities: Capabilities | undefined;

  const run: Run = {
    plan,
    id,
    startedAt,
    folder,
    workDir: join(folder, 'work'),
    ledger: join(folder, 'scratch.jsonl'),
    redactor,
    store,
    target,
    timeline,
    get capabilities() {
      return capabilities;
    },
    learn(found) {
      capabilities = found;
    },
    targetFacts() {
      const { kind, url, database, user } = target;
      const learned = capabilities && { version: capabilities.version, timezone: capabilities.timezone };
      return { kind, url, database, user, origin: config.target.origin, ...learned };
    },
    async during(part, work) {
      const from = clock.now().toISOString();
      plan.listen({ type: 'phase', phase: part, state: 'started' });
      try {
        return await work();
      } finally {
        timeline.push({ label: part === 'load' ? 'load' : `checks ${part}`, from, to: clock.now().toISOString() });
        plan.listen({ type: 'phase', phase: part, state: 'finished' });
      }
    },
    async note(doing, checks, ingestion = noLoad) {
      const state: RunState = {
        pid: process.pid,
        pid_started: processStarted(process.pid),
        id,
        job: plan.job,
        command: plan.command,
        bundle: plan.bundle.id,
        target: run.targetFacts(),
        started_at: startedAt.toISOString(),
        out_dir: config.outDir,
        archive_format: config.archive.format,
        doing,
        checks: [...checks],
        ingestion,
      };
      await writeRunState(folder, redactor.json('run-state.json', state));
    },
    closeJournal: () => journal.close(),
    async close() {
      await target.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return run;
}
