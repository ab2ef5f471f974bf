import { readFileSync } from 'node:fs';
import { glob } from 'tinyglobby';
import { expect, test } from 'vitest';
import { Clean, CleanStream } from '../../src/redact/clean.ts';
import { createRedactor } from '../../src/redact/redactor.ts';

test('only redaction makes clean values; nothing passes for one', async () => {
  const redactor = createRedactor({ known: [] });
  const clean = redactor.text('x', 'a');
  const stream = redactor.stream('x', (async function* () {})());
  expect([Clean.is(clean), CleanStream.is(stream)]).toEqual([true, true]);
  expect([Clean.is(stream), CleanStream.is(clean)]).toEqual([false, false]);
  for (const other of [
    'a',
    undefined,
    null,
    {},
    { toString: () => 'a' },
    Object.create(clean),
    Object.create(Clean.prototype),
    { ...clean },
  ]) {
    expect(Clean.is(other)).toBe(false);
    expect(CleanStream.is(other)).toBe(false);
  }
  for (const made of [Clean, CleanStream]) {
    expect(() => Reflect.construct(made, [Symbol('redacted'), 'a'])).toThrow('Only redaction makes');
  }
});

test('the two functions that make clean values are used by the redactor alone', async () => {
  const files = await glob(['src/**/*.ts', 'checks/**/*.ts', 'bundles/**/*.ts'], { absolute: true });
  const users = files.filter((file) => /\bclean(?:Text|Stream)\b/.test(readFileSync(file, 'utf8')));
  expect(users.map((file) => file.split('/').slice(-2).join('/')).sort()).toEqual([
    'redact/clean.ts',
    'redact/redactor.ts',
  ]);
});
