import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { StatementOptions, Target } from '../../engine/target.ts';

/** An INSERT that got no answer. */
export interface Unanswered {
  /** Of each attempt whose end is not known. */
  queryIds: readonly string[];
  /** When the first of them began, ms since 1970 on our clock. */
  sentAt: number;
}

/** `undefined`: the log cannot tell. */
export type Told = 'stored' | 'not-stored' | undefined;

/** An INSERT whose client is gone may still be at work; it is waited for so long, ms. */
const RUNNING_MS = 60_000;
const POLL_MS = 250;
/** So often the log is flushed once more for the sake of the control. */
const FLUSHES = 8;
/** A request that has reached the machine may not have begun yet: the log is asked no sooner than this after it was sent, ms. */
const GRACE_MS = 2000;
/** A server may have started within this of the statement's time, ms. */
const CLOCK_MS = 2000;

const FINISHED = 2;
const NOT_BEGUN = 3;
const WHILE_PROCESSING = 4;
/** Reading its rows failed, so the one block that they make was never written. */
const READING = /^Code: (?:33|26|27|117|130|394)\b/;

const logged = z.object({ query_id: z.string(), type: z.coerce.number(), exception: z.string() });

/**
 * Looks for an INSERT that is over in system.query_log. The log is believed only where a query of our own, sent now, is in it, and where the server
 * has run since before the INSERT: then an INSERT that is not there never began. One node alone is asked: behind an address of
 * several nodes the log of another cannot tell, and their names are compared for that.
 */
export async function askLog(
  target: Target,
  unanswered: Unanswered,
  control: string,
  signal: AbortSignal,
): Promise<Told> {
  const options = { purpose: 'load', signal };
  try {
    const sampling = await target.all<{ value: string }>(
      "SELECT toString(value) AS value FROM system.settings WHERE name = 'log_queries_probability' ORDER BY name",
      options,
    );
    if (sampling.some(({ value }) => Number(value) !== 1)) return undefined;
    const host = await upSince(target, unanswered.sentAt, { ...options, queryId: control });
    if (host === undefined) return undefined;
    const rows = await look(target, control, unanswered.queryIds, signal);
    const [now] = await target.all<{ host: string }>('SELECT hostName() AS host', options);
    if (now?.host !== host) return undefined;
    return judge(rows, control, unanswered.queryIds);
  } catch (error) {
    // Whatever cannot be asked leaves the question open.
    if (error instanceof EngineError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Name of the node that answers, when it has run since before this time (ms since 1970); what its logs held before is gone otherwise. */
export async function upSince(target: Target, at: number, options: StatementOptions): Promise<string | undefined> {
  const sql = 'SELECT hostName() AS host, toString(uptime()) AS up';
  const [{ host = '', up = '0' } = {}] = await target.all<{ host: string; up: string }>(sql, options);
  return Date.now() - Number(up) * 1000 > at - CLOCK_MS ? undefined : host;
}

/** Lines of the log about these statements. Of several flushes at once a server may answer one before it is done: then again. */
async function look(target: Target, control: string, queryIds: readonly string[], signal: AbortSignal) {
  const options = { purpose: 'load', signal };
  for (let again = 0; ; again += 1) {
    await target.command('SYSTEM FLUSH LOGS', options);
    const found = await target.all<Record<string, unknown>>(
      'SELECT query_id, toInt8(type) AS type, exception FROM system.query_log WHERE event_date >= today() - 2 AND has({ids:Array(String)}, query_id) ORDER BY event_time, query_id, type',
      { ...options, params: { ids: [control, ...queryIds] } },
    );
    const rows = z.array(logged).parse(found);
    if (again === FLUSHES || judge(rows, control, []) !== undefined) return rows;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Pure. Any attempt that finished has stored the batch; none has when each of them is known not to. */
export function judge(rows: readonly z.infer<typeof logged>[], control: string, queryIds: readonly string[]): Told {
  const of = (id: string) => rows.filter((row) => row.query_id === id);
  if (!of(control).some(({ type }) => type === FINISHED)) return undefined;
  const each = queryIds.map((id): Told => {
    const lines = of(id);
    if (lines.length === 0) return 'not-stored';
    if (lines.some(({ type }) => type === FINISHED)) return 'stored';
    if (lines.some(({ type }) => type === NOT_BEGUN)) return 'not-stored';
    const failed = lines.find(({ type }) => type === WHILE_PROCESSING);
    return failed && READING.test(failed.exception) ? 'not-stored' : undefined;
  });
  if (each.includes('stored')) return 'stored';
  return each.includes(undefined) ? undefined : 'not-stored';
}

/** Waits until it is sure that no attempt is at work any more or will begin; false where that cannot be told, or one still is. */
export async function over(target: Target, { sentAt, queryIds }: Unanswered, signal: AbortSignal): Promise<boolean> {
  const early = sentAt + GRACE_MS - Date.now();
  if (early > 0) await sleep(early, undefined, { signal }).catch(() => undefined);
  try {
    return await ended(target, queryIds, signal);
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

/** Waits until none of the statements runs any more; false when one still does. @throws EngineError */
export async function ended(target: Target, ids: readonly string[], signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + RUNNING_MS;
  for (;;) {
    const [row] = await target.all<{ running: string }>(
      'SELECT toString(count()) AS running FROM system.processes WHERE has({ids:Array(String)}, query_id)',
      { params: { ids: [...ids] }, purpose: 'load', signal },
    );
    if (row?.running === '0') return true;
    if (row?.running === undefined || performance.now() > until) return false;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
