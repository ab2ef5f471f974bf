import { expect, test } from 'vitest';
import { substitute } from '../../src/engine/literals.ts';

test('each value becomes a literal of its declared type', () => {
  const sql =
    "SELECT {d:Identifier}, {s:String}, {n:UInt64}, {i:Int32}, {x:Array(String)}, {t:DateTime}, {u:DateTime64(3, 'UTC')}";
  const params = {
    d: 'o`d',
    s: "it's \\ {n:UInt64}",
    n: 18446744073709551615n,
    i: -5,
    x: ['a', "b'"],
    t: '2025-10-29 12:10:20',
    u: '2025-10-29 12:10:20.123',
  };
  expect(substitute(sql, params)).toBe(
    "SELECT `o\\`d`, 'it\\'s \\\\ {n:UInt64}', 18446744073709551615, (-5), CAST(['a', 'b\\''] AS Array(String)), " +
      "toDateTime('2025-10-29 12:10:20'), toDateTime('2025-10-29 12:10:20', 'UTC')",
  );
});

test('braces in strings, names and comments are left alone', () => {
  const sql =
    'SELECT \'{a:String}\', `{a:String}`, "{a:String}" -- {a:String}\n/* {a:String} */ FROM t WHERE x = {a:String}';
  expect(substitute(sql, { a: 'v' })).toBe(sql.replace(/\{a:String\}$/, "'v'"));
});

test('a number that is none, a value that is missing and an unknown type are refused', () => {
  expect(() => substitute('SELECT {n:UInt64}', { n: '1 OR 1' })).toThrow('{n:UInt64} cannot be bound');
  expect(() => substitute('SELECT {n:Float64}', { n: '1; DROP' })).toThrow('{n:Float64} cannot be bound');
  expect(() => substitute('SELECT {n:UInt64}', {})).toThrow('no value was given');
  expect(() => substitute('SELECT {n:UInt64}', { toString: 1 })).toThrow('no value was given');
  expect(() => substitute('SELECT {n:Map(String, String)}', { n: '1' })).toThrow('no literal of that type');
  expect(() => substitute('SELECT {n:String}', { n: ['a'] })).toThrow('its value is an array');
});
