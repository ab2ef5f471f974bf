import { describe, expect, test } from 'vitest';
import { findTrailingException, TAIL_BYTES, withoutTail } from '../../src/engine/body-tail.ts';

const OLD =
  "Code: 395, e.displayText() = DB::Exception: Value passed to 'throwIf' is non zero, e.what() = DB::Exception\n";
const NEW =
  'Code: 395. DB::Exception: Value passed. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO) (version 24.8.4.13 (official build))\n';

async function read(chunks: readonly string[], tag?: string, breaks?: Error) {
  async function* body() {
    for (const chunk of chunks) yield Buffer.from(chunk);
    if (breaks) throw breaks;
  }
  let data = '';
  try {
    for await (const chunk of withoutTail(body(), tag, (text) => new Error(text))) data += chunk.toString();
  } catch (thrown) {
    return { data, thrown: String(thrown) };
  }
  return { data, thrown: undefined };
}

describe('an exception appended to a body of status 200', () => {
  test('is cut off and thrown, in the words of each period', async () => {
    const rows = '1\t0\n2\t0\n';
    expect(await read([rows, OLD])).toEqual({ data: rows, thrown: `Error: ${OLD.trim()}` });
    expect(await read([rows, NEW])).toEqual({ data: rows, thrown: `Error: ${NEW.trim()}` });
    expect(await read([`${rows}\n__exception__\n${NEW}`])).toEqual({ data: rows, thrown: `Error: ${NEW.trim()}` });
    const tagged = `${rows}\r\n__exception__\r\nabcdefgh\r\n${NEW}${NEW.length} abcdefgh\r\n__exception__\r\n`;
    expect(await read([tagged], 'abcdefgh')).toEqual({ data: rows, thrown: `Error: ${NEW.trim()}` });
  });

  test('is found across every border of chunks', async () => {
    const whole = `{"a":1}\r\n__exception__\r\ntag12345\r\n${NEW}${NEW.length} tag12345\r\n__exception__\r\n`;
    for (let at = 1; at < whole.length; at += 7) {
      const got = await read([whole.slice(0, at), whole.slice(at)], 'tag12345');
      expect(got).toEqual({ data: '{"a":1}', thrown: `Error: ${NEW.trim()}` });
    }
  });

  test('stands behind a bracket where a JSON document broke off', async () => {
    expect((await read([`{"data":[{"a":1}${OLD}`])).data).toBe('{"data":[{"a":1}');
  });

  test('is found where the server also breaks the connection off', async () => {
    const got = await read([`1\n${NEW}`], undefined, new Error('aborted'));
    expect(got).toEqual({ data: '1\n', thrown: `Error: ${NEW.trim()}` });
  });

  test('without one, the data comes first and then what broke it', async () => {
    expect(await read(['1\n2'], undefined, new Error('aborted'))).toEqual({ data: '1\n2', thrown: 'Error: aborted' });
  });
});

describe('a row that holds the text of an exception is data', () => {
  test('as the last column of a row', () => {
    expect(findTrailingException(`2025-10-29 12:10:20\t${OLD}`, undefined)).toBeUndefined();
    expect(findTrailingException(`exception:  ${NEW}`, undefined)).toBeUndefined();
    expect(findTrailingException(`{"exception":"${OLD.trim()}"}\n`, undefined)).toBeUndefined();
  });

  test('in the middle of a body', () => {
    expect(findTrailingException(`${OLD}3\n`, undefined)).toBeUndefined();
  });

  test('and with a tag in the header nothing but the tag counts', () => {
    expect(findTrailingException(`\n${NEW}`, 'sometag1')).toBeUndefined();
    expect(findTrailingException(`\r\n__exception__\r\nforged12\r\n${NEW}`, 'sometag1')).toBeUndefined();
  });
});

test('a long body passes through with no more than its tail held back', async () => {
  let given = 0;
  let taken = 0;
  let most = 0;
  async function* body() {
    for (let round = 0; round < 2000; round += 1) {
      given += 10_000;
      yield Buffer.alloc(10_000, 'a');
    }
  }
  for await (const chunk of withoutTail(body(), undefined, (text) => new Error(text))) {
    taken += chunk.length;
    most = Math.max(most, given - taken);
  }
  expect(taken).toBe(20_000_000);
  expect(most).toBeLessThanOrEqual(TAIL_BYTES + 10_000);
});
