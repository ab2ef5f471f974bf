import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';

const known = [
  { label: 'PASSWORD', value: 'correct horse/battery' },
  { label: 'TOKEN', value: 'zH7-pLq9.Xw2' },
];

/** Pushes text in pieces and flushes after each: what somebody who looks on sees after each flush, and at the end. */
function watched(text: string, size: number): { seen: string[]; raw: number } {
  const live = createRedactor({ known }).live('x');
  const seen: string[] = [];
  let shown = '';
  let raw = 0;
  const take = (pieces: ReturnType<typeof live.flush>) => {
    for (const piece of pieces) {
      expect(piece.at).toBe(raw);
      raw += piece.length;
      shown += Buffer.from(piece.bytes).toString('latin1');
    }
    seen.push(Buffer.from(shown, 'latin1').toString());
  };
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    take(live.push(bytes.subarray(at, at + size)));
    take(live.flush());
  }
  take(live.end());
  return { seen, raw };
}

test('a line is shown as soon as it is there, and a prompt without its end', () => {
  const live = createRedactor({ known }).live('x');
  const push = (text: string) =>
    [...live.push(Buffer.from(text)), ...live.flush()].map(({ bytes }) => Buffer.from(bytes).toString()).join('');
  expect(push('Connected to http://ch-zakaz:8123\n')).toBe('Connected to http://ch-zakaz:8123\n');
  expect(push('Overwrite? [y/N] ')).toBe('Overwrite? [y/N] ');
  expect(push('Password: ')).toBe('Password: ');
  expect(push('\n......')).toBe('\n......');
  expect(push('\r 10 %')).toBe('\r 10 %');
});

test('what may become a secret waits until it shows that it is none', () => {
  const live = createRedactor({ known }).live('x');
  const push = (text: string) =>
    [...live.push(Buffer.from(text)), ...live.flush()].map(({ bytes }) => Buffer.from(bytes).toString()).join('');
  expect(push('the word is correct hor')).toBe('the word is ');
  expect(push('net\n')).toBe('correct hornet\n');
  expect(push('the word is correct%20ho')).toBe('the word is ');
  expect(push('rse%2Fbattery. ')).toBe('‹secret-1›. ');
  expect(push('password=hun')).toBe('');
  expect(push('ter2\n')).toBe('password=‹secret-2›\n');
  expect(push('http://u:pas')).toBe('');
  expect(push('sw0rd@host/ \n')).toBe('http://u:‹secret-3›@host/ \n');
});

test('however a text arrives, nobody who looks on sees a secret, and in the end all else stands there', () => {
  const snippet = fc.constantFrom(
    'correct horse/battery',
    'correct%20horse%2fbattery',
    'correct\\u0020horse\\/battery',
    Buffer.from('u:correct horse/battery').toString('base64'),
    Buffer.from('zH7-pLq9.Xw2').toString('hex'),
    'zH7-pLq9.Xw2',
    'zH7%2DpLq9%2eXw2',
    "CREATE USER u IDENTIFIED BY 'abc' HOST ANY",
    'password=abc user=u',
    'http://u:s3cretpw@h:8123/',
    'день 8123 zakaz',
    'correct horse',
    '....',
  );
  const separator = fc.constantFrom(' ', '\n', '\r\n', '\t');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(snippet, separator), { maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      (parts, size) => {
        const text = parts.flat().join('');
        const { seen, raw } = watched(text, size);
        expect(seen.at(-1)).toBe(createRedactor({ known }).text('x', text).toString());
        expect(raw).toBe(Buffer.byteLength(text));
        for (const shown of seen) expect(seen.at(-1)?.startsWith(shown.replace(/\ufffd+$/, ''))).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

test('any bytes pass as they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 40 }), (bytes, size) => {
      const live = createRedactor({ known: [] }).live('x');
      const out: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size)
        for (const piece of [...live.push(bytes.subarray(at, at + size)), ...live.flush()]) out.push(piece.bytes);
      for (const piece of live.end()) out.push(piece.bytes);
      const plain = Buffer.concat(out);
      if (!plain.includes(Buffer.from('‹secret-'))) expect(plain.equals(Buffer.from(bytes))).toBe(true);
    }),
  );
});
