import type { StatementRecord } from '../model/statement.ts';
import { type TableName, tableText } from '../model/table.ts';
import { EngineError } from './errors.ts';
import { statementKind, withoutRows } from './statement-kind.ts';
import type { TargetHooks } from './target.ts';

/** How a statement ended, when nothing was thrown. */
export interface Ending {
  rows?: number | undefined;
  bytes?: number | undefined;
}

/** Failures after which a statement that writes may have been carried out all the same. */
const UNSETTLED = new Set(['reset', 'timeout', 'canceled', 'engine-died', 'other', 'not-clickhouse']);

export interface JournalStart {
  sql: string;
  queryId: string;
  purpose: string;
  table?: TableName | undefined;
  /** Bytes of the body as far as they went out, and who answered. */
  sent: { bytes: number; node?: string | undefined };
  /** It is written down and not sent. */
  listed?: boolean | undefined;
}

/** One statement's line in the journal, written once, when its outcome is known. */
export class JournalEntry {
  readonly #hooks: TargetHooks;
  readonly #base: Pick<StatementRecord, 'at' | 'query_id' | 'kind' | 'purpose' | 'sql'> & {
    table?: string;
    sent?: false;
  };
  readonly #started = performance.now();
  readonly #sent: JournalStart['sent'];
  #written = false;

  constructor(hooks: TargetHooks, { sql, queryId, purpose, table, sent, listed }: JournalStart) {
    this.#hooks = hooks;
    this.#sent = sent;
    this.#base = {
      at: new Date().toISOString(),
      query_id: queryId,
      kind: statementKind(sql),
      purpose,
      ...(table === undefined ? {} : { table: tableText(table) }),
      ...(listed === true ? { sent: false as const } : {}),
      sql: withoutRows(sql),
    };
  }

  ok(ending: Ending = {}): void {
    this.#write('ok', ending);
  }

  /** The reader of a result wanted no more of it. */
  abandoned(ending: Ending = {}): void {
    this.#write('canceled', ending);
  }

  failed(thrown: unknown): void {
    const error = thrown instanceof EngineError ? thrown : undefined;
    const writes = this.#base.kind !== 'select';
    // Whatever was sent before a connection broke may have taken effect; only the server's own word settles it.
    const unsettled = writes && (error === undefined || UNSETTLED.has(error.failure));
    const outcome = unsettled ? 'unknown' : error?.failure === 'canceled' ? 'canceled' : 'error';
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    this.#write(outcome, {}, { ...(error?.code === undefined ? {} : { code: error.code }), message });
  }

  #write(
    outcome: StatementRecord['outcome'],
    { rows, bytes }: Ending,
    failure: { code?: number; message?: string } = {},
  ) {
    if (this.#written) return;
    this.#written = true;
    const size = bytes ?? (this.#sent.bytes > 0 ? this.#sent.bytes : undefined);
    this.#hooks.onStatement?.({
      ...this.#base,
      ...(rows === undefined ? {} : { rows }),
      ...(size === undefined ? {} : { bytes: size }),
      ...(this.#sent.node === undefined ? {} : { node: this.#sent.node }),
      duration_ms: Math.round((performance.now() - this.#started) * 10) / 10,
      outcome,
      ...failure,
    });
  }
}
