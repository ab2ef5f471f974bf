import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openTarget } from '../engine/http.ts';
import type { Target, TargetHooks } from '../engine/target.ts';
import { type Control, createControl } from '../evidence/control.ts';
import { createNormaliser } from '../evidence/normalise.ts';
import { registered } from '../evidence/scratch-ledger.ts';
import { type Lines, openStore, type Store } from '../evidence/store.ts';
import type { ProbeTools } from '../evidence/tools.ts';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { makeFolder } from '../kernel/make-folder.ts';
import { shortId, stamp } from '../kernel/names.ts';
import { shownPath } from '../kernel/shown-path.ts';
import type { Probe } from '../model/check.ts';
import { type LoadFacts, noLoad } from '../model/load.ts';
import type { CheckResult, RunJson, Stretch } from '../model/run.ts';
import type { StatementRecord } from '../model/statement.ts';
import type { Capabilities } from '../model/target.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import { showLife } from './life.ts';
import { createOracle, type Oracle } from './oracle.ts';
import type { Plan } from './plan.ts';
import { ownProcess } from './process.ts';
import { type RunState, writeRunState } from './run-state.ts';
import { scratchLedger } from './scratch-sweep.ts';

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
  /** For what is sent to the target past `target`: it goes into the same journal. */
  readonly hooks: TargetHooks;
  readonly oracle: Oracle;
  readonly normalise: ProbeTools['normalise'];
  /** Tagged queries at both ends of the run, by which the server's logs are tried. */
  readonly control: Control;
  readonly timeline: Stretch[];
  /** What the first contact found; undefined while the target has not answered. */
  readonly capabilities: Capabilities | undefined;
  learn(capabilities: Capabilities): void;
  /** The same value with every secret in it hidden: nothing else may be shown, kept or judged. */
  clean<T>(file: string, value: T): T;
  /** The target as reports name it. */
  targetFacts(): RunJson['run']['target'];
  /** Times a part of the run and tells the listener. */
  during<T>(part: 'before' | 'load' | 'after', work: () => Promise<T>): Promise<T>;
  /** Writes down how far the run came, for the next start after a kill. */
  note(doing: string, checks: readonly CheckResult[], ingestion?: LoadFacts): Promise<void>;
  readonly ownErrors: Probe['ownErrors'];
  /** Batches of the load, one line a state. */
  readonly batches: Lines;
  /** Ends the journals: what is sent after this is not written down. */
  closeJournals(): Promise<void>;
  /** Ends the target and the oracle, and removes the run's folder. */
  close(options?: { keepFolder: boolean }): Promise<void>;
}

async function makeFolders(folder: string): Promise<void> {
  try {
    await makeFolder(join(folder, '..', '..', 'scratch'));
    await makeFolder(join(folder, 'work'));
  } catch (cause) {
    throw new WitnessError({
      code: 'STATE_DIR',
      what: `The folder of the run cannot be made: ${messageOf(cause)}`,
      where: folder,
      next: 'Free space, mend its permissions, or name another with --state-dir',
      exitCode: 3,
      cause,
    });
  }
}

/** Where the target came from and, for the embedded engine, where its data lies. */
function originOf({ kind, origin, dataDir }: Plan['config']['target']): string {
  if (kind === 'server') return origin;
  const place = dataDir === undefined ? 'throwaway data' : `data in ${shownPath(dataDir)}`;
  return origin === 'nothing configured'
    ? `${place}; nothing is configured: --url or CLICKHOUSE_URL names a server`
    : `${place}, ${origin}`;
}

/** Opens the folders first and the target last; throws only when there can be no archive or no engine at all. */
export async function openRun(plan: Plan): Promise<Run> {
  const { config, clock } = plan;
  const startedAt = clock.now();
  const id = `${stamp(startedAt)}-${shortId()}`;
  const folder = join(config.stateDir, 'runs', id);
  await makeFolders(folder);
  const hidden = await showLife(config.stateDir);
  const redactor = createRedactor({ known: config.secrets, hidesRowValues: plan.personal });
  const oracle = createOracle(config.target, id, plan.readable);
  const normaliser = createNormaliser({ start: () => oracle.target(), database: config.target.database });
  const timeline: Stretch[] = [];
  const ownErrors = new Map<number, number>();
  const nodes = new Set<string>();
  let capabilities: Capabilities | undefined;

  const opened = async () => {
    const store = await openStore(join(folder, 'bag'), redactor);
    const journal = await store.lines('journal.jsonl', 'journal');
    const batches = await store.lines('batches.jsonl', 'journal');
    const onStatement = (record: StatementRecord) => {
      journal.append(record);
      plan.list?.(record);
      if (record.node !== undefined) nodes.add(record.node);
      const isLoads = record.kind === 'insert' && record.purpose === 'load';
      if (record.code !== undefined && !isLoads) ownErrors.set(record.code, (ownErrors.get(record.code) ?? 0) + 1);
    };
    const hooks: TargetHooks = { runId: id, onStatement, listOnly: plan.list !== undefined };
    return { store, journal, batches, hooks, target: await openTarget(config.target, hooks) };
  };
  const { store, journal, batches, hooks, target } = await opened().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    await hidden();
    throw error;
  });

  const run: Run = {
    plan,
    id,
    startedAt,
    folder,
    workDir: join(folder, 'work'),
    ledger: scratchLedger(config.stateDir, id),
    redactor,
    store,
    target,
    hooks,
    oracle,
    normalise: (ddl, signal) => normaliser.normalise(ddl, signal),
    control: createControl({
      target,
      runId: id,
      statements: plan.statements,
      clock,
      // Where nothing is sent there is nothing to wait for.
      loadSettings: plan.ingest && config.load.settings,
      nodes: () => [...nodes].sort(),
      waits: plan.list && { flushed: 0, unflushed: 0, step: 0 },
      listing: plan.list !== undefined,
    }),
    timeline,
    get capabilities() {
      return capabilities;
    },
    learn(found) {
      capabilities = found;
    },
    clean: (file, value) => JSON.parse(redactor.json(file, value).toString()),
    targetFacts() {
      const { kind, url, database, user } = target;
      const learned = capabilities && { version: capabilities.version, timezone: capabilities.timezone };
      return run.clean('run.json', { kind, url, database, user, origin: originOf(config.target), ...learned });
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
        ...ownProcess(),
        id,
        job: redactor.plain(plan.job),
        command: plan.command,
        bundle: plan.bundle.id,
        target: run.targetFacts(),
        started_at: startedAt.toISOString(),
        out_dir: config.outDir,
        archive_format: config.archive.format,
        doing,
        since: clock.now().toISOString(),
        timeline: [...timeline],
        clock: capabilities
          ? { clock_offset_ms: capabilities.clock_offset_ms, server_timezone: capabilities.timezone }
          : {},
        rules_digest: plan.rulesDigest,
        checks: [...checks],
        ingestion,
      };
      await writeRunState(folder, redactor.json('run-state.json', state));
    },
    batches,
    ownErrors: () => [...ownErrors].map(([code, count]) => ({ code, count })),
    async closeJournals() {
      await journal.close();
      await batches.close();
    },
    async close({ keepFolder } = { keepFolder: false }) {
      await Promise.allSettled([target.close(), normaliser.close(), oracle.close()]);
      if (!keepFolder) await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
      // Empty, unless a scratch table could not be dropped: then the next start tries again.
      if ((await registered(run.ledger)).length === 0) await rm(run.ledger, { force: true });
      await hidden();
    },
  };
  // What it cannot do is said where it is needed.
  if (plan.needsOracle) oracle.target().catch(() => undefined);
  await run.note('opening', []);
  return run;
}
