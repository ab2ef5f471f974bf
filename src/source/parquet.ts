import { open } from 'node:fs/promises';
import { readI64Field } from './thrift.ts';

const MAGIC = 'PAR1';
/** Footers of files with many columns and row groups reach megabytes; beyond this we let the engine read. */
const MAX_FOOTER_BYTES = 64 << 20;

/** FileMetaData.num_rows */
const NUM_ROWS_FIELD = 3;

export type ParquetFooter =
  | { ok: true; rows: number | undefined }
  | { ok: false; why: 'not-parquet' | 'cut-off' | 'encrypted' | 'damaged' };

/**
 * Reads the footer of a Parquet file: `PAR1 … <FileMetaData, thrift compact protocol> <length, 4 bytes LE> PAR1`
 * (parquet-format, "File format").Only `num_rows` is of interest.
 */
export async function readParquetFooter(path: string): Promise<ParquetFooter> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const at = async (position: number, length: number): Promise<Buffer> => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, position);
      return buffer.subarray(0, bytesRead);
    };
    if ((await at(0, 4)).toString('latin1') !== MAGIC) return { ok: false, why: 'not-parquet' };
    const tail = size < 12 ? Buffer.alloc(0) : await at(size - 8, 8);
    const end = tail.toString('latin1', 4);
    if (end === 'PARE') return { ok: false, why: 'encrypted' };
    if (end !== MAGIC) return { ok: false, why: 'cut-off' };
    const length = tail.readUInt32LE(0);
    if (length > size - 12) return { ok: false, why: 'damaged' };
    if (length > MAX_FOOTER_BYTES) return { ok: true, rows: undefined };
    const rows = Number(readI64Field(await at(size - 8 - length, length), NUM_ROWS_FIELD) ?? -1n);
    return rows < 0 || !Number.isSafeInteger(rows) ? { ok: false, why: 'damaged' } : { ok: true, rows };
  } finally {
    await file.close();
  }
}
