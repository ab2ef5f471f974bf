import { type FileHandle, open } from 'node:fs/promises';
import type { LogTable } from './log-tables.ts';

/** `system.text_log`, filled from the engine's own log file: what a server writes into its table, minus columns that the file lacks. */
export const TEXT_LOG: LogTable = {
  name: 'text_log',
  columns: {
    hostname: 'LowCardinality(String)',
    event_date: 'Date',
    event_time: 'DateTime',
    event_time_microseconds: 'DateTime64(6)',
    thread_id: 'UInt64',
    level:
      "Enum8('Fatal' = 1, 'Critical' = 2, 'Error' = 3, 'Warning' = 4, 'Notice' = 5, 'Information' = 6, 'Debug' = 7, 'Trace' = 8, 'Test' = 9)",
    query_id: 'String',
    logger_name: 'LowCardinality(String)',
    message: 'String',
  },
};

// 2026.11.24 00:03:39.802477 [ 10064 ] {query id} <Debug> executeQuery: message
const LINE =
  /^(\d{4})\.(\d\d)\.(\d\d) (\d\d:\d\d:\d\d)\.(\d{6}) \[ (\d+) \] \{([^}]*)\} <([A-Za-z]+)> ([^:]*): ([\s\S]*)$/;
const OURS = /\(comment: chwitness:([^|]*)\|([\s\S]*?)\)( \(|$)/;
// What the endpoint itself runs before a client's statement, and what it writes into one.
const SETUP = /\) SET (?:log_comment = 'chwitness|readonly = )/;
const SETUP_USE = /\) USE `/;
const SPOOL = /\s*(?:INTO OUTFILE|FROM INFILE) '[^']*\/\.chwitness\/spool\/[^']*' COMPRESSION 'none'/g;
const CHUNK = 1024 * 1024;

export interface TextLogRow {
  hostname: string;
  event_date: string;
  event_time: string;
  event_time_microseconds: string;
  thread_id: number;
  level: string;
  query_id: string;
  logger_name: string;
  message: string;
}

/**
 * Turns log text into rows. A line belongs to the client's query_id when its statement ran under our tag; lines of the endpoint's own
 * statements are left out. Keeps what it needs between calls: an unfinished last line, and which engine id is whose.
 */
export function textLogParser(hostname: string): (text: string, last: boolean) => TextLogRow[] {
  // The newest ids only: a statement's lines come close together.
  const clients = new Map<string, string | undefined>();
  let pending = '';
  const parse = (entry: string): TextLogRow | undefined => {
    const found = LINE.exec(entry);
    if (found === null) return undefined;
    const [, year, month, day, time, fraction, thread, engineId = '', level = '', logger = '', message = ''] = found;
    const tag = OURS.exec(message);
    const ours = SETUP.test(message) || (tag === null && SETUP_USE.test(message));
    if (ours || message.includes('(comment: chwitness-internal:')) clients.set(engineId, undefined);
    else if (tag !== null) clients.set(engineId, decodeURIComponent(tag[1] ?? ''));
    if (clients.size > 4096) for (const old of [...clients.keys()].slice(0, 2048)) clients.delete(old);
    if (engineId !== '' && clients.has(engineId) && clients.get(engineId) === undefined) return undefined;
    const shown = (
      tag === null ? message : message.replace(OURS, tag[2] === '' ? '$3' : '(comment: $2)$3').replace(/ {2,}\(/, ' (')
    ).replace(SPOOL, '');
    return {
      hostname,
      event_date: `${year}-${month}-${day}`,
      event_time: `${year}-${month}-${day} ${time}`,
      event_time_microseconds: `${year}-${month}-${day} ${time}.${fraction}`,
      thread_id: Number(thread),
      level,
      query_id: clients.get(engineId) ?? engineId,
      logger_name: logger,
      message: shown,
    };
  };
  return (text, last) => {
    pending += text;
    // An entry ends where the next begins: messages and stack traces run over lines.
    const entries = pending.split(/\n(?=\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d\.\d{6} \[ )/);
    pending = last ? '' : (entries.pop() ?? '');
    return entries.flatMap((entry) => parse(entry.trimEnd()) ?? []);
  };
}

/** Reads what was added to the log file since the last call, at most `limit` bytes; a rotated file is begun again. */
export class LogFile {
  readonly #path: string;
  #offset = 0;
  constructor(path: string) {
    this.#path = path;
  }

  async *read(limit = 64 * 1024 * 1024): AsyncGenerator<string> {
    let file: FileHandle;
    try {
      file = await open(this.#path, 'r');
    } catch {
      return;
    }
    try {
      const { size } = await file.stat();
      if (size < this.#offset) this.#offset = 0;
      const decoder = new TextDecoder();
      for (let read = 0; this.#offset < size && read < limit; ) {
        const buffer = Buffer.alloc(Math.min(CHUNK, size - this.#offset));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
        if (bytesRead === 0) return;
        this.#offset += bytesRead;
        read += bytesRead;
        yield decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
      }
    } finally {
      await file.close();
    }
  }
}
