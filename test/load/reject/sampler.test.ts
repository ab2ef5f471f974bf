import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/load/batch.ts';
import { cutBatches } from '../../../src/load/cut/batches.ts';
import { csvCutter } from '../../../src/load/cut/csv.ts';
import type { Cutter } from '../../../src/load/cut/cutter.ts';
import { jsonCutter } from '../../../src/load/cut/json.ts';
import { createPool } from '../../../src/load/cut/pool.ts';
import { createSampler } from '../../../src/load/reject/sampler.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function sampled(text: string, cutter: () => Cutter, change: (batch: Batch) => Batch = (batch) => batch) {
  const sampler = createSampler(cutter);
  const limits = { rows: 20_000, bytes: 1 << 24, rowBytes: 1 << 20 };
  const cut = { source: 'rows', cutter: cutter(), limits, pool: createPool(1 << 16, 2) };
  for await (const batch of cutBatches(pieces(text, 1009), cut)) sampler.accepted(change(batch));
  return sampler.rows().map(({ row, bytes }) => ({ row, text: Buffer.from(bytes).toString().trim() }));
}

const numbers = Array.from({ length: 45_000 }, (_, at) => at + 1);

describe('a sample of the accepted rows', () => {
  it('names the row of each, wherever in a large batch it stands', async () => {
    const rows = await sampled(numbers.map((at) => `{"n":${at}}\n`).join('\n'), jsonCutter);
    expect(rows).toHaveLength(24);
    for (const { row, text } of rows) expect(text).toBe(`{"n":${row}}`);
    expect(rows.slice(0, 3).map(({ row }) => row)).toEqual([1, 2305, 4609]);
  });

  it('counts rows and not lines of CSV with quoted line feeds and empty lines', async () => {
    const text = numbers.map((at) => `${at},"a\n${at}"\n${at % 7 === 0 ? '\n' : ''}`).join('');
    const rows = await sampled(text, () => csvCutter(false));
    expect(rows).toHaveLength(24);
    for (const { row, text } of rows) expect(text).toBe(`${row},"a\n${row}"`);
  });

  it('takes the rows of a batch without its bad ones by what is left of it', async () => {
    const rows = await sampled(
      numbers.map((at) => `${at}\n`).join(''),
      () => csvCutter(false),
      (batch) => ({
        ...batch,
        bytes: batch.bytes.subarray(batch.bytes.indexOf(0x0a) + 1),
        marks: undefined,
        kept: Array.from({ length: batch.rows - 1 }, (_, at) => ({ row: batch.firstRow + at + 1 })),
      }),
    );
    for (const { row, text } of rows) expect(text).toBe(String(row));
    expect(rows[0]?.row).toBe(2);
  });
});
