import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import type { Guarantee } from '../../model/load.ts';
import type { TableName } from '../../model/table.ts';

/** How far a table's block numbers had come at a time: what is inserted later has higher ones. */
export interface Mark {
  blocks: number;
  /** ms since 1970, our clock. */
  at: number;
}

/** A mark is renewed after so many batches, and with each of them where a table remembers little. */
const BATCHES = 16;
const LITTLE = 1000;
/** Kept free of a window, since blocks under way are in no part yet. */
const RESERVE = 0.5;

/** Watches whether a table still remembers a block: how many came after it, and how long ago. */
export interface Window {
  /** A mark from before now, at most some batches old; undefined where parts cannot be looked at. @throws EngineError when nobody answers */
  before(): Promise<Mark | undefined>;
  /** Whether a block inserted after this mark is surely still remembered. Never throws. */
  holds(since: Mark | undefined): Promise<boolean>;
}

/** Pure. A count that went down (partitions dropped meanwhile) says nothing, and neither does a clock that was put back. */
export function remembers(window: NonNullable<Guarantee['window']>, since: Mark, now: Mark): boolean {
  const blocks = now.blocks - since.blocks;
  if (blocks < 0 || blocks >= window.blocks * RESERVE) return false;
  const age = now.at - since.at;
  return window.seconds === undefined || (age >= 0 && age < window.seconds * 1000 * RESERVE);
}

export function watchWindow(target: Target, table: TableName, guarantee: Guarantee, signal: AbortSignal): Window {
  const { window } = guarantee;
  let last: Promise<Mark | undefined> | undefined;
  let asked = 0;
  const look = async (): Promise<Mark | undefined> => {
    const at = Date.now();
    // Replicated tables number the blocks of each partition by themselves, others those of the whole table.
    const over = window?.seconds === undefined ? 'max' : 'sum';
    const sql = `SELECT toString(${over}(last)) AS blocks FROM (SELECT partition_id, max(max_block_number) + 1 AS last FROM system.parts WHERE database = {database:String} AND table = {table:String} GROUP BY partition_id)`;
    try {
      const [row] = await target.all<{ blocks?: string }>(sql, { params: { ...table }, purpose: 'load', signal });
      const blocks = Number(row?.blocks ?? Number.NaN);
      return Number.isFinite(blocks) ? { blocks, at } : undefined;
    } catch (error) {
      // Refused, it will be refused again; while nobody answers, nothing is sent either.
      if (error instanceof EngineError && error.code !== undefined) return undefined;
      throw error;
    }
  };
  return {
    async before() {
      if (window === undefined) return undefined;
      if (asked % BATCHES === 0 || window.blocks < LITTLE) last = look();
      asked += 1;
      // Who comes while the first look is under way waits for it, and where it failed looks again.
      return (await last?.catch(() => undefined)) ?? look();
    },
    async holds(since) {
      if (window === undefined || since === undefined) return false;
      const now = await look().catch((error: unknown) => {
        if (error instanceof EngineError) return undefined;
        throw error;
      });
      return now !== undefined && remembers(window, since, now);
    },
  };
}
