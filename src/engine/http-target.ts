import { Readable } from 'node:stream';
import { quoteName } from '../kernel/sql.ts';
import { type TableName, tableSql } from '../model/table.ts';
import type { Capabilities, TargetConfig } from '../model/target.ts';
import { askCapabilities } from './capabilities.ts';
import { Conversation, type Reconsider, type Started } from './conversation.ts';
import { EngineError } from './errors.ts';
import { drain, type Reply } from './exchange.ts';
import { headerText } from './foreign-answer.ts';
import { FRAME_PARAMETERS, framed, heldBack, mayDivide, mustFrame, storedWhole } from './frame.ts';
import { jsonRows, ROW_FORMATS } from './json-rows.ts';
import { numberMode } from './settings.ts';
import type { Answer, InsertOptions, StatementOptions, Target, TargetHooks } from './target.ts';

/** `X-ClickHouse-Summary` with numbers as numbers. */
function summaryOf(reply: Reply): Record<string, number> | undefined {
  const text = headerText(reply.headers, 'x-clickhouse-summary');
  if (text === undefined) return undefined;
  try {
    const parsed: Record<string, unknown> = JSON.parse(text);
    return Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, Number(value)]));
  } catch {
    return undefined;
  }
}

function answerOf(reply: Reply): Answer {
  return {
    query_id: headerText(reply.headers, 'x-clickhouse-query-id') ?? reply.queryId,
    summary: summaryOf(reply),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function withoutSemicolon(sql: string): string {
  return sql.replace(/[;\s]+$/, '');
}

/** A target over HTTP. `reconsider` sees every failure first; `onClose` ends what belongs to the target. */
export function httpTarget(
  config: TargetConfig,
  url: URL,
  hooks: TargetHooks,
  { reconsider, onClose }: { reconsider: Reconsider; onClose?: () => Promise<void> },
): Target {
  const talk = new Conversation(config, url, hooks, reconsider);
  let capabilities: Promise<Capabilities> | undefined;

  async function* rows<Row>(sql: string, options: StatementOptions = {}): AsyncGenerator<Row> {
    const mode = numberMode(await talk.dialectFor(options));
    const text = `${withoutSemicolon(sql)}\nFORMAT ${ROW_FORMATS[mode]}`;
    const { reply, entry } = await talk.start({ ...options, sql: text, asRows: true });
    let count = 0;
    try {
      for await (const batch of jsonRows(reply.body, mode, reply.queryId)) {
        for (const row of batch) {
          count += 1;
          // The caller says what its query returns; a check's zod schema then holds it to that.
          yield row as Row;
        }
      }
      entry.ok({ rows: count });
    } catch (thrown) {
      await talk.fail(thrown, entry);
    } finally {
      reply.abandon();
      entry.abandoned({ rows: count });
    }
  }

  async function all<Row>(sql: string, options?: StatementOptions): Promise<Row[]> {
    const found: Row[] = [];
    for await (const row of rows<Row>(sql, options)) found.push(row);
    return found;
  }

  async function command(sql: string, options: StatementOptions = {}): Promise<Answer> {
    const { reply, entry } = await talk.start({ ...options, sql: withoutSemicolon(sql) });
    try {
      await drain(reply);
    } catch (thrown) {
      return talk.fail(thrown, entry);
    }
    const answer = answerOf(reply);
    entry.ok({ rows: answer.summary?.written_rows });
    return answer;
  }

  async function* raw({ reply, entry }: Started): AsyncGenerator<Buffer> {
    let bytes = 0;
    try {
      for await (const chunk of reply.body) {
        bytes += chunk.length;
        yield chunk;
      }
      entry.ok({ bytes });
    } catch (thrown) {
      await talk.fail(thrown, entry);
    } finally {
      reply.abandon();
      entry.abandoned({ bytes });
    }
  }

  async function bytes(sql: string, options: StatementOptions = {}): Promise<Readable> {
    const started = await talk.start({ ...options, sql: withoutSemicolon(sql) });
    const stream = Readable.from(raw(started), { objectMode: false });
    // A stream that is dropped before its first byte never enters the generator.
    stream.once('close', () => {
      started.reply.abandon();
      started.entry.abandoned();
    });
    return stream;
  }

  async function insert(
    table: TableName,
    format: string,
    body: Readable | Uint8Array,
    { columns: named, dedupToken, rows: counted, encoding, insideRows, ready, ...options }: InsertOptions = {},
  ): Promise<Answer> {
    // Where the INSERT fails before it is waited for.
    ready?.catch(() => undefined);
    if (!/^\w+$/.test(format)) throw new EngineError({ failure: 'other', message: `${format} is no name of a format` });
    const columns = named === undefined ? '' : ` (${named.map(quoteName).join(', ')})`;
    const dialect = await talk.dialectFor(options);
    const inFrame = body instanceof Uint8Array && encoding === undefined && mustFrame(dialect, body.length);
    const settings = {
      ...options.settings,
      ...(dedupToken === undefined ? {} : { insert_deduplication_token: dedupToken }),
      ...(inFrame ? FRAME_PARAMETERS : {}),
    };
    const known = { ...Object.fromEntries(dialect.settings ?? []), ...config.settings, ...settings };
    const places = inFrame && insideRows && mayDivide(counted, known) ? insideRows : [];
    const whole = body instanceof Uint8Array ? (inFrame ? framed(body, places) : once(body)) : body;
    const overlaps = ready && body instanceof Uint8Array && storedWhole(dialect, inFrame);
    if (ready && !overlaps) await ready;
    const { reply, entry } = await talk.start({
      ...options,
      sql: `INSERT INTO ${tableSql(table)}${columns} FORMAT ${format}`,
      settings,
      encoding,
      table,
      body: overlaps ? heldBack(whole, ready) : whole,
    });
    try {
      await drain(reply);
    } catch (thrown) {
      return talk.fail(thrown, entry);
    }
    const answer = answerOf(reply);
    entry.ok({ rows: counted ?? answer.summary?.written_rows, bytes: reply.sent.bytes });
    return answer;
  }

  async function ask(): Promise<Capabilities> {
    const dialect = await talk.dialect();
    return askCapabilities({
      all: (sql) => all(sql, { purpose: 'capabilities', shape: true }),
      user: config.user,
      acceptsSettings: dialect.acceptsSettings,
      bindsParameters: await talk.bindsParameters(),
      notes: talk.notes,
    });
  }

  return {
    kind: config.kind,
    url: talk.url,
    dataDir: config.dataDir,
    database: config.database,
    user: config.user,
    rows,
    all,
    command,
    bytes,
    insert,
    capabilities() {
      capabilities ??= ask();
      capabilities.catch(() => {
        capabilities = undefined;
      });
      return capabilities;
    },
    async close() {
      await talk.close();
      await onClose?.();
    },
  };
}
