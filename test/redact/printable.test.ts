import { expect, test } from 'vitest';
import { printable } from '../../src/redact/printable.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

test('control characters are shown, not obeyed', () => {
  expect(printable('a\u001b[31mred\u0007\u007f\u0000\u009b1m\u202Eabc\u2066x\r')).toBe(
    'a␛[31mred␇␡␀<U+009B>1m<U+202E>abc<U+2066>x␍',
  );
});

test('line feeds, tabs and every letter stay', () => {
  expect(printable('заказ\t1\r\nñ 日本 😀\n')).toBe('заказ\t1\nñ 日本 😀\n');
});

test('what goes to the terminal is redacted and printable', () => {
  const redactor = createRedactor({ known: [{ label: 'X', value: 'abcdefgh\u001b' }] });
  expect(redactor.plain('\u001b[2J abcdefgh\u001b password=x1')).toBe('␛[2J ‹secret-1› password=‹secret-2›');
  expect(redactor.ledger().every((entry) => entry.file === '(terminal)')).toBe(true);
});
