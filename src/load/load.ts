import type { Target } from '../engine/target.ts';
import { shortId } from '../kernel/names.ts';
import type { LoadFacts, TableLoad } from '../model/load.ts';
import type { Format, Progress, Source } from '../model/source.ts';
import { type TableName, tableText } from '../model/table.ts';
import type { BatchRecord } from './batch.ts';
import type { InferredColumn } from './create.ts';
import { factsOf, unknownRows } from './fault.ts';
import { askDeduplication, chooseGuarantee, stagedGuarantee } from './guarantee/choose.ts';
import { createSettler } from './guarantee/settler.ts';
import type { Past } from './journal/past.ts';
import type { LoadJournal } from './journal/state.ts';
import { nothingRead, type Part, tableFacts } from './outcome.ts';
import { prepare, type Ready } from './prepare.ts';
import { createMeter } from './progress.ts';
import type { Rejects } from './reject/rejects.ts';
import { sendRows } from './rows.ts';
import type { Sender } from './send.ts';
import { insertSettings } from './settings.ts';
import { isInterruption, markOf, publishStaged, type StagedChecks, stagedPast } from './staging/atomic.ts';
import { openStaging } from './staging/staging.ts';
import { emptyTally, takeOver } from './tally.ts';
import { sendWhole } from './whole.ts';

/** A single row may be this large; beyond it, a quote or a bracket was never closed. */
export const MAX_ROW_BYTES = 256 * 1024 * 1024;

const RETRY_FOR_MS = 15_000;

export interface LoadPlan {
  tables: readonly { table: TableName; sources: readonly Source[] }[];
  /** Make tables that are not there from the structure of their sources. */
  create: boolean;
  batchRows: number;
  batchBytes: number;
  /** INSERTs on their way at once; of the embedded engine's only one, which takes one query at a time. */
  connections: number;
  /** The user's own server settings for the INSERTs. */
  settings: Record<string, string>;
  /** A batch without an answer is sent again even where it may then be stored twice. */
  atLeastOnce?: boolean | undefined;
  /** Each table's rows are staged in a scratch table, checked there, and moved over in one step or not at all. */
  atomic?: boolean | undefined;
  /** How long a batch is tried again after its first failure, ms; 15 s by default. */
  retryForMs?: number | undefined;
}

export interface LoadTools {
  target: Target;
  /** Structure of a source, as an engine infers it under `INFERENCE_SETTINGS`. */
  infer(format: Format, source: Source): Promise<InferredColumn[]>;
  /** Private folder of the run for whatever must lie on disk meanwhile. */
  workDir: string;
  signal: AbortSignal;
  progress(progress: Progress): void;
  /** Keeps a text as evidence. */
  keep(kind: 'ddl', name: string, text: string): Promise<void>;
  /** Journal of batches: each state of each, when it is known. */
  append(record: BatchRecord): void;
  /** Goes into query ids and deduplication tokens. */
  runId?: string | undefined;
  /** Journal from which an interrupted load can be gone on with; without it there is none. */
  journal?: LoadJournal | undefined;
  /** The interrupted load that this one goes on with. */
  past?: { run: string; batches: Past } | undefined;
  /** Goes into deduplication tokens: of a resumed load the id of the run that began it. */
  originId?: string | undefined;
  /** Data-quality checks of a staged table. */
  checkStaged?: ((table: TableName, scratch: TableName) => Promise<StagedChecks>) | undefined;
  /** What becomes of bad rows; without it a batch that holds one fails, and nobody looks for it. */
  rejects?: Rejects | undefined;
}

/**
 * Loads sources into tables, one table after another. Nothing is sent unless every source can be read and every table is there.
 * Never throws for what a load may meet: that is in `error`, with all that was acknowledged before it counted.
 */
export async function load(plan: LoadPlan, tools: LoadTools): Promise<LoadFacts> {
  const started = performance.now();
  const parts: Part[] = plan.tables.map(() => ({ ready: undefined, tally: emptyTally(), status: 'canceled' }));
  let error: LoadFacts['error'];
  let at = 0;
  try {
    for (const part of parts) {
      const wanted = plan.tables[at];
      if (wanted) part.ready = await prepare(wanted, plan, tools);
      at += 1;
    }
    at = 0;
    for (const part of parts) {
      tools.signal.throwIfAborted();
      if (part.ready) await loadTable(part, part.ready, plan, tools);
      part.status = part.tally.rowsUnknown > 0 ? 'failed' : part.tally.rowsRead === 0 ? 'empty' : 'ok';
      at += 1;
    }
    error = nothingRead(plan, parts) ?? unknownRows(parts.map(({ tally }) => tally.rowsUnknown));
  } catch (thrown) {
    const part = parts[at];
    if (part) part.status = tools.signal.aborted ? 'canceled' : 'failed';
    const source = plan.tables[at]?.sources.map(({ name }) => name).join(', ') ?? '';
    error = tools.signal.aborted
      ? { failure: 'canceled', message: 'the load was stopped before its end' }
      : factsOf(thrown, source);
  }
  const tables = plan.tables.map((wanted, index) => tableFacts(wanted, parts[index]));
  const rejection = tools.rejects?.summary();
  const sum = (of: (table: TableLoad) => number): number => tables.reduce((total, table) => total + of(table), 0);
  return {
    kind: 'load',
    status: error === undefined ? 'ok' : tools.signal.aborted ? 'canceled' : 'failed',
    tables,
    rows_sent: sum((table) => table.rows_sent),
    rows_written: sum((table) => table.rows_written),
    bytes: sum((table) => table.bytes),
    duration_ms: performance.now() - started,
    ...(error === undefined ? {} : { error }),
    ...(rejection === undefined ? {} : { rejection }),
    ...(parts.some(({ kept }) => kept === false) ? { discarded: true } : {}),
    ...(tools.past === undefined ? {} : { resumed: tools.past.run }),
  };
}

