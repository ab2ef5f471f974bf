import { patternRule } from '../pattern-rule.ts';

/** The ingestion could not read what it was to load; ClickHouse was not asked. */
export const programInput = patternRule('program-input', 'client-others', [
  {
    cause: 'input_unreadable',
    side: 'client',
    text: /FileNotFoundError|NoSuchFileException|java\.io\.FileNotFoundException|ENOENT: no such file|: line \d+: \S+: No such file|(?:open|stat|read) \S+: no such file or directory|PermissionError: \[Errno 13\]|EACCES: permission denied|AccessDeniedException: \/|IsADirectoryError/i,
    unless: /DB::\w*Exception|\.(?:env|ya?ml|toml|ini)\b/,
    strength: 90,
    summary: 'The ingestion cannot open the file that it was to load',
    remedies: ['Check path and rights where the ingestion runs: in a container only what is mounted is there'],
    question: 'Does the file exist, and may the ingestion read it there?',
  },
  {
    cause: 'input_not_utf8',
    side: 'client',
    text: /UnicodeDecodeError|'(?:utf-?8|ascii)' codec can't decode|MalformedInputException|invalid (?:UTF-8|utf8) (?:sequence|string|byte)|stream did not contain valid UTF-8|UnicodeEncodeError|surrogates not allowed/i,
    strength: 90,
    summary: 'The input is in another encoding than the ingestion reads it as',
    remedies: ['Name the encoding (cp1251, latin-1, utf-16), or convert the file with iconv first'],
    question: 'Which encoding has the file (file -i)?',
  },
  {
    cause: 'source_request_failed',
    side: 'client',
    text: /(?:psycopg2?|asyncpg|pymysql|MySQLdb|mysql\.connector|pymongo|cx_Oracle|oracledb|pyodbc|redis|kafka|confluent_kafka|botocore|google\.(?:cloud|api_core)|azure)(?:\.\w+)*\.\w*(?:Error|Exception|NoBrokersAvailable|Timeout)\b|(?:org\.postgresql\.util\.PSQLException|com\.mysql\.\S*Exception|java\.sql\.SQLException: ORA-|Unable to locate credentials|NoBrokersAvailable|RECEIVED_ERROR_FROM_REMOTE_IO_SERVER)/,
    unless: /clickhouse[_-]|com\.clickhouse|@clickhouse|Code: (?!86\b)\d|code: \d+, message/i,
    strength: 96,
    summary: 'What the rows are read from (a database, a broker, a store of files) refused or failed, not ClickHouse',
    remedies: ['Look at the message of the source: address, credentials, rights, limits'],
    question: 'Is the library that raised it that of the source?',
  },
  {
    cause: 'source_request_failed',
    side: 'client',
    text: /\[rdk:\w+\]|brokers? (?:is|are) down|Broker transport failure|librdkafka.{0,60}(?:error|fail)|Consumer error: |SASL authentication (?:error|failed)|Unknown topic or partition|UNKNOWN_TOPIC_OR_PART/i,
    unless: /Caught exception in assignment/i,
    strength: 88,
    summary: 'The broker that the rows are read from is not reached, or refuses the consumer',
    remedies: ['Look at the address, security.protocol and credentials of the consumer, and at the broker’s own log'],
    question: 'Does another consumer on the same machine read the topic?',
  },
  {
    cause: 'windows_line_endings',
    side: 'client',
    codes: [27, 117],
    text: /You have carriage return|DOS\/Windows style line separators/i,
    strength: 97,
    summary: 'The lines end as Windows writes them (CR LF): the last column of each row gets the carriage return',
    remedies: [
      'Take them off (dos2unix, sed s/\\r$//), or load the file as CSV, which takes both; newer servers can be told to take them in TSV, too',
    ],
    question: 'Does file say CRLF of the input?',
  },
]);
