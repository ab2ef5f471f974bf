import type { Engine } from './engine.ts';
import { appendLog, ensureLogTable, type LogTable } from './log-tables.ts';
import { QUERY_LOG, queryLogRows, type Served } from './query-log.ts';
import { LogFile, TEXT_LOG, textLogParser } from './text-log.ts';

/** As often as a server flushes its logs by itself. */
const FLUSH_MS = 7500;
/** More unflushed statements than this are flushed at once. */
const MANY = 5000;

export interface Logs {
  add(served: Served): void;
  /** Returns when everything served so far stands in the tables. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Keeps system.query_log and system.text_log: written in batches, on SYSTEM FLUSH LOGS and every 7.5 s. */
export async function openLogs(engine: Engine, kept: readonly LogTable['name'][]): Promise<Logs> {
  const { data } = engine.folders;
  const [queries, lines] = [kept.includes('query_log'), kept.includes('text_log')];
  if (queries) await ensureLogTable(engine.internal, QUERY_LOG, data);
  if (lines) await ensureLogTable(engine.internal, TEXT_LOG, data);
  const file = new LogFile(engine.folders.log);
  const parse = textLogParser(engine.hostname);
  let rows: object[] = [];
  let working: Promise<void> = Promise.resolve();

  const flushNow = async () => {
    const batch = rows;
    rows = [];
    if (queries) await appendLog(engine.internal, QUERY_LOG, batch, data);
    if (!lines) return;
    for await (const text of file.read()) await appendLog(engine.internal, TEXT_LOG, parse(text, false), data);
    await appendLog(engine.internal, TEXT_LOG, parse('', true), data);
  };
  // One after another: they share the endpoint's own connection.
  const flush = () => {
    working = working.catch(() => undefined).then(flushNow);
    return working;
  };
  // A flush in the background that fails (a full disk) is tried again at the next tick; one that was asked for throws.
  const background = () => void flush().catch(() => undefined);
  const timer = setInterval(background, FLUSH_MS).unref();
  return {
    add(served) {
      rows.push(...queryLogRows(served));
      if (rows.length >= MANY) background();
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush().catch(() => undefined);
    },
  };
}
