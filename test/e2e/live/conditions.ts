import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Where a failure is brought about: the real 18.16, or the newest engine behind the sandbox's endpoint. */
export type End = 'server' | 'sandbox';
/** Who sends it. */
export type Way = 'load' | 'curl' | 'client';
export type Named = readonly [cause: string, side: string, confidence: string];

/** One failure, brought about for real. `T` in statements stands for a table of its own. */
export interface Condition {
  condition: string;
  /** Default: both. */
  on?: readonly End[];
  /** Whom the first finding must name, and what one of its lines must show. */
  finds: Named;
  /** Where an end or a way knows more, or less. */
  but?: Partial<Record<End | Way | `${End}/${Way}`, Named | 'cannot be brought about'>>;
  cites: RegExp;
  ddl?: readonly string[];
  /** The table that is named to chwitness; default `T`. */
  table?: string;
  statement?: string;
  body?: string | Uint8Array;
  settings?: Readonly<Record<string, string>>;
  headers?: readonly string[];
  /** Further words for curl and for clickhouse-client. */
  curl?: readonly string[];
  client?: readonly string[];
  /** Name, content and options of what the loader is given; without it the loader cannot bring it about. */
  load?: readonly [name: string, content: string | Uint8Array, ...options: string[]];
  user?: string;
  password?: string;
  /** The engine is killed once the INSERT runs. */
  killed?: true;
  /** Mounted over the table's folder, so that its disk is full. */
  disk?: string;
  /** Sent through a proxy that answers 200 before the server does. */
  early?: true;
}

const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('');
const PLAIN = 'CREATE TABLE T (id UInt32, at DateTime) ENGINE = MergeTree ORDER BY id';
const ONE = 'CREATE TABLE T (id UInt32) ENGINE = MergeTree ORDER BY id';
const WHOLE = '1,2025-01-01 00:00:00\n';
const NOTES = many(200_000, (at) => `${at},${'x'.repeat(100)}\n`);
/** Packs badly: two megabytes stay two. */
const DENSE = many(20_000, (at) => `${at},${createHash('sha512').update(String(at)).digest('hex')}\n`);
const slow = (rows: number) => ['SELECT id, sleepEachRow(1) AS s FROM T', many(rows, (at) => `${at}\n`)] as const;

