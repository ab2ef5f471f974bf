import type { Finding } from '../../model/finding.ts';
import type { ServerException } from '../../model/load.ts';
import type { Rule } from '../../model/rule.ts';
import { exceptionsOf } from '../exceptions.ts';

interface Entry {
  codes: readonly number[];
  /** What else the text must say, where one code has several causes. */
  when?: RegExp;
  cause: string;
  side: Finding['side'];
  confidence: Finding['confidence'];
  summary: string;
  remedies: readonly string[];
}

/**
 * Which cause an exception of the server names. The first entry that fits wins, so those with a text come before
 * those with a bare code. Codes and texts: the server's own `system.errors` and messages of 18.16 and of the newest engine.
 */
const ENTRIES: readonly Entry[] = [
  {
    codes: [192, 193, 194, 516],
    cause: 'auth_wrong_password',
    side: 'config',
    confidence: 'certain',
    summary: 'The server refused user or password',
    remedies: [
      'Check user and password where the target comes from; the server’s own log tells which of the two was wrong',
    ],
  },
  {
    codes: [497],
    when: /insert|grant/i,
    cause: 'access_denied_missing_grant',
    side: 'server',
    confidence: 'certain',
    summary: 'This user lacks a privilege for the statement',
    remedies: ['Have an administrator run the GRANT that the message names'],
  },
  {
    codes: [497],
    cause: 'access_denied_missing_grant',
    side: 'server',
    confidence: 'likely',
    summary: 'The server denied access',
    remedies: ['Compare SHOW GRANTS of this user with what the statement needs'],
  },
  {
    codes: [164],
    when: /GET|http method/i,
    cause: 'insert_sent_with_http_get',
    side: 'client',
    confidence: 'certain',
    summary: 'A writing statement was sent with GET, which the server treats as readonly',
    remedies: ['Send it with POST'],
  },
  {
    codes: [164],
    when: /setting/i,
    cause: 'client_sets_setting_as_readonly_user',
    side: 'client',
    confidence: 'likely',
    summary: 'The client sends a setting, and this user is readonly',
    remedies: ['Use a user that may write, or readonly = 2 for one that only reads'],
  },
  {
    codes: [164],
    cause: 'client_library_sets_readonly',
    side: 'config',
    confidence: 'possible',
    summary: 'The statement ran in readonly mode',
    remedies: ['Use a user whose profile does not set readonly'],
  },
  {
    codes: [60],
    cause: 'table_missing',
    side: 'server',
    confidence: 'certain',
    summary: 'The table does not exist on this server',
    remedies: ['Create it (chwitness schema diff prints the DDL), let --create infer it, or correct the name'],
  },
  {
    codes: [81],
    cause: 'database_missing',
    side: 'server',
    confidence: 'certain',
    summary: 'The database does not exist on this server',
    remedies: ['CREATE DATABASE it, or correct the name'],
  },
  {
    codes: [16],
    cause: 'column_missing_in_table',
    side: 'server',
    confidence: 'likely',
    summary: 'The input names a column that the table does not have',
    remedies: ['chwitness schema diff prints the ALTER; or drop the column from the input'],
  },
  {
    codes: [117],
    when: /unknown field|not found|unexpected|unknown/i,
    cause: 'unknown_field_in_input',
    side: 'server',
    confidence: 'likely',
    summary: 'The input holds a field that the table does not know',
    remedies: [
      'Add the column, or set input_format_skip_unknown_fields = 1 (such fields are then dropped without a word)',
    ],
  },
  {
    codes: [349, 53],
    when: /null/i,
    cause: 'null_into_non_nullable',
    side: 'server',
    confidence: 'certain',
    summary: 'A NULL met a column that is not Nullable',
    remedies: [
      'Make the column Nullable, or set input_format_null_as_default = 1 (NULL then becomes the column’s default)',
    ],
  },
  {
    codes: [469],
    cause: 'constraint_violated',
    side: 'server',
    confidence: 'certain',
    summary: 'A row violates a CHECK constraint of the table',
    remedies: ['The message names constraint and row: mend the row, or the constraint'],
  },
  {
    codes: [252],
    when: /partitions? for single INSERT/i,
    cause: 'partition_key_high_cardinality',
    side: 'server',
    confidence: 'certain',
    summary: 'One block touches more partitions than max_partitions_per_insert_block allows',
    remedies: ['Sort the input by the partition key, send smaller blocks, or choose a coarser PARTITION BY'],
  },
  {
    codes: [252],
    when: /materialized view|pushing to view/i,
    cause: 'too_many_parts_in_mv_target',
    side: 'server',
    confidence: 'likely',
    summary: 'The target of a materialized view has too many parts',
    remedies: ['Insert larger and fewer batches; look at the view target with parts-pressure'],
  },
  {
    codes: [252],
    cause: 'too_many_small_inserts',
    side: 'server',
    confidence: 'likely',
    summary: 'The table has too many parts: merges do not keep up with inserts',
    remedies: ['Insert larger and fewer batches (--batch-rows), or async_insert = 1; check stuck merges'],
  },
  {
    codes: [241],
    when: /\(total\)/i,
    cause: 'memory_limit_server_total',
    side: 'server',
    confidence: 'certain',
    summary: 'The server as a whole is at its memory limit',
    remedies: ['Wait, find the query that holds it in system.processes, or raise max_server_memory_usage'],
  },
  {
    codes: [241],
    cause: 'memory_limit_query',
    side: 'server',
    confidence: 'certain',
    summary: 'The statement went over its memory limit',
    remedies: ['Send smaller batches (--batch-bytes), or raise max_memory_usage for this user'],
  },
  {
    codes: [243],
    cause: 'disk_reservation_failed',
    side: 'server',
    confidence: 'certain',
    summary: 'The server has no disk space left for the part',
    remedies: ['Free space or add a disk; disk-headroom shows how much there is'],
  },
  {
    codes: [202],
    cause: 'too_many_simultaneous_queries',
    side: 'server',
    confidence: 'certain',
    summary: 'The server runs as many queries as it may',
    remedies: ['Try again later, or raise max_concurrent_queries'],
  },
  {
    codes: [159],
    cause: 'max_execution_time_exceeded',
    side: 'server',
    confidence: 'likely',
    summary: 'The statement ran longer than max_execution_time',
    remedies: ['Send smaller batches, or raise max_execution_time'],
  },
  {
    codes: [242],
    cause: 'replica_readonly_keeper_session',
    side: 'server',
    confidence: 'likely',
    summary: 'The replicated table is read-only',
    remedies: ['Look at system.replicas (zookeeper_exception) on that server'],
  },
  {
    codes: [999],
    cause: 'keeper_connection_lost',
    side: 'server',
    confidence: 'likely',
    summary: 'The server lost its Keeper',
    remedies: ['Look at Keeper first; the insert may or may not be stored'],
  },
  {
    codes: [131],
    when: /FixedString/i,
    cause: 'string_too_long_for_fixedstring',
    side: 'server',
    confidence: 'certain',
    summary: 'A text is longer than its FixedString column',
    remedies: ['Shorten it, or widen the column'],
  },
  {
    codes: [691, 36],
    when: /enum/i,
    cause: 'enum_value_unknown',
    side: 'server',
    confidence: 'certain',
    summary: 'A value is not among those of its Enum column',
    remedies: ['ALTER TABLE … MODIFY COLUMN with the value added, or mend the input'],
  },
  {
    codes: [69],
    cause: 'decimal_precision_exceeded',
    side: 'server',
    confidence: 'certain',
    summary: 'A number has more digits than its Decimal column',
    remedies: ['Widen the Decimal, or round the input'],
  },
  {
    codes: [89],
    cause: 'compression_not_supported_by_server',
    side: 'config',
    confidence: 'certain',
    summary: 'The server does not know this compression',
    remedies: ['Send it uncompressed or with gzip'],
  },
  {
    codes: [354],
    cause: 'gzip_file_damaged',
    side: 'server',
    confidence: 'likely',
    summary: 'The compressed bytes cannot be inflated',
    remedies: ['Check the file with gzip -t'],
  },
  {
    codes: [48],
    when: /view/i,
    cause: 'insert_into_view',
    side: 'server',
    confidence: 'likely',
    summary: 'The target is a view, which stores nothing',
    remedies: ['Insert into the table behind it'],
  },
  {
    codes: [10, 47, 6, 349],
    when: /while pushing to view/i,
    cause: 'mv_expression_error',
    side: 'server',
    confidence: 'certain',
    summary: 'A materialized view behind the table failed on the rows',
    remedies: ['The message names the view: run its SELECT on the new rows'],
  },
  {
    codes: [47],
    cause: 'column_missing_in_source_query',
    side: 'server',
    confidence: 'likely',
    summary: 'The statement names a column that is not there',
    remedies: ['Compare the statement with the table’s columns'],
  },
  {
    codes: [27, 26, 6, 41, 38, 72, 130, 33],
    cause: 'value_not_parsable_for_type',
    side: 'server',
    confidence: 'likely',
    summary: 'A value of the input does not fit its column',
    remedies: [
      'The message names row and column: mend the input or the column’s type; --format if the format was taken for another',
    ],
  },
  {
    codes: [636, 1002, 32, 79],
    cause: 'client_sent_wrong_format',
    side: 'client',
    confidence: 'possible',
    summary: 'The input is not what its format says',
    remedies: ['Name the right format with --format'],
  },
];

function entryFor(exception: ServerException): Entry | undefined {
  if (exception.failure !== 'server' || exception.code === undefined) return undefined;
  const code = exception.code;
  return ENTRIES.find(
    (entry) => entry.codes.includes(code) && (entry.when === undefined || entry.when.test(exception.message)),
  );
}

export const serverExceptionRule: Rule = {
  id: 'server-exception',
  causes: [...new Set(ENTRIES.map((entry) => entry.cause))],
  explain(evidence) {
    return exceptionsOf(evidence).flatMap(({ exception, because }) => {
      const entry = entryFor(exception);
      if (!entry) return [];
      const { cause, side, confidence, summary, remedies } = entry;
      const named =
        exception.name === undefined ? `code ${exception.code}` : `code ${exception.code} ${exception.name}`;
      return [
        {
          cause,
          side,
          confidence,
          summary: `${summary} (${named})`,
          because: [because],
          alternatives: [],
          remedies: [...remedies],
        },
      ];
    });
  },
};
