import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { shortId } from '../../kernel/names.ts';
import type { Guarantee } from '../../model/load.ts';
import { type TableName, tableSql } from '../../model/table.ts';
import { askLog, ended, over, type Unanswered } from './ask-log.ts';
import { askParts } from './ask-parts.ts';
import { type Mark, type Window, watchWindow } from './window.ts';

/** What is found out about a batch without an answer. */
export type Settled =
  /** It may be sent again: should it be stored already, it will not be stored twice. */
  'repeat' | 'stored' | 'not-stored' | 'unknown';

export interface Question extends Unanswered {
  rows: number | undefined;
  /** Block numbers of the table from before it was sent first. */
  mark: Mark | undefined;
  /** It would be sent again byte for byte as one block with its token. */
  same: boolean;
}

/** Finds out what became of batches without an answer, by what the guarantee of their table rests on. */
export interface Settler {
  readonly guarantee: Guarantee;
  /** Taken before a batch is sent. */
  mark(): Promise<Mark | undefined>;
  settle(question: Question): Promise<Settled>;
}

export interface SettlerOptions {
  target: Target;
  table: TableName;
  guarantee: Guarantee;
  runId: string;
  signal: AbortSignal;
  /** Rows that are surely in a scratch table of ours, into which nobody else writes. */
  staged?: (() => number) | undefined;
  /** Id of an INSERT into the table that was answered: its parts must be in the log of parts before that is believed. */
  answered?: (() => string | undefined) | undefined;
}

export function createSettler(options: SettlerOptions): Settler {
  const { target, table, guarantee, runId, signal, staged, answered } = options;
  const window: Window = watchWindow(target, table, guarantee, signal);
  let asked = 0;
  const log = async (question: Question): Promise<Settled> => {
    if (!(await over(target, question, signal))) return 'unknown';
    asked += 1;
    const control = `chwitness-${runId}-settle-${shortId()}-${asked}`;
    const told = await askLog(target, question, control, signal);
    return told ?? (await askParts(target, table, question, answered?.(), signal)) ?? 'unknown';
  };
  return {
    guarantee,
    mark: () => window.before(),
    async settle(question) {
      switch (guarantee.kind) {
        case 'at-least-once':
          return 'repeat';
        case 'tokens':
        case 'content':
          return question.same && (await window.holds(question.mark)) ? 'repeat' : log(question);
        case 'staging':
          return count({ target, table, signal }, question, staged?.() ?? 0);
        case 'at-most-once':
          return log(question);
      }
    },
  };
}

/** Nobody else writes into a scratch table, and one batch is on its way at a time: its rows are there or they are not. */
async function count(
  { target, table, signal }: Pick<SettlerOptions, 'target' | 'table' | 'signal'>,
  { queryIds, rows }: Question,
  before: number,
): Promise<Settled> {
  try {
    if (!(await ended(target, queryIds, signal))) return 'unknown';
    const sql = `SELECT toString(count()) AS rows FROM ${tableSql(table)}`;
    const [now] = await target.all<{ rows: string }>(sql, { purpose: 'load', signal });
    if (Number(now?.rows) === before) return 'not-stored';
    return rows !== undefined && Number(now?.rows) === before + rows ? 'stored' : 'unknown';
  } catch (error) {
    if (error instanceof EngineError) return 'unknown';
    throw error;
  }
}