export const CONDITIONS: readonly Condition[] = [
  {
    condition: 'an unknown column',
    finds: ['column_missing_in_table', 'server', 'certain'],
    but: { load: ['unknown_field_in_input', 'server', 'certain'] },
    cites: /colour/,
    ddl: [PLAIN],
    statement: 'INSERT INTO T (id, colour) FORMAT TSV',
    body: '1\t2\n',
    load: ['x.ndjson', '{"id":1,"colour":2}\n', '--setting', 'input_format_skip_unknown_fields=0'],
  },
  {
    condition: 'a wrong type',
    finds: ['value_not_parsable_for_type', 'server', 'likely'],
    but: { load: ['value_not_parsable_for_type', 'server', 'certain'] },
    cites: /row 2|Row 2|at row 2/,
    ddl: [PLAIN],
    statement: 'INSERT INTO T FORMAT CSV',
    body: `${WHOLE}abc,2025-01-01 00:00:00\n`,
    load: ['x.csv', `id,at\n${WHOLE}abc,2025-01-01 00:00:00\n`],
  },
  {
    condition: 'NULL in a plain column',
    on: ['server'],
    finds: ['null_into_non_nullable', 'server', 'likely'],
    but: { load: ['null_into_non_nullable', 'server', 'certain'] },
    cites: /NULL|BACKSLASH>N/,
    ddl: [PLAIN],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '\\N\t2025-01-01 00:00:00\n',
    load: ['x.tsv', '\\N\t2025-01-01 00:00:00\n', '--format', 'TSV'],
  },
  {
    condition: 'NULL out of a SELECT into a plain column',
    on: ['sandbox'],
    finds: ['null_into_non_nullable', 'server', 'likely'],
    cites: /NULL/,
    ddl: [ONE],
    statement: 'INSERT INTO T SELECT NULL',
    settings: { insert_null_as_default: '0' },
  },
  {
    condition: 'a table that is missing',
    finds: ['table_missing', 'server', 'certain'],
    cites: /nowhere (?:doesn't|does not) exist/,
    table: 'nowhere',
    statement: 'INSERT INTO nowhere FORMAT TSV',
    body: '1\n',
    load: ['x.csv', 'id\n1\n'],
  },
  {
    condition: 'a database that is missing',
    finds: ['database_missing', 'server', 'certain'],
    cites: /Database nodb (?:doesn't|does not) exist/,
    table: 'nodb.t',
    statement: 'INSERT INTO nodb.t FORMAT TSV',
    body: '1\n',
    load: ['x.csv', 'id\n1\n'],
  },
  {
    condition: 'a database that the user may not use',
    on: ['server'],
    finds: ['access_denied_missing_grant', 'server', 'certain'],
    cites: /Access denied to database/,
    ddl: [PLAIN],
    user: 'closed',
    statement: 'INSERT INTO T FORMAT CSV',
    body: WHOLE,
    load: ['x.csv', `id,at\n${WHOLE}`],
  },
  {
    condition: 'a wrong password',
    finds: ['auth_wrong_password', 'config', 'certain'],
    cites: /password/i,
    ddl: [PLAIN],
    user: 'guarded',
    password: 'surely-not-the-one',
    statement: 'INSERT INTO T FORMAT CSV',
    body: WHOLE,
    load: ['x.csv', `id,at\n${WHOLE}`],
  },
  {
    condition: 'a user who may only read',
    on: ['server'],
    finds: ['user_profile_is_readonly', 'config', 'likely'],
    cites: /readonly mode/,
    ddl: [PLAIN],
    user: 'reader',
    statement: 'INSERT INTO T FORMAT CSV',
    body: WHOLE,
    load: ['x.csv', `id,at\n${WHOLE}`],
  },
  {
    condition: 'readonly, sent along',
    finds: ['user_profile_is_readonly', 'config', 'likely'],
    cites: /readonly mode/,
    ddl: [PLAIN],
    settings: { readonly: '1' },
    statement: 'INSERT INTO T FORMAT CSV',
    body: WHOLE,
    load: ['x.csv', `id,at\n${WHOLE}`],
  },
  {
    condition: 'an INSERT by GET',
    finds: ['insert_sent_with_http_get', 'client', 'certain'],
    but: { server: ['insert_sent_with_http_get', 'client', 'likely'], client: 'cannot be brought about' },
    cites: /readonly mode/,
    ddl: [ONE],
    statement: 'INSERT INTO T SELECT 1',
    curl: ['-G'],
  },
  {
    condition: 'too many parts',
    finds: ['too_many_small_inserts', 'server', 'likely'],
    cites: /Too many parts/,
    ddl: [`${ONE} SETTINGS parts_to_delay_insert = 1, parts_to_throw_insert = 1`, 'INSERT INTO T VALUES (1)'],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '3\n',
    load: ['x.csv', 'id\n3\n'],
  },
  {
    condition: 'too many partitions in one block',
    on: ['sandbox'],
    finds: ['partition_key_high_cardinality', 'server', 'certain'],
    cites: /Too many partitions for single INSERT block \(more than 100\)/,
    ddl: ['CREATE TABLE T (id UInt32) ENGINE = MergeTree PARTITION BY id ORDER BY id'],
    settings: { max_partitions_per_insert_block: '100' },
    statement: 'INSERT INTO T FORMAT TSV',
    body: many(300, (at) => `${at}\n`),
    load: ['x.csv', `id\n${many(300, (at) => `${at}\n`)}`],
  },
  {
    condition: 'a setting that the server is too old for',
    on: ['server'],
    finds: ['client_unknown_or_readonly_setting', 'client', 'certain'],
    cites: /max_partitions_per_insert_block/,
    ddl: [ONE],
    settings: { max_partitions_per_insert_block: '100' },
    statement: 'INSERT INTO T FORMAT TSV',
    body: '1\n',
    load: ['x.csv', 'id\n1\n'],
  },
  {
    condition: 'a limit of memory',
    finds: ['memory_limit_query', 'server', 'certain'],
    cites: /would use .* maximum: 976\.56 KiB/,
    ddl: ['CREATE TABLE T (id UInt32, note String) ENGINE = MergeTree ORDER BY note'],
    settings: { max_memory_usage: '1000000' },
    statement: 'INSERT INTO T FORMAT CSV',
    body: NOTES,
    load: ['x.csv', `id,note\n${NOTES}`],
  },
  {
    condition: 'a constraint',
    on: ['sandbox'],
    finds: ['constraint_violated', 'server', 'certain'],
    cites: /small/,
    ddl: ['CREATE TABLE T (id UInt32, CONSTRAINT small CHECK id < 10) ENGINE = MergeTree ORDER BY id'],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '3\n20\n',
    load: ['x.csv', 'id\n3\n20\n'],
  },
  {
    condition: 'a view that fails on a row',
    finds: ['mv_expression_error', 'server', 'likely'],
    but: { load: ['mv_expression_error', 'server', 'certain'] },
    cites:
      /what was written and what not: default\.T holds 2 rows more; default\.T_to, into which default\.T_mv writes, holds not one row more/,
    ddl: [
      'CREATE TABLE T (id UInt32, note String) ENGINE = MergeTree ORDER BY id',
      'CREATE TABLE T_to (id UInt32, n UInt8) ENGINE = MergeTree ORDER BY id',
      'CREATE MATERIALIZED VIEW T_mv TO T_to AS SELECT id, toUInt8(note) AS n FROM T',
    ],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '1\t7\n2\tnone\n',
    load: ['x.csv', 'id,note\n1,7\n2,none\n'],
  },
  {
    condition: 'a view whose target is gone',
    finds: ['mv_target_missing', 'server', 'certain'],
    cites: /default\.T holds not one row more; default\.T_to, into which default\.T_mv writes, is not there/,
    ddl: [
      ONE,
      'CREATE TABLE T_to (id UInt32) ENGINE = MergeTree ORDER BY id',
      'CREATE MATERIALIZED VIEW T_mv TO T_to AS SELECT id FROM T',
      'DROP TABLE T_to',
    ],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '1\n',
    load: ['x.csv', 'id\n1\n'],
  },
  {
    condition: 'a block that was there already',
    on: ['sandbox'],
    finds: ['dedup_identical_block', 'silent', 'likely'],
    cites: /acknowledged, not one more in the table/,
    ddl: [`${ONE} SETTINGS non_replicated_deduplication_window = 100`, 'INSERT INTO T VALUES (5), (6)'],
    settings: { async_insert: '0' },
    statement: 'INSERT INTO T FORMAT TSV',
    body: '5\n6\n',
  },
  {
    condition: 'a statement that runs for longer than it may',
    finds: ['max_execution_time_exceeded', 'server', 'certain'],
    cites: /maximum: 1/,
    ddl: [PLAIN],
    settings: { max_execution_time: '1', max_block_size: '1' },
    statement: 'INSERT INTO T SELECT sleepEachRow(1), now() FROM numbers(5)',
  },
  {
    condition: 'a client that does not wait for long enough',
    finds: ['client_timeout_shorter_than_query', 'client', 'likely'],
    // What the server's log settles as stored in the end is no failure of a load.
    but: { client: 'cannot be brought about', 'server/load': 'cannot be brought about' },
    cites: /timed out after 1\d\d\d milliseconds|did not answer within 1\.0 s/,
    // A block may sleep for three seconds at most, so one view is not slow enough for a load that tries again.
    ddl: [
      ONE,
      ...['T_mv', 'T_mv_2', 'T_mv_3'].map(
        (view) => `CREATE MATERIALIZED VIEW ${view} ENGINE = MergeTree ORDER BY id AS ${slow(3)[0]}`,
      ),
    ],
    statement: 'INSERT INTO T FORMAT TSV',
    body: slow(3)[1],
    curl: ['--max-time', '1'],
    load: ['x.csv', `id\n${slow(3)[1]}`, '--timeout', '1s', '--retry-for', '1s'],
  },
  {
    condition: 'an engine that is killed in the middle of the INSERT',
    finds: ['server_restarted_mid_query', 'server', 'likely'],
    cites: /after the run: .*refused/,
    ddl: [ONE, `CREATE MATERIALIZED VIEW T_mv ENGINE = MergeTree ORDER BY id AS ${slow(3)[0]}`],
    statement: 'INSERT INTO T FORMAT TSV',
    body: slow(3)[1],
    load: ['x.csv', `id\n${slow(3)[1]}`, '--retry-for', '1s'],
    killed: true,
  },
  {
    // chDB 26.7 says ok on a full disk and leaves files of no bytes: nothing there to be named.
    condition: 'a full disk',
    on: ['server'],
    finds: ['disk_reservation_failed', 'server', 'certain'],
    cites: /not enough space|No space left/i,
    ddl: ['CREATE TABLE T (id UInt32, note String) ENGINE = MergeTree ORDER BY id'],
    statement: 'INSERT INTO T FORMAT CSV',
    body: DENSE,
    load: ['x.csv', `id,note\n${DENSE}`],
    disk: '512k',
  },
  {
    condition: 'a header that says gzip, and a body that is not',
    finds: ['body_not_gzip_but_header_says_gzip', 'client', 'likely'],
    but: { client: 'cannot be brought about' },
    cites: /inflate failed|incorrect header check/,
    ddl: [PLAIN],
    headers: ['Content-Encoding: gzip'],
    statement: 'INSERT INTO T FORMAT CSV',
    body: WHOLE,
  },
  {
    condition: 'a body that is gzip, and no header that says so',
    finds: ['gzip_body_without_header', 'client', 'certain'],
    cites: /Cannot parse input/,
    ddl: [PLAIN],
    statement: 'INSERT INTO T FORMAT CSV',
    body: gzipSync(WHOLE),
  },
  {
    condition: 'a gzip file that is damaged',
    finds: ['gzip_file_damaged', 'client', 'certain'],
    cites: /gzip/,
    ddl: [PLAIN],
    load: ['x.csv.gz', gzipSync(`id,at\n${WHOLE.repeat(5000)}`).subarray(0, 90)],
  },
  {
    condition: 'a byte order mark before the first value',
    on: ['server'],
    finds: ['utf8_bom_at_file_start', 'server', 'certain'],
    cites: /is not like UInt32/,
    ddl: [PLAIN],
    statement: 'INSERT INTO T FORMAT TSV',
    body: '\ufeff1\t2025-01-01 00:00:00\n',
  },
  {
    condition: 'ISO times under the basic parser',
    finds: ['datetime_iso8601_basic_parser', 'server', 'likely'],
    but: { load: ['datetime_iso8601_basic_parser', 'server', 'certain'] },
    cites: /at DateTime|key at/,
    ddl: [PLAIN],
    settings: { date_time_input_format: 'basic' },
    statement: 'INSERT INTO T FORMAT JSONEachRow',
    body: '{"id":1,"at":"2025-01-31T12:00:00.000Z"}\n',
    load: ['x.ndjson', '{"id":1,"at":"2025-01-31T12:00:00.000Z"}\n'],
  },
  {
    condition: 'an exception in the middle of a 200 answer',
    finds: ['http200_exception_mid_stream', 'silent', 'certain'],
    but: { client: 'cannot be brought about' },
    cites: /200 OK/,
    ddl: [PLAIN],
    settings: { max_block_size: '1000' },
    statement: 'SELECT intDiv(1, number - 3000000) FROM numbers(4000000)',
  },
  {
    condition: 'a 200 answer to the load that ends in an exception',
    on: ['server'],
    finds: ['value_not_parsable_for_type', 'server', 'certain'],
    cites: /row 2/,
    ddl: [PLAIN],
    load: ['x.csv', `id,at\n${WHOLE}abc,2025-01-01 00:00:00\n`],
    early: true,
  },
];
