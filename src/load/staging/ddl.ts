import { quoteName } from '../../kernel/sql.ts';
import { type TableName, tableSql } from '../../model/table.ts';

/** A plain MergeTree of the same partitions and order, whose parts the table can attach: rows stay as they came, and are not merged away. */
export function stagingStatement(
  table: TableName,
  scratch: TableName,
  engineFull: string,
  remembers: boolean,
): string | undefined {
  const rest = withoutEngine(engineFull);
  // The old form, MergeTree(date, key, granularity), says neither.
  if (rest === undefined || !/\bORDER BY\b/.test(rest)) return undefined;
  const [clauses = '', settings = ''] = withoutTtl(rest).split(/\sSETTINGS\s/);
  const kept = settings
    .split(/,\s*/)
    .filter((setting) => setting !== '' && !/deduplication_window|^replicat|^zookeeper/.test(setting));
  if (remembers) kept.push('non_replicated_deduplication_window = 10000');
  const tail = kept.length === 0 ? '' : ` SETTINGS ${kept.join(', ')}`;
  return `CREATE TABLE IF NOT EXISTS ${tableSql(scratch)} AS ${tableSql(table)} ENGINE = MergeTree ${clauses.trim()}${tail}`;
}

/** `ReplacingMergeTree(v) PARTITION BY p …` → ` PARTITION BY p …`; undefined for what is no MergeTree. */
function withoutEngine(engineFull: string): string | undefined {
  const name = /^\w*MergeTree/.exec(engineFull)?.[0];
  if (name === undefined) return undefined;
  if (engineFull[name.length] !== '(') return engineFull.slice(name.length);
  let depth = 0;
  let quoted = false;
  for (let at = name.length; at < engineFull.length; at += 1) {
    const char = engineFull[at];
    if (char === "'" && engineFull[at - 1] !== '\\') quoted = !quoted;
    else if (!quoted && char === '(') depth += 1;
    else if (!quoted && char === ')') depth -= 1;
    if (depth === 0) return engineFull.slice(at + 1);
  }
  return undefined;
}

/** Rows that are too old vanish from the table in its own time, not from the scratch table before they are counted. */
function withoutTtl(clauses: string): string {
  return clauses.replace(/\sTTL\s.*?(?=\sSETTINGS\s|$)/s, '');
}

/** Statements that put all parts of the scratch table into the table, the better one first. */
export function publishStatements(table: TableName, scratch: TableName, partitions: readonly string[]): string[] {
  const from = ` FROM ${tableSql(scratch)}`;
  const attach = (partition: string) => `ATTACH PARTITION ID '${partition.replace(/[\\']/g, '\\$&')}'${from}`;
  const one = `ALTER TABLE ${tableSql(table)} ${partitions.map(attach).join(', ')}`;
  return partitions.length === 1 ? [one] : [`ALTER TABLE ${tableSql(table)} ATTACH PARTITION ALL${from}`, one];
}

/** Name of the scratch table of a load: known from the load alone, so that it is found again. */
export function scratchOf(table: TableName, load: string): TableName {
  return {
    database: table.database,
    table: `_chwitness_load_${load}_${table.table}`.replace(/\W/g, '_').slice(0, 120),
  };
}

export function dropStatement(scratch: TableName): string {
  return `DROP TABLE IF EXISTS ${quoteName(scratch.database)}.${quoteName(scratch.table)}`;
}
