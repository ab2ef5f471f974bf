import type { RowFormat } from '../../model/source.ts';
import { type Fields, fieldsOf } from './fields.ts';
import type { RowRange } from './rows.ts';
import { type Suspects, suspects } from './suspicion.ts';
import { rowPattern } from './template.ts';

/** A column that an INSERT may name. */
export interface Field {
  name: string;
  type: string;
  /** The table's author says what stands there when nothing is sent. */
  hasDefault: boolean;
}

export interface Suspect {
  range: RowRange;
  fields: Fields;
  /** Columns whose value looks wrong, in the order of the row; empty when it is the row itself. */
  columns: readonly string[];
}

export interface ScreenOptions {
  format: RowFormat;
  /** All columns of the table that an INSERT may name. */
  table: readonly Field[];
  /** Names of a delimited text's columns, in its order. */
  columns: readonly string[];
  /** Fields without a column are dropped on purpose. */
  skipUnknown: boolean;
  /** NULL becomes a default on purpose. */
  nullAsDefault: boolean;
}

/** Looks at each row of a batch and names those that the engine must be asked about. Bytes of good rows are read once and left alone. */
export function createScreen(options: ScreenOptions): (bytes: Uint8Array, ranges: readonly RowRange[]) => Suspect[] {
  const { format, table, columns, skipUnknown } = options;
  const tests = new Map(table.map((field) => [field.name, testOf(field, options)]));
  const suspectColumns = ({ names, values }: Extract<Fields, { ok: true }>): string[] | undefined => {
    let found: string[] | undefined;
    for (let at = 0; at < names.length; at += 1) {
      const name = names[at] ?? '';
      const test = tests.get(name);
      if (test === undefined ? !skipUnknown : test(values[at])) {
        found ??= [];
        found.push(name);
      }
    }
    return found;
  };
  const byName = new Map(table.map((field) => [field.name, field]));
  const patterns: RegExp[] = [];
  let misses = 0;
  /** Patterns are learnt from rows that are fine; of rows that never look alike none is worth having. */
  const learn = (names: readonly string[]): void => {
    misses += 1;
    if (patterns.length >= PATTERNS || misses > TRIES) return;
    const pattern = rowPattern(format, names, byName);
    if (pattern !== undefined) patterns.push(pattern);
  };
  return (bytes, ranges) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    // Decoded piece by piece: a text of megabytes would stay in memory until all of it is collected.
    let text = '';
    let start = 0;
    const looksGood = ({ from, to }: RowRange): boolean => {
      if (patterns.length === 0) return false;
      if (to > start + text.length) {
        start = from;
        text = buffer.toString('latin1', from, Math.max(to, from + PIECE_BYTES));
      }
      for (let at = 0; at < patterns.length; at += 1) {
        const pattern = patterns[at];
        if (!pattern) continue;
        pattern.lastIndex = from - start;
        if (!pattern.test(text) || pattern.lastIndex !== to - start) continue;
        // The pattern that fits most goes first.
        if (at > 0) patterns.unshift(...patterns.splice(at, 1));
        return true;
      }
      return false;
    };
    const found: Suspect[] = [];
    for (const range of ranges) {
      if (looksGood(range)) continue;
      const fields = fieldsOf(format, buffer.toString('utf8', range.from, range.to), columns);
      const wrong = fields.ok ? suspectColumns(fields) : [];
      if (wrong !== undefined) found.push({ range, fields, columns: wrong });
      else if (fields.ok) learn(fields.names);
    }
    return found;
  };
}

/** Shapes of rows that are told at a glance, and rows after which no further one is looked for. */
const PATTERNS = 8;
const TRIES = 1000;
const PIECE_BYTES = 64 * 1024;

function testOf({ type, hasDefault }: Field, { nullAsDefault, format }: ScreenOptions): Suspects {
  const test = suspects(type);
  const nullIsFine = nullAsDefault || hasDefault;
  const emptyIsFine = format !== 'JSONEachRow';
  if (!nullIsFine && !emptyIsFine) return test;
  // An empty field is how delimited texts leave a value out: its default is what was asked for.
  return (value) => !((nullIsFine && value === null) || (emptyIsFine && value === '')) && test(value);
}
