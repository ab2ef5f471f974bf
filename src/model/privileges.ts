import { quoteName } from '../kernel/sql.ts';
import { grantStatement, type Question } from './grants.ts';
import type { TableName } from './table.ts';

/** What a user is there for: to see (`collect`, the checks), or to load as well (`load`, `preflight` of a load). */
export type Purpose = 'witness' | 'load';

/** One privilege and what it is for, one phrase. */
export interface Wanted extends Question {
  why: string;
}

export interface Scope {
  purpose: Purpose;
  /** Tables in question. */
  tables: readonly TableName[];
  /** Table of job runs, where one is configured. */
  jobRuns?: TableName | undefined;
  /** Whether the load makes tables that are missing. */
  create?: boolean | undefined;
  /** Whether replicas of a cluster are looked at. */
  cluster?: boolean | undefined;
}

/** Every system table that a statement or a check of chwitness needs, and what is read there. A test holds it against them. */
export const SYSTEM_TABLES: Readonly<Record<string, string>> = {
  tables: 'structures of tables',
  columns: 'columns of tables, and which columns the system tables of this version have',
  functions: 'which functions this version has',
  settings: 'settings in force for this user',
  merge_tree_settings: 'limits on the number of parts',
  errors: 'the server’s own counters of errors',
  parts: 'parts and rows of each partition',
  mutations: 'mutations that do not finish',
  disks: 'room on the disks',
  storage_policies: 'on which disks the tables lie',
  part_log: 'which parts the INSERTs made, and what failed in merges',
  asynchronous_insert_log: 'what became of asynchronous inserts after their answer',
  query_views_log: 'what failed in materialized views',
  crash_log: 'whether the server crashed meanwhile',
  session_log: 'logins of this user that failed',
  replication_queue: 'what replicas have yet to fetch, and why they do not',
  distribution_queue: 'blocks that wait to be passed on to other shards',
  detached_parts: 'parts that were put aside as broken',
  query_log: 'what reached the server, from whom, and how it ended',
  text_log: 'what the server wrote into its log',
};

/** Those that are needed for replicas alone. */
export const CLUSTER_TABLES: Readonly<Record<string, string>> = {
  clusters: 'which replicas a cluster has',
  table_functions: 'how replicas can be asked',
  one: 'whether a replica answers, and its name',
};

/** The least that is needed, each privilege with its reason. Nothing of it reads or changes rows of other tables. */
export function leastPrivileges({ purpose, tables, jobRuns, create, cluster }: Scope): Wanted[] {
  const onTables = tables.flatMap((on): Wanted[] => [
    { privilege: 'SELECT', on, why: 'its structure, its row counts and its newest times' },
    ...(purpose === 'load'
      ? [{ privilege: 'INSERT', on, why: 'the load itself, and the INSERT of no rows by which it is tried beforehand' }]
      : []),
    ...(purpose === 'load' && create === true
      ? [{ privilege: 'CREATE TABLE', on, why: 'load --create, where the table is missing' }]
      : []),
  ]);
  return [
    ...onTables,
    ...(jobRuns === undefined
      ? []
      : [{ privilege: 'SELECT', on: jobRuns, why: 'what the job wrote down of its own runs' }]),
    ...(purpose === 'load'
      ? [
          {
            privilege: 'CREATE TEMPORARY TABLE',
            why: 'the clone in memory into which a test row goes, instead of the table',
          },
        ]
      : []),
    ...Object.entries({ ...SYSTEM_TABLES, ...(cluster === true ? CLUSTER_TABLES : {}) }).map(([table, why]) => ({
      privilege: 'SELECT',
      on: { database: 'system', table },
      why,
    })),
    { privilege: 'SYSTEM FLUSH LOGS', why: 'the logs at once; without it their own interval is waited out' },
    ...(cluster === true ? [{ privilege: 'REMOTE', why: 'the same questions to every replica of the cluster' }] : []),
  ];
}

/** A privilege as a statement that an administrator can run. `grantee`: a user or a role. */
export function grantOf(wanted: Wanted, grantee: string): string {
  return grantStatement(wanted, grantee);
}

/** First version with users, roles and grants in SQL (20.5); before it they stand in users.xml alone. */
export function hasGrants(major: number, minor: number): boolean {
  return major > 20 || (major === 20 && minor >= 5);
}

/** A role with exactly these privileges, given to a user: statements for an administrator, each with its reason. */
export function roleStatements(
  wanted: readonly Wanted[],
  { role, user }: { role: string; user: string },
): { sql: string; why: string }[] {
  return [
    { sql: `CREATE ROLE IF NOT EXISTS ${quoteName(role)}`, why: 'holds what is needed and nothing else' },
    ...wanted.map((one) => ({ sql: grantOf(one, role), why: one.why })),
    { sql: `GRANT ${quoteName(role)} TO ${quoteName(user)}`, why: 'gives it to the user' },
  ];
}

/** Names of `users.xml` may not hold everything that SQL may quote. */
function xmlName(name: string): string {
  return name.replace(/[^\w.-]/g, '_');
}

function xmlText(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/**
 * The nearest that servers before 20.5 have: a profile and the databases that are visible, in users.xml. They have no privileges for single
 * tables; `system` is always readable.
 */
export function usersXml({ purpose, tables, jobRuns, database }: Scope & { database: string }, user: string): string {
  // Every request names the database that it runs in: one that is not allowed refuses the login itself (code 291).
  const named = [...tables, ...(jobRuns ? [jobRuns] : [])].map((one) => one.database);
  const databases = [...new Set([...named, database])];
  // Files of users.d are merged: with one name for both, the last would decide for both users.
  const profile = `chwitness_${purpose}`;
  const readonly = purpose === 'load' ? '0' : '2';
  const why =
    purpose === 'load'
      ? 'writes are needed'
      : '2: reads and settings; 1 would refuse every setting, 0 would allow to write';
  return `<yandex>
  <profiles>
    <${profile}>
      <!-- ${why} -->
      <readonly>${readonly}</readonly>
      <!-- statements of this user stand in system.query_log -->
      <log_queries>1</log_queries>
    </${profile}>
  </profiles>
  <users>
    <${xmlName(user)}>
      <!-- printf '%s' 'the password' | sha256sum -->
      <password_sha256_hex></password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>${profile}</profile>
      <quota>default</quota>
      <!-- only these are visible beside system -->
      <allow_databases>${databases.map((name) => `<database>${xmlText(name)}</database>`).join('')}</allow_databases>
    </${xmlName(user)}>
  </users>
</yandex>`;
}
