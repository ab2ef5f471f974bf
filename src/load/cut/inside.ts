import type { RowFormat } from '../../model/source.ts';

const OPEN_OBJECT = 0x7b;
const QUOTE = 0x22;

/**
 * Places just behind the first byte of a row: what ends there is no row of the format, so that bytes that break off there are
 * surely not taken for whole ones.
 * @param marks where rows begin
 * @param fields of a row: with a single one, a delimited row is whole wherever it ends
 */
export function insideRows(format: RowFormat, bytes: Uint8Array, marks: readonly number[], fields: number): number[] {
  if (format === 'JSONEachRow') {
    // Whitespace may stand before the row.
    return marks.map((mark) => bytes.indexOf(OPEN_OBJECT, mark) + 1).filter((place) => place > 0);
  }
  // A first field that is not empty, and no delimiter after it.
  return fields < 2 ? [] : marks.filter((mark) => beginsField(bytes[mark] ?? 0)).map((mark) => mark + 1);
}

function beginsField(byte: number): boolean {
  return (
    byte === QUOTE || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  );
}
