import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everythingIn } from '../helpers/archive-bytes.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

const ONLY = ['--only', 'row-counts'];
const ROWS = [
  '{"id":1,"customer":"Ada Lovelace","qty":2,"paid":"2025-10-29 12:00:00"}',
  '{"id":2,"customer":"Grace Hopper","qty":"unpaid-yet","paid":"2025-10-29 12:00:01"}',
  '{"id":3,"customer":"Mary Somerville","qty":4294967298,"paid":"2025-10-29 12:00:02"}',
  '{"id":4,"customer":"Emmy Noether","qty":1,"paid":"2025-10-2',
  '{"id":5,"customer":"Sofia Kovalevskaya","qty":5,"paid":"2025-10-29 12:00:04"}',
];

describe.skipIf(mustSkipServer())('bad rows on a real server', () => {
  let server: TargetServer;
  let place: Place;
  beforeAll(async () => {
    server = await startTargetServer();
    place = await openPlace({ CLICKHOUSE_URL: server.url });
    place.file('orders.ndjson', `${ROWS.join('\n')}\n`);
    await server.sql(
      'CREATE TABLE orders (id UInt32, customer String, qty Int32, paid DateTime) ENGINE = MergeTree ORDER BY id',
    );
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });

  test('a rehearsal that fails lets nothing through, and says which rows are why', async () => {
    const ended = await place.run(['load', 'orders.ndjson', '--table', 'orders', '--rehearse', 'full', ...ONLY]);
    expect(ended.code).toBe(1);
    expect(await server.count('orders')).toBe(0);
    expect(ended.run?.ingestion).toMatchObject({
      status: 'failed',
      rows_sent: 0,
      error: { code: 'REHEARSAL_FAILED' },
      rehearsal: { how: 'full', status: 'failed', rows: 5, bad: 3 },
      rejection: { mode: 'rehearsal', examples: [{ row: 2, column: 'qty' }, { row: 3, column: 'qty' }, { row: 4 }] },
    });
    const log = await server.sql(
      "SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO `default`.`orders`%'",
    );
    expect(log.trim()).toBe('0');
    expect(ended.stdout).toContain('orders.ndjson, row 3');
  });

  test('quarantine loads the good, keeps the bad as they came, and the archive holds no value of them', async () => {
    const args = ['load', 'orders.ndjson', '--table', 'orders', '--on-error', 'quarantine', ...ONLY];
    const refused = await place.run(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--reject-file');
    const ended = await place.run([...args, '--reject-file', 'bad/orders.ndjson']);
    expect(ended.code).toBe(2);
    const kept = await place.run([...args, '--reject-file', 'bad.ndjson']);
    expect(kept.code).toBe(0);
    expect(kept.stdout).toContain('2 of 2 rows sent were acknowledged, 3 kept back');
    expect(await server.count('orders')).toBe(2);
    expect(readFileSync(join(place.folder, 'bad.ndjson'), 'utf8')).toBe(`${ROWS.slice(1, 4).join('\n')}\n`);
    const [archive] = kept.archives;
    const text = everythingIn(archive ?? '')
      .map(({ bytes }) => bytes.toString())
      .join('\n');
    expect(text).toContain('integer_overflow_silent');
    for (const secret of ['Grace', 'Somerville', 'unpaid-yet', '4294967298']) expect(text).not.toContain(secret);
    const again = await place.run([...args, '--reject-file', 'bad.ndjson']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('There is a file of that name already');
  });

  test('one row too many fails, with what was kept back in the file', async () => {
    await server.sql(
      'CREATE TABLE few (id UInt32, customer String, qty Int32, paid DateTime) ENGINE = MergeTree ORDER BY id',
    );
    const args = [
      'load',
      'orders.ndjson',
      '--table',
      'few',
      '--on-error',
      'quarantine=2',
      '--reject-file',
      'few.ndjson',
    ];
    const ended = await place.run([...args, ...ONLY]);
    expect(ended.code).toBe(1);
    expect(ended.run?.ingestion).toMatchObject({ status: 'failed', error: { code: 'REJECTED_ABOVE_LIMIT' } });
    expect(existsSync(join(place.folder, 'few.ndjson'))).toBe(true);
    expect(await server.count('few')).toBe(0);
  });

  test('a batch that fails is examined, and the cause names the row', async () => {
    await server.sql(
      'CREATE TABLE plain (id UInt32, customer String, qty Int32, paid DateTime) ENGINE = MergeTree ORDER BY id',
    );
    place.file('three.ndjson', `${ROWS.slice(0, 3).join('\n')}\n`);
    const ended = await place.run(['load', 'three.ndjson', '--table', 'plain', ...ONLY]);
    expect(ended.code).toBe(1);
    expect(ended.run?.findings[0]).toMatchObject({ cause: 'value_not_parsable_for_type', confidence: 'certain' });
    expect(ended.run?.findings[0]?.because[0]?.text).toContain(
      `three.ndjson, row 2, byte ${(ROWS[0] ?? '').length + 1}, column qty Int32`,
    );
    expect(ended.run?.ingestion.rejection?.groups.map(({ reason }) => reason)).toEqual([
      'value_not_parsable_for_type',
      'integer_overflow_silent',
    ]);
  });

  test('what only the server can tell is asked of a clone: a view that fails names its rows, and nothing is left behind', async () => {
    await server.sql('CREATE TABLE raw (id UInt32, note String) ENGINE = MergeTree ORDER BY id');
    await server.sql('CREATE TABLE totals (id UInt32, n UInt8) ENGINE = MergeTree ORDER BY id');
    await server.sql('CREATE MATERIALIZED VIEW to_totals TO totals AS SELECT id, toUInt8(note) AS n FROM raw');
    const rows = Array.from({ length: 500 }, (_, id) => `${id},${id === 123 || id === 401 ? 'none' : id % 9}\n`);
    place.file('raw.csv', rows.join(''));
    const ended = await place.run(['load', 'raw.csv', '--table', 'raw', '--format', 'CSV', ...ONLY]);
    expect(ended.code).toBe(1);
    expect(ended.run?.ingestion.rejection).toMatchObject({
      mode: 'fail',
      rows: 2,
      examples: [
        { row: 124, reason: 'refused_by_view', view: 'default.to_totals' },
        { row: 402, reason: 'refused_by_view', view: 'default.to_totals' },
      ],
    });
    expect(ended.run?.findings.map(({ cause }) => cause)).toContain('mv_expression_error');
    expect(await server.sql("SELECT count() FROM system.tables WHERE name LIKE '%chwitness%'")).toBe('0\n');
    expect(await server.count('totals')).toBe(0);
  });

  test('an old server’s own way of reading times is kept to: what a new engine would take is bad there', async () => {
    await server.sql('CREATE TABLE times (id UInt32, at DateTime) ENGINE = MergeTree ORDER BY id');
    const rows = Array.from({ length: 50 }, (_, id) => `{"id":${id},"at":"2025-10-29T12:00:00+03:00"}\n`);
    place.file('times.ndjson', rows.join(''));
    const args = [
      'load',
      'times.ndjson',
      '--table',
      'times',
      '--on-error',
      'quarantine=5',
      '--reject-file',
      'times.bad',
    ];
    const ended = await place.run([...args, ...ONLY]);
    expect(ended.code).toBe(1);
    expect(await server.count('times')).toBe(0);
    expect(ended.run?.ingestion).toMatchObject({
      error: { code: 'REJECTED_ABOVE_LIMIT' },
      rejection: { groups: [{ column: 'at', type: 'DateTime', first_row: 1 }] },
    });
  });

  test('what was stored silently as something else is found by laying a sample beside it', async () => {
    await server.sql('CREATE TABLE quiet (id UInt32, qty Int8, note String) ENGINE = MergeTree ORDER BY id');
    const rows = Array.from(
      { length: 300 },
      (_, id) => `{"id":${id},"qty":${id === 0 ? 300 : 5},"note":"x","extra":1}\n`,
    );
    place.file('quiet.ndjson', rows.join(''));
    const args = ['load', 'quiet.ndjson', '--table', 'quiet', '--setting', 'input_format_skip_unknown_fields=1'];
    const ended = await place.run([...args, '--only', 'values-stored']);
    expect(ended.code).toBe(1);
    expect(ended.run?.ingestion).toMatchObject({
      status: 'ok',
      stored: [
        {
          table: 'default.quiet',
          changed: [{ column: 'qty', type: 'Int8', reason: 'integer_overflow_silent', rows: 1, first_row: 1 }],
          dropped: [{ field: 'extra', first_row: 1 }],
          absent: 0,
          notes: [],
        },
      ],
    });
    expect(ended.run?.checks.find(({ id }) => id === 'values-stored')).toMatchObject({ status: 'fail' });
    expect(await server.count('quiet')).toBe(300);
    expect(await server.sql("SELECT count() FROM system.tables WHERE name LIKE '%chwitness%'")).toBe('0\n');
  });
});
