import { patternRule } from '../pattern-rule.ts';

/** An address that is the source's by the looks of it: nothing of ClickHouse in it. */
const NOT_CLICKHOUSE = /clickhouse|:(?:8123|8443|9000|9440)\b|DB::|[?&]query=|HTTPDriver|INSERT(?: |\+|%20)INTO/i;

/** The ingestion's own log says that what it reads from refused or failed; ClickHouse has nothing to do with it. */
export const sourceLogs = patternRule('source-logs', 'client-others', [
  {
    cause: 'source_api_unavailable',
    side: 'network',
    text: /(?:GET|HEAD) https?:\/\/\S+ .{0,40}\b(?:5\d\d|timed? ?out)\b|for url: https?:\/\/\S*\/(?:api|v\d)\S*.{0,60}\b5\d\d\b|\b5\d\d (?:Server Error|Service Unavailable|Bad Gateway|Internal Server Error)[^:]{0,20} for url|\b(?:source|upstream|api)\b.{0,40}(?:gave up|unavailable|not reachable|timed out|did not answer)/i,
    unless: NOT_CLICKHOUSE,
    strength: 92,
    summary: 'What the rows are read from did not answer, or answered with faults until patience ended',
    remedies: ['Load the same window again once the source answers; ClickHouse was not asked'],
    question: 'Is the address in the message that of the source, and not of ClickHouse?',
  },
  {
    cause: 'source_api_refused',
    side: 'config',
    text: /(?:GET|HEAD) https?:\/\/\S+ .{0,40}\b(?:401|403)\b|\b(?:401|403) Client Error[^:]{0,40} for url/i,
    unless: NOT_CLICKHOUSE,
    strength: 92,
    summary: 'What the rows are read from refused the ingestion’s token or rights',
    remedies: ['Check the token of the source: right one, right organisation, not expired; ClickHouse was not asked'],
    question: 'Is the address in the message that of the source, and not of ClickHouse?',
  },
]);