async function loadTable(part: Part, ready: Ready, plan: LoadPlan, tools: LoadTools): Promise<void> {
  if (plan.atomic !== true) return sendTable(part, ready, plan, tools);
  const { table } = ready;
  const { tally } = part;
  const { target, signal, past, journal } = tools;
  const staging = await openStaging(target, table, past?.run ?? tools.runId ?? shortId(), signal);
  const { scratch } = staging;
  const append = (record: BatchRecord) => {
    tools.append(record);
    journal?.append(record);
  };
  const begun = past?.batches.publishing(scratch) ?? false;
  const check = async () => (await tools.checkStaged?.(table, scratch)) ?? { asked: [], failures: [] };
  const sync = async () => journal?.sync();
  const restart = async () => {
    append(markOf('restarted', scratch));
    await sync();
    await staging.empty();
    tally.notes.add('what the interrupted run had staged could not be told whole from half, so all was staged anew');
  };
  try {
    const batches = past && !begun ? await stagedPast(staging, past.batches, staging.tokens, restart) : past?.batches;
    const from = past && batches ? { run: past.run, batches } : undefined;
    await sendTable(part, ready, plan, { ...tools, past: from, originId: past?.run }, scratch);
    if (tally.rowsUnknown > 0) return;
    await publishStaged({ table, staging, tally, begun, append, sync, check });
    // What the interrupted run had staged comes into the table only now, unless it was moved over then.
    if (!begun) takeOver(tally);
  } catch (thrown) {
    tally.rowsWritten = 0;
    part.kept = isInterruption(thrown, signal.aborted);
    if (part.kept)
      tally.notes.add(`what was staged stays in ${tableText(scratch)} until the load is resumed or given up`);
    else await staging.drop();
    throw thrown;
  }
}

/** @param scratch stands in for the table */
async function sendTable(
  part: Part,
  ready: Ready,
  plan: LoadPlan,
  tools: LoadTools,
  scratch?: TableName,
): Promise<void> {
  const { sources, state } = ready;
  const table = scratch ?? ready.table;
  const { tally } = part;
  const { target, signal, journal, past } = tools;
  const sizes = sources.map(({ source }) => source.bytesTotal);
  const bytesTotal = sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
  const meter = createMeter(tableText(ready.table), bytesTotal, (progress) => tools.progress(progress));
  const facts = await askDeduplication(target, table, signal, plan.settings);
  const chosen = chooseGuarantee(table, facts, plan.atLeastOnce === true);
  const guarantee = scratch ? stagedGuarantee(ready.table, chosen) : chosen;
  part.guarantee = guarantee;
  const runId = tools.runId ?? shortId();
  let answered = past?.batches.answered(table);
  const sender: Sender = {
    target,
    table,
    runId,
    originId: tools.originId ?? past?.run ?? runId,
    settings: insertSettings(plan.settings, plan.batchRows),
    signal,
    append(record) {
      if (record.state === 'acknowledged') answered = record.query_id;
      tools.append(record);
      journal?.append(record);
    },
    sync: async () => journal?.sync(),
    settler: createSettler({
      target,
      table,
      guarantee,
      runId,
      signal,
      staged: () => tally.rowsWritten + tally.rowsBefore,
      answered: () => answered,
    }),
    seen: new Map(),
    retryForMs: plan.retryForMs ?? RETRY_FOR_MS,
    meter,
    tally,
  };
  const rejects = tools.rejects && { rejects: tools.rejects, table: ready.table, state };
  // What is counted in a scratch table is told apart only while one batch is on its way.
  const connections = target.kind === 'embedded' || guarantee.kind === 'staging' ? 1 : plan.connections;
  const limits = { rows: plan.batchRows, bytes: plan.batchBytes, rowBytes: MAX_ROW_BYTES };
  try {
    for (const { source, settled } of sources) {
      const before = tally.rowsRead;
      if (settled) await sendRows(sender, source, settled, limits, connections, { rejects, past: past?.batches });
      else {
        tools.rejects?.passOver(source);
        await sendWhole(sender, source, past?.batches);
      }
      if (before !== undefined && tally.rowsRead === before) tally.notes.add(`${source.name}: no rows`);
    }
  } finally {
    meter.done();
  }
}
