import type { Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

/** Columns that an `(in query: INSERT INTO t (a, b))` lists, where the entry shows one. */
function insertList(flat: string): string[] | undefined {
  const list = /INSERT INTO [^(]{1,200}\(([^)]{1,4000})\)/i.exec(flat)?.[1];
  return list?.split(',').map((name) => name.trim().replace(/[`"]/g, ''));
}
const MISSING_COLUMN =
  /(?:No such column|There(?: i|')s no column(?: with name)?|Unrecognized column|not found column|Missing column:?|no column) [`'"]?(?<column>[\w.]+)/i;

const notInList: Signal = {
  says: 'the column that is missing stands in the table and not in the INSERT, so another replica or shard has another structure',
  weight: 34,
  seen: ({ event }) => {
    const column = MISSING_COLUMN.exec(event.flat)?.groups?.column;
    const list = insertList(event.flat);
    return column !== undefined && list !== undefined && !list.includes(column);
  },
};

/** What a statement names and the server does not have, or has otherwise. */
export const tablesAndColumns = patternRule('tables-and-columns', 'schema', [
  {
    cause: 'table_missing',
    side: 'server',
    codes: [60, 218],
    text: /Table [`'"]?(?<table>[\w.`"-]+)[`'"]?(?: \([\w-]+\))? (?:doesn't|does not|dosn't) exist|Unknown table expression identifier [`'"]?(?<unknown>[\w.`-]+)|table (?<low>[\w.]+) does not exist|Table not found: (?<found>\S+)|UNKNOWN_TABLE|TABLE_IS_DROPPED|Table \S+ is dropped|relation "[^"]+" does not exist/i,
    unless: /Target table|of view|while pushing to view/i,
    strength: 92,
    alone: 84,
    only: true,
    summary: ({ groups }) => {
      const table = groups.table ?? groups.unknown ?? groups.low ?? groups.found;
      return `${table === undefined ? 'The table' : `Table ${table}`} does not exist on this server`;
    },
    remedies: [
      'Create it (chwitness schema diff prints the DDL), let --create infer it, or correct the name; HTTP answers 404 for it, which is no wrong URL',
      'On a cluster look at every node: ON CLUSTER may have missed one',
    ],
    question: 'Does SHOW TABLES of this database on this node list it?',
  },
  {
    cause: 'database_missing',
    side: 'server',
    codes: [81],
    text: /Database [`'"]?(?<database>[\w.-]+)[`'"]? (?:doesn't|does not) exist|UNKNOWN_DATABASE|Unknown database/i,
    strength: 93,
    alone: 86,
    only: true,
    summary: ({ groups }) =>
      `${groups.database === undefined ? 'The database' : `Database ${groups.database}`} does not exist on this server`,
    remedies: ['CREATE DATABASE it, or correct the name that the client is configured with'],
    question: 'Does SHOW DATABASES list it?',
  },
  {
    cause: 'column_missing_in_table',
    side: 'server',
    codes: [16],
    text: /No such column (?<column>[`'"\w.]+)|There(?: i|')s no column(?: with name)? (?<other>[`'"\w.]+)|NO_SUCH_COLUMN_IN_TABLE|Unrecognized column (?<un>[`'"\w.]+)|column (?<low>[`'"\w.]+) (?:does not exist|not found) in (?:table|schema)|Block structure mismatch.{0,200}Cannot find column|database schema has no column named|missing (?:destination|column) name|doesn't have (?:a )?column|Unknown column '(?<mysql>\w+)'/i,
    unless: /while pushing to view|While processing struct/i,
    strength: 86,
    alone: 80,
    own: [16],
    only: true,
    summary: ({ groups }) => {
      const column = groups.column ?? groups.other ?? groups.un ?? groups.low ?? groups.mysql;
      return `The insert names ${column === undefined ? 'a column' : `column ${column}`}, which the table does not have`;
    },
    remedies: [
      'chwitness schema diff prints the ALTER TABLE … ADD COLUMN; or drop the column from the input',
      'Check that it is the table that is meant: the same name may exist in another database',
    ],
    question: 'Does DESCRIBE TABLE of the target list the column?',
    signals: [{ ...notInList, weight: -30 }],
  },
  {
    cause: 'replica_schema_drift',
    side: 'server',
    codes: [16, 122, 10, 8],
    text: /There(?: i|')s no column with name|No such column|INCOMPATIBLE_COLUMNS|columns? .{0,80}(?:differ|different) (?:on|from|in) (?:replica|shard|Keeper|ZooKeeper)|Table columns structure in (?:ZooKeeper|Keeper) is different from local/i,
    strength: 58,
    summary: 'Replicas or shards of the table have different structures: the column is missing on one of them only',
    remedies: [
      'Compare DESCRIBE TABLE on every node (clusterAllReplicas over system.columns) and run the ALTER where it is missing',
    ],
    question: 'Is the structure the same on every replica and shard?',
    signals: [
      notInList,
      here(/Received from|Distributed|shard|replica|is different from local/i, 'it comes from another node', 14),
    ],
  },
  {
    cause: 'client_read_schema_of_wrong_database',
    side: 'client',
    codes: [16],
    text: /No such column|There(?: i|')s no column|Unrecognized column/i,
    strength: 44,
    summary: 'The client took the structure from a table of the same name in another database',
    remedies: ['Name the table with its database, and look at which database the client’s DESCRIBE asked for'],
    question: 'Is there a table of this name in another database, and has that one the column?',
    signals: [here(/default\./, 'the database is default', 8)],
  },
  {
    cause: 'column_missing_in_source_query',
    side: 'client',
    codes: [47],
    text: /Missing columns?:? '(?<column>[^']+)'|Unknown (?:expression(?: or function)? )?identifier:? [`'"]?(?<unknown>[\w.]+)|UNKNOWN_IDENTIFIER|There(?: i|')s no (?:column|table) [`'"]?\S+[`'"]? in (?:table|query|FROM)|Identifier '[^']+' cannot be resolved/i,
    unless: /while pushing to view/i,
    strength: 88,
    alone: 78,
    only: true,
    summary: ({ groups }) => {
      const name = groups.column ?? groups.unknown;
      return `The statement’s SELECT names ${name === undefined ? 'a column' : name}, which its source does not have`;
    },
    remedies: [
      'Compare the SELECT with DESCRIBE of what it reads from; HTTP answers 404 for it, which is no wrong URL',
    ],
    question: 'Does the table or subquery that the SELECT reads from have this column?',
  },
  {
    cause: 'insert_into_view',
    side: 'server',
    codes: [48, 1],
    text: /Method write is not supported by storage (?<kind>View|LiveView|Merge|MaterializedView|Dictionary|URL)|Cannot insert into (?:a )?(?:view|materialized view)|INSERT.{0,20}into.{0,20}view.{0,20}not supported/i,
    strength: 95,
    only: true,
    summary: ({ groups }) => `The target is of kind ${groups.kind ?? 'View'}, which stores no rows`,
    remedies: ['Insert into the table behind it'],
    question: 'Which engine has the target in system.tables?',
  },
  {
    cause: 'distributed_table_without_sharding_key',
    side: 'config',
    codes: [55, 48],
    text: /storage Distributed with more than one shard and no sharding key|STORAGE_REQUIRES_PARAMETER/i,
    strength: 95,
    alone: 70,
    own: [55],
    only: true,
    summary: 'A Distributed table over several shards has no sharding key, so it does not know where rows go',
    remedies: [
      'Give the Distributed table a sharding key (rand() spreads evenly, a hash keeps equal keys together), or insert into the shards’ own tables',
    ],
    question: 'Has the cluster more than one shard, and the table a sharding key?',
  },
  {
    cause: 'insert_select_column_count',
    side: 'server',
    codes: [20],
    text: /Number of columns doesn't match|NUMBER_OF_COLUMNS_DOESNT_MATCH|number of columns .{0,40}(?:differ|mismatch|does not match)/i,
    strength: 88,
    alone: 80,
    summary: 'The SELECT gives another number of columns than the INSERT takes',
    remedies: [
      'Name the columns: INSERT INTO t (a, b) SELECT a, b …; SELECT * follows the source’s structure, which changes',
    ],
    question: 'How many columns has the SELECT, and how many the list or the table?',
    or: [
      {
        cause: 'schema_changed_during_query',
        summary: 'the table was altered while the statement ran',
        question: 'Was there an ALTER at that time in query_log?',
      },
    ],
  },
  {
    cause: 'schema_changed_during_query',
    side: 'server',
    codes: [20, 49, 10, 171, 517],
    text: /structure.{0,60}(?:has changed|was changed|changed) |Block structure mismatch|Table structure changed|CANNOT_ASSIGN_ALTER|metadata on replica is not up to date/i,
    strength: 66,
    summary: 'The table was altered while the statement ran',
    remedies: ['Try again; run ALTERs while nothing is loading'],
    question: 'Was there an ALTER at that time in query_log?',
  },
  {
    cause: 'server_macro_missing',
    side: 'config',
    codes: [139],
    text: /No macro '(?<macro>\w+)' in config|NO_ELEMENTS_IN_CONFIG.{0,60}macro/i,
    strength: 95,
    alone: 70,
    own: [139],
    only: true,
    summary: ({ groups }) =>
      `The server’s configuration has no macro {${groups.macro ?? '…'}} for the replicated table’s path; trying again does not help`,
    remedies: ['Add it under <macros> on every node, or write the path without it; system.macros shows what there is'],
    question: 'What does system.macros say on this node?',
  },
  {
    cause: 'table_already_exists',
    side: 'server',
    codes: [57],
    text: /Table .{1,100} already exists|TABLE_ALREADY_EXISTS/i,
    strength: 84,
    alone: 78,
    summary: 'The load creates a table that is there already',
    remedies: ['Use CREATE TABLE IF NOT EXISTS, and compare the structures: it keeps the old one'],
    question: 'Does the table have the structure that the load expects?',
  },
]);
