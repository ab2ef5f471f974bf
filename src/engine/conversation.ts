import type { SqlValue } from '../model/check.ts';
import type { TableName } from '../model/table.ts';
import type { TargetConfig } from '../model/target.ts';
import { type Dialect, learnBinding, learnDialect } from './dialect.ts';
import { EngineError } from './errors.ts';
import { drain, exchange, type Reply, type Sent } from './exchange.ts';
import { fromClickHouse } from './foreign-answer.ts';
import { JournalEntry } from './journal-entry.ts';
import { substitute } from './literals.ts';
import { impatiently } from './patience.ts';
import { settle } from './settings.ts';
import type { StatementOptions, TargetHooks } from './target.ts';
import { unsent } from './unsent.ts';
import { openWire } from './wire.ts';

export interface Statement extends StatementOptions {
  sql: string;
  /** Whether the answer is read as JSON rows. */
  asRows?: boolean | undefined;
  table?: TableName | undefined;
  body?: AsyncIterable<Uint8Array> | undefined;
  encoding?: string | undefined;
}

export interface Started {
  reply: Reply;
  entry: JournalEntry;
}

/** Looks again at a failure, with what only the owner of the connection knows. `met`: the target has answered before. */
export type Reconsider = (error: unknown, met: boolean) => Promise<unknown>;

/** One target spoken to: learns on first use what the server takes, numbers the queries, tags them, writes the journal. */
export class Conversation {
  readonly notes: string[] = [];
  readonly #wire;
  readonly #config: TargetConfig;
  readonly #hooks: TargetHooks;
  readonly #reconsider: Reconsider;
  readonly url: string;
  /** The target in sentences: how it is reached, without credentials. */
  readonly #place: string;
  #queries = 0;
  #met = false;
  #dialect: Promise<Dialect> | undefined;
  #binds: Promise<boolean> | undefined;

  constructor(config: TargetConfig, url: URL, hooks: TargetHooks, reconsider: Reconsider) {
    this.#wire = openWire(config, url);
    this.#config = config;
    this.#hooks = hooks;
    this.#reconsider = reconsider;
    this.url = `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
    const through = config.proxy === undefined ? '' : ` through the proxy ${new URL(config.proxy).origin}`;
    this.#place = this.url + through;
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  /** What the server takes; asked once, again only after a failure. */
  dialect(): Promise<Dialect> {
    this.#dialect ??= learnDialect(this.#plain).then((dialect) => {
      this.notes.push(...dialect.notes);
      this.#met = true;
      return dialect;
    });
    this.#dialect.catch(() => {
      this.#dialect = undefined;
    });
    return this.#dialect;
  }

  /** The same, waited for no longer than the statement may take. */
  dialectFor(options: StatementOptions): Promise<Dialect> {
    return impatiently(options, () => this.dialect());
  }

  bindsParameters(): Promise<boolean> {
    this.#binds ??= this.dialect().then(() => learnBinding(this.#plain));
    this.#binds.catch(() => {
      this.#binds = undefined;
    });
    return this.#binds;
  }

  /** Sends a statement; resolves when its answer begins. The caller reads the answer and ends the journal's entry. */
  async start(statement: Statement): Promise<Started> {
    const params = statement.params ?? {};
    const named = Object.keys(params).length > 0;
    const { dialect, binds } = await impatiently(statement, async () => ({
      dialect: await this.dialect(),
      binds: named && (await this.bindsParameters()),
    }));
    const { settings, left } = settle(dialect, {
      comment: JSON.stringify({ chwitness: this.#hooks.runId, purpose: statement.purpose ?? 'statement' }),
      configured: this.#config.settings,
      statement: statement.settings,
      rows: statement.asRows === true,
    });
    for (const name of left)
      this.#note(`the setting ${name} was not sent: this server does not take it from this user`);
    return this.#send(statement, settings, dialect.sendsHeaders, named && !binds ? params : undefined);
  }

  /** Turns whatever was thrown while an answer was read into what is known of it, and ends the journal's entry. */
  async fail(thrown: unknown, entry: JournalEntry): Promise<never> {
    const met = await this.#reconsider(thrown, this.#met);
    const { withholdValues, database, user } = this.#config;
    const error = withholdValues === true && met instanceof EngineError ? met.withheld([database, user]) : met;
    entry.failed(error);
    throw error;
  }

  readonly #plain = async (sql: string, settings: Record<string, string> = {}) => {
    const { reply, entry } = await this.#send({ sql, purpose: 'handshake', shape: true }, settings, false, undefined);
    try {
      const text = await drain(reply);
      entry.ok({ bytes: Buffer.byteLength(text) });
      return { text, ours: fromClickHouse(reply.headers) };
    } catch (thrown) {
      return this.fail(thrown, entry);
    }
  };

  async #send(
    statement: Statement,
    settings: Record<string, string>,
    expectHeaders: boolean,
    literals: Record<string, SqlValue> | undefined,
  ): Promise<Started> {
    this.#queries += 1;
    const queryId = statement.queryId ?? `chwitness-${this.#hooks.runId}-${this.#queries}`;
    const { sql, table, purpose = 'statement' } = statement;
    const sent: Sent = { bytes: 0 };
    const listed = this.#hooks.listOnly === true && statement.shape !== true;
    const entry = new JournalEntry(this.#hooks, { sql, queryId, purpose, table, sent, listed });
    if (listed) return { reply: await unsent(queryId, statement.body, sent), entry };
    try {
      const reply = await exchange(this.#wire, {
        sql: literals === undefined ? sql : substitute(sql, literals),
        queryId,
        // Always named: the user's own default database may be another.
        settings: { database: this.#config.database, ...settings },
        params: literals === undefined ? statement.params : undefined,
        body: statement.body,
        encoding: statement.encoding,
        sent,
        signal: statement.signal,
        timeoutMs: statement.timeoutMs,
        idleMs: this.#config.requestTimeoutMs,
        url: this.#place,
        expectHeaders,
      });
      return { reply, entry };
    } catch (thrown) {
      return this.fail(thrown, entry);
    }
  }

  #note(note: string): void {
    if (!this.notes.includes(note)) this.notes.push(note);
  }
}
