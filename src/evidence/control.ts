import type { Target } from '../engine/target.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { SqlValue } from '../model/check.ts';
import type { Canary, ControlFacts, LogName, LogOutcome } from '../model/control.ts';
import type { Phase } from '../model/run.ts';
import type { SqlLibrary } from '../model/sql.ts';
import type { Capabilities } from '../model/target.ts';
import { hiddenBySettings, tableHidden } from './control-reasons.ts';
import { WAITS, type Waits, watchLog } from './control-watch.ts';
import { flushLogs } from './flush.ts';
import { runSql } from './run-sql.ts';

/**
 * The positive control of a run: tagged queries whose appearance in the logs shows that the logs can be believed. Sent as the
 * load's statements are, with the same user and settings: nothing is set to make them logged.
 */
export interface Control {
  /** Sends the query of the start, once; later calls do nothing. Never throws. */
  start(covers: ControlFacts['covers']): Promise<void>;
  /** Sends the query of the end, has the logs flushed or waits, and looks for all queries; once a phase. Never throws. */
  settle(phase: Phase): Promise<ControlFacts>;
}

export interface ControlOptions {
  target: Target;
  runId: string;
  statements: SqlLibrary;
  clock: Clock;
  waits?: Waits | undefined;
  /** Server settings that the load's INSERTs carry besides those of the target. */
  loadSettings?: Readonly<Record<string, string>> | undefined;
  /** Names of the nodes that answered statements of this run so far, the load's INSERTs among them. */
  nodes?: (() => readonly string[]) | undefined;
  /** Statements are listed and not sent: what follows a control that is seen is listed with them. */
  listing?: boolean | undefined;
}

/** Limit of one control query, ms. */
const CANARY_MS = 10_000;
/** Limit of everything that settling does, ms: two logs, each waited for. */
const SETTLE_MS = 75_000;

export function createControl({ target, runId, statements, clock, waits = WAITS, ...given }: ControlOptions): Control {
  const settled = new Map<Phase, Promise<ControlFacts>>();
  let started: Promise<Canary> | undefined;
  let covered: ControlFacts['covers'] = 'now';

  const send = async (at: Canary['at']): Promise<Canary> => {
    const queryId = `chwitness-${runId}-control-${at}`;
    const offset = await target.capabilities().then(
      (known) => known.clock_offset_ms,
      () => 0,
    );
    const base = { at, query_id: queryId, sent_at: new Date(clock.now().getTime() + offset).toISOString() };
    try {
      const [row] = await target.all<{ hostname: string }>(
        `SELECT hostName() AS hostname /* chwitness control ${at} */`,
        {
          queryId,
          purpose: 'control',
          timeoutMs: CANARY_MS,
        },
      );
      return { ...base, hostname: row?.hostname ?? '' };
    } catch (error) {
      return { ...base, error: messageOf(error) };
    }
  };

  const settle = async (phase: Phase): Promise<ControlFacts> => {
    const signal = AbortSignal.timeout(SETTLE_MS);
    const first = await (started ?? send('start'));
    const canaries = [first, await send(phase === 'before' ? 'before' : 'end')];
    const base = { run_id: runId, covers: covered, canaries };
    let capabilities: Capabilities;
    try {
      capabilities = await target.capabilities();
    } catch (error) {
      const none = {
        outcome: 'unavailable' as const,
        reason: 'unanswered' as const,
        because: `the target does not answer: ${messageOf(error)}`,
        remedies: [],
      };
      const flush = { outcome: 'failed' as const, message: messageOf(error), remedies: [] };
      return { ...base, flush, settings: {}, query_log: none, text_log: none };
    }
    const sql = async <Row>(name: string, params: Record<string, SqlValue> = {}): Promise<Row[]> =>
      (
        await runSql<Row>({ target, capabilities, limits: { rows: 100 } }, statements(name), params, {
          purpose: 'control',
          signal,
        })
      ).rows;
    const settings = { ...(await readSettings(sql)), ...logSettings(given.loadSettings) };
    const flush = await flushLogs(target, capabilities, signal);
    await learnLogTables(target, capabilities, signal);
    const flushed = flush.outcome === 'flushed';
    const watched = { sql, clock, waits, flushed, signal, user: capabilities.user, nodes: given.nodes };
    const watch = async (log: LogName): Promise<LogOutcome> => {
      if (!(log in capabilities.system)) return tableHidden(log, capabilities);
      const hidden = log === 'query_log' ? hiddenBySettings(settings, capabilities.user) : undefined;
      const found = hidden ?? (await watchLog(log, canaries, watched));
      return given.listing && found.outcome === 'not-seen' ? { outcome: 'seen', after_ms: 0 } : found;
    };
    const [query_log, text_log] = await Promise.all([watch('query_log'), watch('text_log')]);
    return { ...base, flush, settings, query_log, text_log };
  };

  return {
    async start(covers) {
      if (started) return;
      covered = covers;
      started = send('start');
      await started;
    },
    settle(phase) {
      const known = settled.get(phase) ?? settle(phase);
      settled.set(phase, known);
      return known;
    },
  };
}

/** Of the settings of a load, those that decide which of its statements are logged. */
function logSettings(settings: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => name.startsWith('log_queries')));
}

async function readSettings(sql: <Row>(name: string) => Promise<Row[]>): Promise<Record<string, string>> {
  try {
    const rows = await sql<{ name: string; value: string }>('control-settings');
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  } catch {
    // Not readable for this user: then only the log itself can tell.
    return {};
  }
}

/**
 * A server makes a log table at its first flush: what is known of the target learns of it, so that statements that need the
 * table can be asked in this very run.
 */
async function learnLogTables(target: Target, { system }: Capabilities, signal: AbortSignal): Promise<void> {
  if ('query_log' in system && 'text_log' in system) return;
  try {
    const rows = await target.all<{ table: string; names: string[] }>(
      "SELECT table, groupArray(name) AS names FROM system.columns WHERE database = 'system' AND table IN ('query_log', 'text_log') GROUP BY table ORDER BY table",
      { purpose: 'control', signal, shape: true },
    );
    for (const { table, names } of rows) system[table] ??= names;
  } catch {
    // As unknown as before.
  }
}
