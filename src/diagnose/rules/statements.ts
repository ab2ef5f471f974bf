import type { Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { effective, elsewhere, here, program, serverVersion } from '../signals.ts';
import { isOlder } from '../versions.ts';

const SYNTAX = /Syntax error|SYNTAX_ERROR|failed at position/i;
const atPosition: Signal = {
  says: 'the statement breaks off where max_query_size ends (262144 bytes unless set)',
  weight: 40,
  seen: ({ event }) => {
    const position = Number(/position (\d+)/.exec(event.flat)?.[1]);
    return (
      Math.abs(position - 262_144) <= 64 || (position > 0 && (position & (position - 1)) === 0 && position >= 65_536)
    );
  },
};
const dataAfterHead: Signal = {
  says: 'the parser stops where a line after the statement begins, as data do',
  weight: 16,
  seen: ({ event }) => /line [2-9], col \d\b/i.test(event.flat),
};
const looksLikeData: Signal = {
  says: 'it stops at what looks like data: a brace, a number, a quoted text',
  weight: 12,
  seen: ({ event }) =>
    /failed at position \d+ (?:\('(?:\{|\[|"|\d|')|(?:\([^)]*\))?: ?(?:\{|\[|"|\d))/.test(event.flat) ||
    /\): \{"/.test(event.flat),
};

/** The server could not read the statement: what was sent is not the SQL that was meant, or no SQL of this server. */
export const statements = patternRule('statements', 'statements', [
  {
    cause: 'max_query_size_exceeded',
    side: 'config',
    codes: [62],
    text: /Max query size exceeded/i,
    strength: 95,
    only: true,
    summary: 'The statement is longer than max_query_size; there is no mistake in its syntax',
    remedies: (match) => [
      `Send data in the body in a format (JSONEachRow, Native) instead of VALUES in the statement, or raise ${effective(match, 'max_query_size')}: the parser then needs more memory`,
      'It must be set before the statement is read: in the profile or as URL parameter, not in SETTINGS at its end',
    ],
    question: 'Is the statement longer than max_query_size?',
  },
  {
    cause: 'max_query_size_exceeded',
    side: 'config',
    codes: [62],
    text: SYNTAX,
    strength: 30,
    summary: 'The statement is cut where max_query_size ends; there is no mistake in its syntax',
    remedies: (match) => [
      `Send data in the body instead of in the statement, or raise ${effective(match, 'max_query_size')}`,
    ],
    question: 'Is the position of the error the value of max_query_size?',
    signals: [{ ...atPosition, weight: 55 }],
  },
  {
    cause: 'client_retry_replayed_drained_body',
    side: 'client',
    codes: [62],
    text: /Empty query/i,
    strength: 80,
    summary: 'An empty statement arrived: a retry sent again a body that had been read to its end already',
    remedies: [
      'Make the body anew for each attempt (a stream or generator can be read once), and upgrade the client: newer versions do',
    ],
    question: 'Did the connection break just before, and does the same statement pass at other times?',
    signals: [here(/attempt|retry|retri/i, 'it was a further attempt', 8)],
    or: [
      {
        cause: 'empty_statement_sent',
        summary: 'the program sent an empty statement',
        question: 'Is the statement empty each time?',
      },
    ],
  },
  {
    cause: 'values_count_less_than_columns',
    side: 'server',
    codes: [62],
    text: /Cannot parse expression of type \S+ here: [^:]{0,200}\)|Cannot parse expression of type .{1,60} here/i,
    strength: 84,
    summary:
      'A row of VALUES has fewer values than the insert has columns, or a value is no expression of its column’s type',
    remedies: [
      'Count the values of the row that the message shows against the list of columns; name the columns in INSERT',
    ],
    question: 'Has the row that the message shows as many values as the insert has columns?',
  },
  {
    cause: 'url_fragment_truncated_query',
    side: 'client',
    codes: [62],
    text: /(?:Syntax error|SYNTAX_ERROR)[\s\S]*[?&]query=[^\s"']*#|[?&]query=[^\s"']*#[\s\S]*(?:Syntax error|SYNTAX_ERROR)/i,
    strength: 90,
    summary:
      'The statement stands in a URL and holds an unescaped #: what follows it is a fragment, which is never sent',
    remedies: ['Escape the statement in the URL (# becomes %23; curl -G --data-urlencode), or send it in the body'],
    question: 'Does the statement in the URL hold a # (or a bare & or +)?',
  },
  {
    cause: 'url_fragment_truncated_query',
    side: 'client',
    codes: [62],
    text: /Syntax error.{0,120}(?:end of query|failed at position \d+ ?(?:\(end of query\))?)|end of query/i,
    strength: 50,
    summary: 'The statement ends early: an unescaped # in the URL began a fragment, which is never sent',
    remedies: ['Escape the statement in the URL (# becomes %23; curl -G --data-urlencode), or send it in the body'],
    question: 'Does the statement in the URL hold a # (or a bare & or +)?',
    signals: [
      here(/#|%23|fragment/, 'there is a # in it', 24),
      elsewhere(/[?&]query=[^\s"']*#/, 'a request was sent with a bare # in its URL', 60),
      here(/https?:\/\/|query=|curl/i, 'the statement stands in a URL', 12),
    ],
  },
  {
    cause: 'data_parsed_as_sql_missing_format',
    side: 'client',
    codes: [62],
    text: SYNTAX,
    strength: 46,
    summary:
      'The rows were read as SQL: the INSERT names no FORMAT, or data were appended to the statement without one',
    remedies: ['End the statement with FORMAT JSONEachRow (or the format of the data); without one VALUES is taken'],
    question: 'Does the INSERT name the format of the data that follow?',
    signals: [
      dataAfterHead,
      looksLikeData,
      here(/FORMAT \w+/, 'a format is named', -14),
      here(/INSERT/i, 'it is an INSERT', 3),
    ],
  },
  {
    cause: 'mysql_syntax_used',
    side: 'client',
    codes: [62],
    text: /SET GLOBAL|AUTO_INCREMENT|ON DUPLICATE KEY|REPLACE INTO|LOAD DATA|SHOW VARIABLES|INSERT IGNORE|\bENGINE ?= ?InnoDB|UNSIGNED|ON CONFLICT|RETURNING\b|\bGLOBAL\b|LAST_INSERT_ID|START TRANSACTION|NOW\(6\)/i,
    strength: 84,
    summary: 'The statement is of another database’s dialect',
    remedies: [
      'Write it for ClickHouse: settings by SET or SETTINGS, no upsert clause (ReplacingMergeTree instead), no AUTO_INCREMENT, no RETURNING',
    ],
    question: 'Is the clause that the message stops at known to ClickHouse?',
    signals: [
      { says: 'the server calls it a syntax error', weight: 10, seen: ({ event }) => SYNTAX.test(event.flat) },
      {
        says: 'nothing calls it a syntax error',
        weight: -60,
        seen: ({ event, code }) => !SYNTAX.test(event.flat) && code === undefined,
      },
    ],
  },
  {
    cause: 'tool_probe_sql_invalid',
    side: 'client',
    codes: [62, 46, 47],
    text: /FROM DUAL|@@\w+|SELECT 1;? *;|sp_tables|pg_catalog|information_schema\.\w+ .{0,40}(?:doesn't|syntax)|SHOW (?:ENGINES|COLLATION|SESSION)|select \$\$|validation query|connection test|health ?check query|SET autocommit|SET NAMES/i,
    strength: 62,
    summary: 'A tool’s own probe is no SQL of ClickHouse; it says nothing of the load',
    remedies: ['Set the tool’s validation query to SELECT 1, or use its ClickHouse dialect'],
    question: 'Did the load itself send this statement, or a tool’s connection test?',
    signals: [
      {
        says: 'the server calls it a syntax error',
        weight: 10,
        seen: ({ event, code }) => SYNTAX.test(event.flat) || code !== undefined,
      },
      {
        says: 'nothing calls it a syntax error',
        weight: -60,
        seen: ({ event, code }) => !SYNTAX.test(event.flat) && code === undefined,
      },
    ],
  },
  {
    cause: 'server_too_old_for_syntax',
    side: 'config',
    codes: [62, 46, 115, 50, 56],
    text: /Syntax error|Unknown function|Unknown table engine|UNKNOWN_STORAGE|Unknown data type family|Unknown setting|UNKNOWN_FUNCTION|UNKNOWN_TYPE/i,
    strength: 40,
    summary: 'The statement uses what this version of the server does not know yet',
    remedies: [
      'Look up since when the clause, type or function exists, and upgrade the server or write it the older way',
    ],
    question: 'Which version has the server, and since when is the clause known?',
    signals: [
      {
        says: 'the server is of an older version',
        weight: 16,
        seen: (match) => isOlder(serverVersion(match), [22, 3]),
      },
      here(
        /failed at position \d+ \(?'?(?:SETTINGS|EXCHANGE|WITH|UPDATE|DELETE|JSON|PARALLEL|QUALIFY|IF|ASOF|EPHEMERAL|COMMENT|PROJECTION)\b/i,
        'it stops at a clause of newer versions',
        26,
      ),
      here(/Unknown (?:data type family|function|table engine)/i, 'a type or function is not known', 14),
      program(/dbt|sqlalchemy|migration|liquibase|flyway|helm|operator/i, 'a tool wrote the statement', 6),
    ],
  },
  {
    cause: 'statement_has_syntax_error',
    side: 'client',
    codes: [62],
    text: SYNTAX,
    unless: /Max query size|Cannot parse expression|Empty query/i,
    strength: 52,
    alone: 45,
    summary: 'The server could not read the statement',
    remedies: [
      'The message shows where it stopped; formatQuery on a server of the same version reads it without running it',
    ],
    question: 'Does clickhouse-format accept the statement?',
    signals: [
      ...[atPosition, dataAfterHead].map((signal) => ({ ...signal, weight: -10 })),
      here(
        /CREATE (?:TABLE|VIEW|MATERIALIZED)|ALTER TABLE|Expected one of:.{0,200}(?:CODEC|TTL|ALIAS|ENGINE|PRIMARY KEY)/i,
        'it is a statement that creates or alters',
        24,
      ),
    ],
  },
]);
