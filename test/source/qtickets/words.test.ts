import { expect, test } from 'vitest';
import { mediaType, plainWords, requestIdOf } from '../../../src/source/qtickets/words.ts';

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
