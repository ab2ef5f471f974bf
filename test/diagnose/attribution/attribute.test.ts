import { describe, expect, test } from 'vitest';
import { attribute, rowsOf } from '../../../src/diagnose/attribution/attribute.ts';
import { insertOf, type WriterGroup, type Writers, writerOf } from '../../../src/diagnose/attribution/facts.ts';
import { type CommandStatements, judgeStatements } from '../../../src/diagnose/attribution/judge-statements.ts';
import { noLoad } from '../../../src/model/load.ts';
import { sampleCommand } from '../../helpers/sample-command.ts';
import { sampleControl } from '../../helpers/sample-control.ts';

const noon = { utc: '2025-10-29T12:00:00Z' };
const group = (change: Partial<WriterGroup>): WriterGroup => ({
  place: 'during',
  user: 'loader',
  address: '10.0.0.7',
  client: 'clickhouse-connect/0.9',
  kind: 'INSERT',
  table: 'shop.orders',
  finished: 3,
  failed: 0,
  written_rows: '30',
  first: noon,
  last: noon,
  ...change,
});
const facts = (groups: WriterGroup[] | null, change: Partial<Writers> = {}): Writers => ({
  control: sampleControl('seen'),
  hostname: 'ch',
  user: 'loader',
  tables: ['shop.orders'],
  groups,
  groups_cut: false,
  ...change,
});
const how = (...asked: Parameters<typeof attribute>) => attribute(asked[0], asked[1]).how;

describe('whose the INSERTs were', () => {
  test('one sender of the right user into the right table: likely', () => {
    const found = attribute(facts([group({}), group({ kind: 'SELECT', table: '' })]), {});
    expect(found).toMatchObject({ how: 'likely', others: [] });
    expect(rowsOf(found.mine)).toBe(30n);
  });

  test('the address of the container makes it certain, and tells others apart', () => {
    const other = group({ address: '10.0.0.9' });
    expect(attribute(facts([group({}), other]), { addresses: ['10.0.0.7'] })).toMatchObject({
      how: 'certain',
      mine: [group({})],
      others: [other],
    });
  });

  test('the address of a container that ran before makes it no more than likely, and tells others apart', () => {
    const other = group({ address: '10.0.0.9' });
    const exec = { shared_addresses: ['10.0.0.7'] };
    expect(attribute(facts([group({ user: 'api' }), other]), exec)).toMatchObject({
      how: 'likely',
      mine: [group({ user: 'api' })],
      others: [other],
    });
    // The service in it wrote there as well.
    expect(how(facts([group({}), group({ place: 'before' })]), exec)).toBe('ambiguous');
  });

  test('another user’s are another’s', () => {
    const other = group({ user: 'nightly' });
    expect(attribute(facts([group({}), other]), {})).toMatchObject({
      how: 'likely',
      mine: [group({})],
      others: [other],
    });
  });

  test('another table’s are another’s', () => {
    const other = group({ table: 'shop.items' });
    expect(attribute(facts([group({}), other]), {})).toMatchObject({
      how: 'likely',
      mine: [group({})],
      others: [other],
    });
  });

  test('two senders of one user into one table: ambiguous', () => {
    expect(how(facts([group({}), group({ address: '10.0.0.9' })]), {})).toBe('ambiguous');
    expect(how(facts([group({}), group({ client: 'curl/8' })]), {})).toBe('ambiguous');
  });

  test.each(['before', 'after'] as const)('a sender that also wrote %s the command: ambiguous', (place) => {
    expect(how(facts([group({}), group({ place })]), {})).toBe('ambiguous');
    expect(how(facts([group({}), group({ place, table: 'shop.items' })]), {})).toBe('likely');
    expect(how(facts([group({}), group({ place, user: 'nightly' })]), {})).toBe('likely');
  });

  test('another witnessed job of the same user and table at the time: ambiguous', () => {
    const beside = (user: string, tables: string[]) => ({ beside: [{ job: 'other', user, tables }] });
    expect(how(facts([group({})]), beside('loader', ['shop.orders']))).toBe('ambiguous');
    expect(how(facts([group({})]), beside('loader', ['shop.items']))).toBe('likely');
    expect(how(facts([group({})]), beside('nightly', ['shop.orders']))).toBe('likely');
  });

  test('without a table of the user’s, those that its log names count', () => {
    const log = { claims: [], errors: [], claim_lines: 0, error_lines: 0, tables: ['shop.orders', 'api.example'] };
    const other = group({ table: 'shop.items', client: 'curl/8' });
    const found = attribute(facts([group({}), other], { tables: [] }), { log });
    expect(found).toMatchObject({ how: 'likely', mine: [group({})], others: [other] });
    expect(found.by[0]).toContain('into shop.orders, as its log names them');
    expect(how(facts([group({}), other], { tables: [] }), {})).toBe('ambiguous');
  });

  test('neither user nor table known: ambiguous', () => {
    expect(how(facts([group({ user: 'x' })], { tables: [] }), {})).toBe('ambiguous');
  });

  test('none, where nobody wrote while it ran; unknown, where the log was not read', () => {
    expect(how(facts([group({ place: 'before' }), group({ kind: 'SELECT' })]), {})).toBe('none');
    expect(how(facts(null), {})).toBe('unknown');
  });

  test('rows are not told where one of the INSERTs has no number', () => {
    expect(rowsOf([group({}), group({ written_rows: '' })])).toBeUndefined();
    expect(rowsOf([group({}), group({ written_rows: '', finished: 0, failed: 1 })])).toBe(30n);
  });
});

