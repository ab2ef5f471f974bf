import { expect, test } from 'vitest';
import { noLoad } from '../../src/model/load.ts';
import { loadOf } from '../../src/pipeline/remains.ts';

const noted = { ...noLoad, kind: 'load' as const, status: 'canceled' as const };
const line = (state: string, index: number, more: object = {}) =>
  JSON.stringify({ state, table: { database: 'd', table: 't' }, source: 'a.csv', index, rows: 10, bytes: 7, ...more });

test('a batch counts once, by its last state, whatever was tried before', () => {
  const journal = [
    line('sent', 0),
    line('failed', 0),
    line('sent', 0, { attempt: 1 }),
    line('acknowledged', 0, { rows_written: 9 }),
    line('sent', 1),
    line('acknowledged', 1),
    line('sent', 2),
    '{"state":"acknowl',
  ].join('\n');
  expect(loadOf(journal, noted)).toMatchObject({
    status: 'canceled',
    rows_sent: 30,
    rows_written: 19,
    bytes: 21,
    tables: [{ sources: ['a.csv'], batches: 3, rows_written_from: 'acknowledged batches' }],
    error: {
      message:
        'killed during the load: 2 of 3 batches sent were acknowledged; of 1 batch without an answer it is not known (data/batches.jsonl)',
    },
  });
});

test('without a line nothing was sent', () => {
  expect(loadOf('', noted)).toMatchObject({ tables: [], rows_sent: 0, rows_written: 0 });
});
