import { Readable } from 'node:stream';
import { EngineError } from '../../src/engine/errors.ts';
import type { Answer, InsertOptions, Target } from '../../src/engine/target.ts';
import type { TableName } from '../../src/model/table.ts';

export interface Stored {
  table: TableName;
  format: string;
  text: string;
  options: InsertOptions;
}

export interface MemoryTarget extends Target {
  stored: Stored[];
  commands: string[];
  /** Most INSERTs that were under way at once. */
  busiest: number;
}

export interface MemoryOptions {
  kind?: 'server' | 'embedded';
  /** Columns of every table; undefined: no table is there until it is created. */
  columns?: readonly { name: string; type: string; default_type: string }[];
  /** Asked before each INSERT is stored; what it throws is its end. */
  before?: (insert: Stored, number: number) => Promise<void> | void;
  summary?: (insert: Stored) => Answer['summary'];
}

/** Keeps what it gets, for tests of cutting and counting alone: it understands no row. */
export function memoryTarget(options: MemoryOptions = {}): MemoryTarget {
  let { columns } = options;
  let under = 0;
  let number = 0;
  const target: MemoryTarget = {
    kind: options.kind ?? 'server',
    url: 'memory:',
    database: 'd',
    user: 'u',
    stored: [],
    commands: [],
    busiest: 0,
    rows() {
      throw new Error('not used by a load');
    },
    async all<Row>(): Promise<Row[]> {
      if (columns) return columns as unknown as Row[];
      throw new EngineError({
        failure: 'server',
        code: 60,
        codeName: 'UNKNOWN_TABLE',
        message: 'Table d.t does not exist',
      });
    },
    async command(sql) {
      target.commands.push(sql);
      columns ??= [];
      return { query_id: 'c', summary: undefined };
    },
    bytes: async () => Readable.from([]),
    async insert(table, format, body, insertOptions = {}) {
      under += 1;
      target.busiest = Math.max(target.busiest, under);
      try {
        const chunks: Uint8Array[] = [];
        if (body instanceof Uint8Array) chunks.push(body);
        else for await (const chunk of body) chunks.push(chunk);
        const insert = { table, format, text: Buffer.concat(chunks).toString(), options: insertOptions };
        number += 1;
        await new Promise((resolve) => setImmediate(resolve));
        await options.before?.(insert, number);
        target.stored.push(insert);
        return { query_id: insertOptions.queryId ?? '', summary: options.summary?.(insert) };
      } finally {
        under -= 1;
      }
    },
    capabilities() {
      throw new Error('not used by a load');
    },
    close: async () => undefined,
  };
  return target;
}
