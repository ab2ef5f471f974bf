import { allows, parseGrants } from '../../model/grants.ts';
import type { LogTable } from './log-tables.ts';

// What an owner of a database may do, and nothing that reaches beyond it: no source (FILE, URL, REMOTE, S3, …), no dictionaries (theirs are
// not covered by source grants), no users, no BACKUP, no named collections, no shutdown.
const GRANTS = [
  'SHOW DATABASES, SHOW TABLES, SHOW COLUMNS, SHOW DICTIONARIES, SELECT, INSERT, ALTER, TRUNCATE, OPTIMIZE, CHECK',
  'CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, CREATE ARBITRARY TEMPORARY TABLE, CREATE FUNCTION',
  'DROP DATABASE, DROP TABLE, DROP VIEW, DROP DICTIONARY, DROP FUNCTION, UNDROP TABLE, KILL QUERY, dictGet',
  'SYSTEM MERGES, SYSTEM TTL MERGES, SYSTEM MOVES, SYSTEM SYNC REPLICA, SYSTEM FLUSH LOGS, SYSTEM VIEWS',
].join(', ');

const LOGS: readonly LogTable['name'][] = ['query_log', 'text_log'];

/** Logs that are kept: all, or those that the user with these grants may read. */
export function keptLogs(grants: readonly string[] | undefined): readonly LogTable['name'][] {
  if (grants === undefined) return LOGS;
  const held = parseGrants(grants.map((line) => `${line} TO default`));
  return LOGS.filter(
    (table) => allows(held, { privilege: 'SELECT', on: { database: 'system', table } }).answer === 'yes',
  );
}

/** Queries for the user's `<grants>`. The engine has one user, so the endpoint's own work on the logs is granted to it as well. */
export function grantQueries(grants: readonly string[] | undefined): string[] {
  if (grants === undefined) return [`GRANT ${GRANTS} ON *.*`];
  return [
    ...grants,
    ...keptLogs(grants).map((name) => `GRANT CREATE TABLE, DROP TABLE, ALTER, INSERT, SELECT ON system.${name}`),
  ];
}
