import { expect, test } from 'vitest';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { keptBody, mediaType, plainWords, requestIdOf, shownPath } from '../../../src/source/qtickets/words.ts';

test.each([
  ['Forbidden', 'Forbidden'],
  ['Unknown error, UNKNOWN_ERROR', 'Unknown error, UNKNOWN_ERROR'],
  ['Too many requests', 'Too many requests'],
  ['Order 4711 of Vera Petrova (vera@example.test) not found', 'Order … of … not found'],
  ['Wrong token 3f9a-not-to-be-shown', 'Wrong token …'],
  ['Неверный токен Вера', 'Неверный токен …'],
  ['+7 900 000-00-01', '…'],
  ['VERA', '…'],
])('%s: kept are the words about the request', (said, kept) => {
  expect(plainWords(said)).toBe(kept);
});

test('headers are kept where they are what they should be', () => {
  expect(mediaType('text/html; charset=utf-8')).toBe('text/html');
  expect(mediaType('Vera Petrova')).toBe('');
  expect(requestIdOf('7f3c-9a1b')).toBe('7f3c-9a1b');
  expect(requestIdOf('vera@example.test')).toBeUndefined();
});

test('neither a type, nor an id, nor a path, nor a search holds a person', () => {
  expect(mediaType('sidorova/olga')).toBe('');
  for (const said of ['Olga.Sidorova', 'Sidorova1985', '79112223344', '+79112223344'])
    expect(requestIdOf(said), said).toBeUndefined();
  for (const id of ['8f2a1c9d3e4b5a60-DME', 'req-9', '01f5e091-611a-487c-9828-eecd58455894'])
    expect(requestIdOf(id)).toBe(id);
  expect(shownPath('/shows/501/seats')).toBe('/shows/501/seats');
  expect(shownPath('/shows/Olga%20Sidorova/seats')).toBe('/shows/‹id›/seats');
  expect(shownPath('/tickets/find/77/sidorova')).toBe('/tickets/find/77/‹id›');
  expect(keptBody({ filter: { client_email: 'olga@example.test' } })).toEqual({ filter: { client_email: '‹value›' } });
});

test('links that open without a login are secrets, wherever they stand', () => {
  const redactor = createRedactor({ known: [] });
  const links = { payment_url: 'p1', cancel_url: 'c1', pdf_url: 'd1', passbook_url: 'b1' };
  expect(redactor.json('x', links).toString()).not.toMatch(/[pcdb]1/);
  expect(redactor.text('x', 'before: "pdf_url":"https://x.test/open/771"').toString()).not.toContain('771');
});
