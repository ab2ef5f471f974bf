import { describe, expect, test } from 'vitest';
import { serverError } from '../../src/engine/errors.ts';
import { parseServerException } from '../../src/engine/exception-text.ts';

const CASES: { period: string; text: string; code: number; name?: string; codes?: number[]; message: string }[] = [
  {
    period: '18.16',
    text: "Code: 60, e.displayText() = DB::Exception: Table shop.orders doesn't exist., e.what() = DB::Exception\n",
    code: 60,
    message: "Table shop.orders doesn't exist",
  },
  {
    period: '18.16, over two lines',
    text: 'Code: 27, e.displayText() = DB::Exception: Cannot parse input: expected , before: x1}: (at row 3)\n, e.what() = DB::Exception',
    code: 27,
    message: 'Cannot parse input: expected , before: x1}: (at row 3)',
  },
  {
    period: '20.8',
    text: 'Code: 62, e.displayText() = DB::Exception: Syntax error: failed at position 1: SELEC (version 20.8.4.11 (official build))',
    code: 62,
    message: 'Syntax error: failed at position 1: SELEC',
  },
  {
    period: '24.8',
    text: 'Code: 16. DB::Exception: No such column price in table shop.orders (1f2e). (NO_SUCH_COLUMN_IN_TABLE) (version 24.8.4.13 (official build))\n',
    code: 16,
    name: 'NO_SUCH_COLUMN_IN_TABLE',
    message: 'No such column price in table shop.orders (1f2e)',
  },
  {
    period: '22.3, its own class',
    text: "Code: 27. DB::ParsingException: Cannot parse input: expected ',' before: 'a': (at row 2)\n. (CANNOT_PARSE_INPUT_ASSERTION_FAILED) (version 22.3.2.1)",
    code: 27,
    name: 'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
    message: "Cannot parse input: expected ',' before: 'a': (at row 2)",
  },
  {
    period: 'a view behind the table',
    text: 'Code: 6. DB::Exception: Cannot parse string as UInt8: while pushing to view shop.daily (77aa). (CANNOT_PARSE_TEXT) (version 25.3.1.1)',
    code: 6,
    name: 'CANNOT_PARSE_TEXT',
    message: 'Cannot parse string as UInt8: while pushing to view shop.daily (77aa)',
  },
  {
    period: 'clickhouse-client',
    text: 'Code: 81. DB::Exception: Received from ch.internal:9000. DB::Exception: Database shop does not exist. (UNKNOWN_DATABASE)',
    code: 81,
    name: 'UNKNOWN_DATABASE',
    message: 'Database shop does not exist',
  },
  {
    period: 'an old server passing another one on',
    text: 'Code: 1000, e.displayText() = DB::Exception: Received from 10.0.0.2:9000. DB::Exception: Code: 202, e.displayText() = DB::Exception: Too many simultaneous queries, e.what() = DB::Exception',
    code: 202,
    codes: [202, 1000],
    message: 'Too many simultaneous queries',
  },
  {
    period: 'ON CLUSTER, name and version twice',
    text: 'Code: 57. DB::Exception: There was an error on [a:9000]: Code: 57. DB::Exception: Table shop.t already exists. (TABLE_ALREADY_EXISTS) (version 23.8.1.1). (TABLE_ALREADY_EXISTS) (version 23.8.1.1)',
    code: 57,
    name: 'TABLE_ALREADY_EXISTS',
    codes: [57],
    message: 'Table shop.t already exists',
  },
  {
    period: 'the outer name is not the inner one',
    text: 'Code: 279. DB::NetException: All connection tries failed. Log: \n\nCode: 210. DB::NetException: Connection refused (b:9000). (NETWORK_ERROR) (version 24.3.1.1)\n\n. (ALL_CONNECTION_TRIES_FAILED) (version 24.3.1.1)',
    code: 210,
    name: 'NETWORK_ERROR',
    codes: [210, 279],
    message: 'Connection refused (b:9000)',
  },
  {
    period: 'Keeper',
    text: 'Code: 999. Coordination::Exception: Session expired (Session expired). (KEEPER_EXCEPTION) (version 23.3.1.1)',
    code: 999,
    name: 'KEEPER_EXCEPTION',
    message: 'Session expired (Session expired)',
  },
  {
    period: 'Poco',
    text: 'Poco::Exception. Code: 1000, e.code() = 111, e.displayText() = Connection refused, e.what() = Connection refused (version 20.3.1)',
    code: 1000,
    message: 'Connection refused',
  },
  {
    period: 'std',
    text: 'std::exception. Code: 1001, type: std::out_of_range, e.what() = map::at, version = 19.14.3.3',
    code: 1001,
    message: 'map::at',
  },
  {
    period: 'with a stack trace',
    text: 'Code: 241. DB::Exception: Memory limit (for query) exceeded: would use 9.31 GiB. (MEMORY_LIMIT_EXCEEDED), Stack trace (when copying this message, always include the lines below):\n\n0. DB::Exception::Exception() @ 0x1\n',
    code: 241,
    name: 'MEMORY_LIMIT_EXCEEDED',
    message: 'Memory limit (for query) exceeded: would use 9.31 GiB',
  },
];

describe('a server exception is read from its text', () => {
  for (const { period, text, code, name, codes, message } of CASES) {
    test(period, () => {
      const parsed = parseServerException(text);
      expect(parsed).toMatchObject({ code, name, message, codes: codes ?? [code] });
    });
  }

  test('a number by itself is not one, nor is a client library’s own complaint', () => {
    for (const text of ['1', 'KeyError: 1', 'Code: 209.', 'exit code: 1. Done', '<html>Code: 7</html>', '']) {
      expect(parseServerException(text)).toBeUndefined();
    }
  });

  test('a text of a megabyte without an end is read at once', () => {
    const started = performance.now();
    const text = `Code: 27. DB::Exception: ${'( Code: '.repeat(130_000)}`;
    expect(parseServerException(text)?.code).toBe(27);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test('a code in the header counts where the body is empty', () => {
  const error = serverError('', { headerCode: 209, httpStatus: 200, queryId: 'q' });
  expect(error?.toException()).toEqual({
    failure: 'server',
    code: 209,
    message: 'the server reported code 209 and sent no text with it',
    query_id: 'q',
    http_status: 200,
  });
});

test('a long message is cut and the whole text kept', () => {
  const error = serverError(`Code: 62. DB::Exception: ${'x'.repeat(9000)}. (SYNTAX_ERROR)`);
  expect(error?.message.length).toBeLessThan(2100);
  expect(error?.serverText?.length).toBeGreaterThan(9000);
});
