import { describe, expect, test } from 'vitest';
import {
  type CommandOutcome,
  claimedRows,
  judgeOutcome,
  type OutcomeOptions,
} from '../../../src/diagnose/outcome/judge-outcome.ts';
import type { CommandFacts, LogLine, RowClaim } from '../../../src/model/command.ts';
import { noLoad } from '../../../src/model/load.ts';
import { sampleCommand } from '../../helpers/sample-command.ts';
import { sampleControl } from '../../helpers/sample-control.ts';

const noon = { utc: '2025-10-29T12:00:00Z' };
const claim = (rows: number, line = 5, table?: string): RowClaim => ({
  stream: 'stdout',
  line,
  text: `inserted ${rows} rows`,
  rows,
  ...(table === undefined ? {} : { table }),
});
const error = (line = 3): LogLine => ({ stream: 'stdout', line, text: 'ERROR Unexpected ClickHouse error: 1' });

/** What was found after a command: rows counted then, INSERTs and rows by the log; `log: null` where it does not tell. */
function seen(rows: string | null, log: { inserts: number; rows: string } | null): CommandOutcome {
  return {
    counts: rows === null ? [] : [{ table: 'shop.orders', rows }],
    writers: {
      control: sampleControl(log === null ? 'unavailable' : 'seen'),
      hostname: 'ch',
      user: 'loader',
      tables: rows === null ? [] : ['shop.orders'],
      groups_cut: false,
      groups:
        log === null
          ? null
          : log.inserts === 0
            ? []
            : [
                {
                  ...{ place: 'during', user: 'loader', address: '', client: '', kind: 'INSERT' },
                  ...{ table: 'shop.orders', finished: log.inserts, failed: 0, written_rows: log.rows },
                  ...{ first: noon, last: noon },
                } as const,
              ],
    },
  };
}

const before: CommandOutcome = { counts: [{ table: 'shop.orders', rows: '100' }], writers: null };
const defaults: OutcomeOptions = { empty: 'fail', errors: 'fail', ignore: [] };

function judge(
  facts: CommandOutcome,
  said: { claims?: RowClaim[]; errors?: LogLine[]; command?: Partial<CommandFacts>; status?: 'ok' | 'failed' } = {},
  options: Partial<OutcomeOptions> = {},
) {
  const { claims = [], errors = [] } = said;
  const log = { claims, errors, claim_lines: claims.length, error_lines: errors.length, tables: [] };
  const command = sampleCommand({ exit_code: 0, log, ...said.command });
  const load = { ...noLoad, kind: 'command' as const, status: said.status ?? 'ok', command };
  return judgeOutcome(facts, { before, load, options: { ...defaults, ...options } });
}

describe('a command that says it went well', () => {
  test('did, where its rows are there', () => {
    expect(judge(seen('110', { inserts: 1, rows: '10' }), { claims: [claim(10)] })).toMatchObject({
      status: 'pass',
      message: 'exit code 0, 10 rows stored; its log tells of 10 rows',
    });
  });

  test('did not, where nothing was written', () => {
    expect(judge(seen('100', { inserts: 0, rows: '' }))).toMatchObject({
      status: 'fail',
      message: 'exit code 0, and nothing was written',
    });
    expect(judge(seen(null, { inserts: 0, rows: '' })).status).toBe('fail');
  });

  test('may have written nothing, where that is allowed', () => {
    expect(judge(seen('100', { inserts: 0, rows: '' }), {}, { empty: 'warn' }).status).toBe('warn');
    expect(judge(seen('100', { inserts: 0, rows: '' }), {}, { empty: 'pass' }).status).toBe('pass');
  });

  test('may have replaced rows by as many, where the log does not tell or tells of INSERTs', () => {
    expect(judge(seen('100', null)).status).toBe('warn');
    expect(judge(seen('100', { inserts: 2, rows: '' })).status).toBe('warn');
    expect(judge(seen('100', { inserts: 2, rows: '20' })).status).toBe('pass');
  });

  test('did not, where fewer rows are there than its log claims', () => {
    expect(judge(seen('105', { inserts: 1, rows: '5' }), { claims: [claim(10)] })).toMatchObject({
      status: 'fail',
      message: 'its log tells of 10 rows, and 5 rows can be found',
    });
  });

  test('did not, where errors stand in its log', () => {
    expect(judge(seen('110', { inserts: 1, rows: '10' }), { errors: [error()] })).toMatchObject({
      status: 'fail',
      message: 'exit code 0, and 1 line of its log tells of errors',
    });
  });

  test('mended its errors, where it tells of rows afterwards and they are there', () => {
    const said = { errors: [error(3)], claims: [claim(10, 5)] };
    expect(judge(seen('110', { inserts: 1, rows: '10' }), said).status).toBe('warn');
    expect(judge(seen('110', { inserts: 1, rows: '10' }), { ...said, errors: [error(9)] }).status).toBe('fail');
  });

  test('may have lines that only look like errors', () => {
    const said = { errors: [error()] };
    expect(judge(seen('110', { inserts: 1, rows: '10' }), said, { errors: 'warn' }).status).toBe('warn');
    expect(judge(seen('110', { inserts: 1, rows: '10' }), said, { ignore: ['ClickHouse error: 1'] }).status).toBe(
      'pass',
    );
  });

  test('is not gainsaid where nothing could be seen', () => {
    expect(judge(seen(null, null)).status).toBe('skip');
  });
});

test('a command that says it failed is believed', () => {
  expect(judge(seen('100', { inserts: 0, rows: '' }), { status: 'failed' }).status).toBe('skip');
  expect(judge(seen('100', null), { command: { started_at: undefined } }).status).toBe('skip');
});

test('of steps and totals of one table the largest counts, and tables are added up', () => {
  expect(claimedRows([claim(10), claim(20), claim(30)])).toBe(30);
  expect(claimedRows([claim(10, 1, 'a.b'), claim(30, 2, 'a.b'), claim(5, 3, 'c.d')])).toBe(35);
  expect(claimedRows([])).toBe(0);
});
