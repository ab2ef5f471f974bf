import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BatchRecord } from '../../src/load/batch.ts';
import { wholeLines } from '../../src/load/journal/lines.ts';
import { beginJournal, continueJournal, type LoadState, readLoad } from '../../src/load/journal/state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chwitness-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (index: number, state: BatchRecord['state']): BatchRecord => ({
  at: '2025-01-01T00:00:00Z',
  state,
  table: { database: 'd', table: 't' },
  source: 'ü.csv',
  index,
  query_id: `q${index}`,
  attempt: 0,
  bytes: 1,
});
const state: LoadState = {
  schema: 1,
  run: 'r1',
  job: 'j',
  url: 'u',
  database: 'd',
  batch_rows: 1,
  batch_bytes: 1,
  atomic: false,
  tables: [],
};
const path = () => join(folder, 'loads', 'r1', 'journal.jsonl');
const states = async () => (await readLoad(folder, 'r1')).records.map(({ index, state }) => `${index} ${state}`);

test('cut off at any byte, a journal tells its whole lines, and goes on behind them', async () => {
  const first = await beginJournal(folder, state, JSON.stringify);
  for (const one of ['planned', 'sent', 'acknowledged'] as const) first.append(record(0, one));
  await first.close(true);
  const whole = readFileSync(path());
  const ends = [...whole].flatMap((byte, at) => (byte === 0x0a ? [at + 1] : []));
  for (let length = 0; length <= whole.length; length += 7) {
    writeFileSync(path(), whole.subarray(0, length));
    const next = await continueJournal(folder, 'r1', JSON.stringify);
    next.append(record(1, 'sent'));
    await next.close(true);
    const kept = ends.filter((end) => end <= length).length;
    expect(await states()).toEqual([...['0 planned', '0 sent', '0 acknowledged'].slice(0, kept), '1 sent']);
  }
});

test('what a power cut left behind the first line that is not whole says nothing', () => {
  const line = (index: number) => Buffer.from(`${JSON.stringify(record(index, 'sent'))}\n`);
  const zeros = Buffer.concat([line(0), Buffer.alloc(20), Buffer.from('\n'), line(1)]);
  expect(wholeLines(zeros)).toEqual({ records: [record(0, 'sent')], bytes: line(0).length });
  expect(wholeLines(Buffer.from('null\n'))).toEqual({ records: [], bytes: 0 });
});

test('a journal that is gone is an interrupted load of which nothing was sent', async () => {
  await (await beginJournal(folder, state, JSON.stringify)).close(true);
  truncateSync(path());
  expect(await states()).toEqual([]);
});

test('a load that was killed before its state was written had sent nothing, and is not offered to be gone on with', async () => {
  mkdirSync(join(folder, 'loads', 'r1'), { recursive: true });
  await expect(readLoad(folder, 'r1')).rejects.toThrow('There is no interrupted load r1');
  await expect(readLoad(folder, 'r1')).rejects.toMatchObject({ next: expect.stringMatching(/^None is waiting/) });
});