describe('the verdict', () => {
  const ran = { ...noLoad, kind: 'command' as const, status: 'ok' as const, command: sampleCommand({ exit_code: 0 }) };
  const judge = (
    groups: WriterGroup[] | null,
    change: Partial<Writers> = {},
    inserts: CommandStatements['inserts'] = [],
  ) => judgeStatements({ writers: facts(groups, change), inserts }, ran);

  test('names INSERTs, tables, rows and what speaks for it', () => {
    expect(judge([group({ failed: 1 }), group({ kind: 'DESCRIBE', table: '', finished: 2 })])).toMatchObject({
      status: 'pass',
      message: "3 INSERTs into shop.orders, 30 rows, 1 failed are the command's (likely)",
    });
  });

  test('lists the statements where it is ambiguous', () => {
    const one = { query_id: 'q-1', place: 'during' as const, user: 'loader', address: '10.0.0.9', client: 'curl/8' };
    const insert = {
      ...one,
      table: 'shop.orders',
      at: noon,
      outcome: 'finished' as const,
      written_rows: '1',
      error: '',
    };
    const verdict = judge([group({}), group({ client: 'curl/8' })], {}, [insert]);
    expect(verdict).toMatchObject({ status: 'warn', message: expect.stringMatching(/^ambiguous: 6 INSERTs/) });
    expect(verdict.because.map(({ text }) => text).join('\n')).toContain(
      'q-1: loader from 10.0.0.9 (curl/8) into shop.orders, 2025-10-29T12:00:00Z, began while the command ran',
    );
  });

  test('says that none reached the server only while the control queries are there', () => {
    expect(judge([]).status).toBe('warn');
    expect(judge([], { control: sampleControl('unavailable') }).status).toBe('skip');
    expect(judge(null).status).toBe('skip');
  });

  test('tells of the reads that came without an INSERT', () => {
    const verdict = judge([group({ kind: 'DESCRIBE', table: '', finished: 3 })]);
    expect(verdict.because.map(({ text }) => text)).toContain('besides by loader: 3 DESCRIBE');
  });
});

test('rows of the log become groups and statements, names without a database completed', () => {
  const common = { place: 'during', who: 'u', from_address: '', client: 'c', database: '', target: '`orders`' };
  expect(
    writerOf(
      { ...common, kind: 'INSERT', finished: '2', failed: '0', written_rows: '5', first_seconds: 0, last_seconds: 1 },
      'shop',
      'UTC',
    ),
  ).toMatchObject({ table: 'shop.orders', finished: 2, last: { utc: '1970-01-01T00:00:01Z' } });
  expect(
    insertOf(
      { ...common, target: 'a . b', query_id: 'q', type_number: '4', rows: '', seconds: 0, error: 'no' },
      'shop',
      'UTC',
    ),
  ).toMatchObject({ table: 'a.b', outcome: 'failed' });
});
