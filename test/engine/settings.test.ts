import { expect, test } from 'vitest';
import type { Dialect } from '../../src/engine/dialect.ts';
import { numberMode, settle } from '../../src/engine/settings.ts';

const known = (entries: Record<string, string>): Dialect => ({
  settings: new Map(Object.entries({ readonly: '0', max_threads: '2', ...entries })),
  acceptsSettings: true,
  sendsHeaders: true,
  notes: [],
});
const modern = known({
  log_comment: '',
  output_format_json_quote_64bit_integers: '0',
  output_format_json_quote_decimals: '0',
  max_result_rows: '0',
});
const old = known({ output_format_json_quote_64bit_integers: '1' });
const asked = { comment: 'c', configured: {}, rows: true };

test('only settings that the server knows are sent, and what is left out is named', () => {
  const { settings, left } = settle(old, { ...asked, statement: { max_threads: 1, insert_deduplication_token: 't' } });
  expect(settings).toEqual({ output_format_json_quote_64bit_integers: '1', max_threads: '1' });
  expect(left).toEqual(['insert_deduplication_token']);
});

test('the user’s own settings are sent whatever they are, so that the server says what is wrong with them', () => {
  expect(settle(modern, { ...asked, rows: false, configured: { max_thread: '1' } }).settings).toEqual({
    log_comment: 'c',
    max_thread: '1',
  });
});

test('a user under readonly = 1 is sent none', () => {
  const { settings, left } = settle(
    { ...modern, acceptsSettings: false },
    { ...asked, configured: { max_threads: '1' }, statement: { max_result_rows: 5 } },
  );
  expect(settings).toEqual({});
  expect(left).toEqual(['max_result_rows']);
});

test('readonly is not repeated to a user who is restricted already', () => {
  const { settings, left } = settle(known({ readonly: '2' }), { ...asked, rows: false, statement: { readonly: 2 } });
  expect(settings).toEqual({});
  expect(left).toEqual([]);
});

test('numbers stay whole by quoting, by their types, or by looking at each', () => {
  expect(numberMode(modern)).toBe('quoted');
  expect(numberMode(old)).toBe('lossless');
  expect(numberMode({ ...modern, acceptsSettings: false })).toBe('typed');
  expect(numberMode({ ...modern, settings: undefined })).toBe('lossless');
});
