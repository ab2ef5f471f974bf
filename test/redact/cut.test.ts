import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRedactor } from '../../src/redact/redactor.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';

const SECRET = 'q7Rk_Zt5-Wm2xVb9';
const redactor = () => createRedactor({ known: [{ label: 'API_TOKEN', value: SECRET }] });
const hidden = (text: string) => redactor().text('a.txt', text).toString();

/** What the engine said, as it said it. */
const raw: string[] = [];
let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
  await engine.target.command('CREATE TABLE t (a UInt32, b UInt32) ENGINE = Memory');
});
afterAll(() => engine?.close());

test.each([
  ['CSV', `1,${SECRET}\n`],
  ['CSV', `${SECRET},1\n`],
  ['TabSeparated', `1\t${SECRET}\n`],
  ['JSONEachRow', `{"a":1,"b":"${SECRET}"}\n`],
  ['JSONEachRow', `{"a":1,"b":"12${SECRET}"}\n`],
  ['Values', `(1,'${SECRET}')`],
])('of a secret in %s %j the engine’s error shows no six characters', async (format, body) => {
  const thrown = await engine.target.insert({ database: 'default', table: 't' }, format, Buffer.from(body)).then(
    () => undefined,
    (error: unknown) => error,
  );
  const text = (thrown as { serverText?: string; message: string }).serverText ?? String(thrown);
  raw.push(text);
  for (const shown of [
    hidden(text),
    redactor().jsonLine('a.jsonl', { text }).toString(),
    hidden(JSON.stringify(text)),
  ]) {
    for (let at = 0; at + 6 <= SECRET.length; at += 1) expect(shown).not.toContain(SECRET.slice(at, at + 6));
  }
});

test('without hiding they would have stood there', () => {
  const leaking = raw.filter((text) => text.includes(SECRET.slice(0, 6)) || text.includes(SECRET.slice(-6)));
  expect(leaking.length).toBeGreaterThanOrEqual(4);
});

test('a part stands for the whole secret, at a cut and nowhere else', () => {
  expect(hidden(`ERROR: text "${SECRET.slice(0, 10)}" is not like UInt32`)).toBe(
    'ERROR: text "‹secret-1›" is not like UInt32',
  );
  expect(hidden(`ERROR: text "12,${SECRET.slice(0, 7)}" is not like UInt32`)).toBe(
    'ERROR: text "12,‹secret-1›" is not like UInt32',
  );
  expect(hidden(`expected ',' before: '${SECRET.slice(-8)}\\n'`)).toBe("expected ',' before: '‹secret-1›\\n'");
  for (const kept of [
    `ERROR: text "${SECRET.slice(0, 5)}" is not like UInt32`,
    `ERROR: text "${SECRET.slice(0, 9)}!" is not like UInt32`,
    `the file ${SECRET.slice(0, 10)} is there`,
  ])
    expect(hidden(kept)).toBe(kept);
});
