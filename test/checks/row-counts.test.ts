import { describe, expect, test } from 'vitest';
import check from '../../checks/row-counts.ts';
import { loadOf, say } from './say.ts';

function held(rows: string | null, change: object = {}) {
  const table = {
    table: 'shop.sales',
    engine: 'MergeTree',
    exists: rows !== null,
    rows,
    rows_final: null,
    partitions: [],
    has_ttl: false,
    error: null,
    ...change,
  };
  return { user: 'loader', tables: [table] };
}

test('before a load the counts are told, a table that is not there as such', () => {
  expect(say(check, held('3000000'), { phase: 'before' }).message).toBe('shop.sales: 3 000 000 rows');
  expect(say(check, held(null), { phase: 'before' })).toMatchObject({
    status: 'pass',
    message: 'shop.sales: not there',
  });
});

describe('after a load that said ok', () => {
  const load = loadOf();
  test('as many rows more as were sent pass', () => {
    expect(say(check, held('15'), { before: held('5'), load })).toMatchObject({
      status: 'pass',
      message: 'shop.sales: 10 rows sent and stored, beside the 5 that it held before',
    });
  });
  test('a table that held as many before is asked about: loaded twice raises no error anywhere', () => {
    expect(say(check, held('20'), { before: held('10'), load })).toMatchObject({
      status: 'pass',
      message:
        'shop.sales: 10 rows sent and stored, beside the 10 that it held before, a multiple of it: was this source loaded before?',
    });
    expect(say(check, held('10'), { before: held('0'), load }).message).toBe('shop.sales: 10 rows sent and stored');
  });
  test('a table that was made by the load began with no rows', () => {
    expect(say(check, held('10'), { before: held(null), load }).status).toBe('pass');
  });
  test('not one row more fails, and identical blocks are named as a reason', () => {
    const verdict = say(check, held('5'), { before: held('5'), load });
    expect(verdict.status).toBe('fail');
    expect(verdict.message).toContain('10 rows fewer than were sent');
    expect(verdict.remedies.join('\n')).toContain('insert_deduplication_token');
  });
  test('a TTL is named as a reason where the table has one', () => {
    const verdict = say(check, held('9', { has_ttl: true }), { before: held('5'), load });
    expect(verdict.remedies.join('\n')).toContain('TTL');
  });
  test('more rows than were sent fail, unless other writers are expected', () => {
    const context = { before: held('5'), load };
    expect(say(check, held('16'), context)).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('1 row more'),
    });
    expect(say(check, held('16'), { ...context, options: { other_writers: true } }).status).toBe('pass');
  });
  test('counts over 2^53 are compared exactly', () => {
    const context = { before: held('9007199254740993'), load };
    expect(say(check, held('9007199254741003'), context).status).toBe('pass');
    expect(say(check, held('9007199254741002'), context).status).toBe('fail');
  });
  test('a replacing table may join rows of one key', () => {
    const replacing = (rows: string, final: string) => held(rows, { engine: 'ReplacingMergeTree', rows_final: final });
    const verdict = say(check, replacing('12', '8'), { before: replacing('5', '5'), load });
    expect(verdict).toMatchObject({ status: 'pass', message: expect.stringContaining('with FINAL 3 more') });
    expect(say(check, replacing('5', '5'), { before: replacing('5', '5'), load }).status).toBe('warn');
  });
  test('a table that is gone fails', () => {
    expect(say(check, held(null), { before: held('5'), load }).status).toBe('fail');
  });
  test('without a count before, what arrived cannot be told', () => {
    expect(say(check, held('5'), { load })).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('cannot be told'),
    });
  });
});

test('no row out of a source that is not empty fails, an empty source warns', () => {
  const zero = { rows_sent: 0, rows_written: 0, batches: 0 };
  const context = { before: held('5') };
  expect(say(check, held('5'), { ...context, load: loadOf({ ...zero, bytes: 20, rows_read: undefined }) }).status).toBe(
    'fail',
  );
  expect(
    say(check, held('5'), { ...context, load: loadOf({ ...zero, bytes: 0, rows_read: 0, status: 'empty' }) }).status,
  ).toBe('warn');
});

test('a load that failed is held to what was acknowledged', () => {
  const load = loadOf({ status: 'failed', rows_sent: 10, rows_written: 4 });
  expect(say(check, held('9'), { before: held('5'), load }).status).toBe('pass');
  expect(say(check, held('12'), { before: held('5'), load }).status).toBe('warn');
  expect(say(check, held('5'), { before: held('5'), load }).status).toBe('fail');
});

test('a command that said ok and changed nothing warns', () => {
  const verdict = say(check, held('5'), { before: held('5'), load: loadOf({}, 'command') });
  expect(verdict).toMatchObject({ status: 'warn', message: expect.stringContaining('not one row more') });
});

test('a lacking grant is a skip with the GRANT', () => {
  const verdict = say(check, held(null, { exists: true, error: 'Not enough privileges' }), { phase: 'before' });
  expect(verdict).toMatchObject({ status: 'skip', remedies: ['GRANT SELECT ON shop.sales TO loader'] });
});
