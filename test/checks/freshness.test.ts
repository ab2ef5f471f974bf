import { expect, test } from 'vitest';
import check from '../../checks/freshness.ts';
import { say } from './say.ts';

function newest(change: object = {}, around: object = {}) {
  const column = {
    table: 'shop.sales',
    column: 'sold_at',
    type: 'DateTime',
    rows: '2',
    oldest_utc: '2026-11-01 00:00:00',
    newest_utc: '2026-11-24 11:00:00',
    newest: '2026-11-24 14:00:00',
    error: null,
    ...change,
  };
  return { server_timezone: 'Europe/Moscow', clock_offset_ms: 0, columns: [column], without: [], ...around };
}

test('the newest time is told in UTC with the server’s own beside it', () => {
  expect(say(check, newest())).toMatchObject({
    status: 'pass',
    message: 'shop.sales.sold_at: newest 2026-11-24 11:00:00 UTC (2026-11-24 14:00:00 Europe/Moscow), 1 h 0 min ago',
  });
});

test('a column with a zone of its own is shown in that zone', () => {
  const facts = newest({ type: "Nullable(DateTime64(3, 'Asia/Omsk'))", newest: '2026-11-24 17:00:00.000' });
  expect(say(check, facts).message).toContain('(2026-11-24 17:00:00.000 Asia/Omsk)');
});

test('an empty table is said to be empty, and 1970 is not mentioned', () => {
  const verdict = say(check, newest({ rows: '0', oldest_utc: null, newest_utc: null, newest: null }));
  expect(verdict).toMatchObject({ status: 'warn', message: 'shop.sales is empty' });
  expect(JSON.stringify(verdict)).not.toContain('1970');
});

test('before a load an empty table is no fault', () => {
  const facts = newest({ rows: '0', oldest_utc: null, newest_utc: null, newest: null });
  expect(say(check, facts, { phase: 'before' }).status).toBe('pass');
});

test('a column that holds nothing but its zero warns', () => {
  expect(say(check, newest({ newest_utc: '1970-01-01 00:00:00', newest: '1970-01-01 03:00:00' }))).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('never filled'),
  });
});

test('a time in the future of the server’s clock warns', () => {
  expect(say(check, newest({ newest_utc: '2026-11-24 15:00:00' }))).toMatchObject({
    status: 'warn',
    message: expect.stringContaining('in the future'),
  });
  expect(say(check, newest({ newest_utc: '2026-11-24 15:00:00' }, { clock_offset_ms: 4 * 3_600_000 })).status).toBe(
    'pass',
  );
});

test('fails when older than the user allows', () => {
  expect(say(check, newest(), { options: { max_age_seconds: 3599 } }).status).toBe('fail');
  expect(say(check, newest(), { options: { max_age_seconds: 3600 } }).status).toBe('pass');
});

test('a date counts until its end', () => {
  const facts = newest({ type: 'Date', newest_utc: '2026-11-24', newest: '2026-11-24' });
  expect(say(check, facts, { options: { max_age_seconds: 60 } }).status).toBe('pass');
});

test('no time column is a skip that says how to name one', () => {
  const facts = { server_timezone: 'UTC', clock_offset_ms: 0, columns: [], without: ['shop.prices'] };
  expect(say(check, facts)).toMatchObject({ status: 'skip', message: 'no time column was found in shop.prices' });
});
