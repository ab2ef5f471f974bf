import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import { InputFault } from '../../model/source.ts';
import { type TableName, tableSql, tableText } from '../../model/table.ts';
import { askDeduplication } from '../guarantee/choose.ts';
import { dropStatement, publishStatements, scratchOf, stagingStatement } from './ddl.ts';

/** A scratch table beside the one that is loaded: what is in it nobody reads, and it goes over in one step or not at all. */
export interface Staging {
  readonly scratch: TableName;
  /** It knows a batch again by its token. */
  readonly tokens: boolean;
  /** Rows in it now. */
  count(): Promise<number>;
  /** Whether its rows are in the table already: `undefined` where that cannot be told. */
  isPublished(): Promise<boolean | undefined>;
  /** Moves all rows over. @returns how whole the step was, for people @throws EngineError */
  publish(): Promise<string>;
  drop(): Promise<void>;
  /** Makes it anew, empty. */
  empty(): Promise<void>;
}

/** How servers refuse `PARTITION ALL` that do not know it: NOT_IMPLEMENTED, SYNTAX_ERROR, and as the name of a column. */
const NOT_KNOWN = new Set([47, 48, 62]);

/**
 * Makes the scratch table, or takes the one that the interrupted load has left.
 * @param load id of the run that began the load
 * @throws InputFault INPUT_NOT_STAGED for tables that cannot take parts of another, EngineError
 */
export async function openStaging(
  target: Target,
  table: TableName,
  load: string,
  signal: AbortSignal,
): Promise<Staging> {
  const options = { purpose: 'load', signal };
  const { engine, engineFull, settings } = await askDeduplication(target, table, signal);
  const refuse = (why: string) =>
    new InputFault({
      code: 'INPUT_NOT_STAGED',
      message: `--atomic cannot stage rows for ${tableText(table)}: ${why}`,
      source: tableText(table),
    });
  if (!engine.endsWith('MergeTree'))
    throw refuse(
      `its engine is ${engine || 'not known'}, and only tables of the MergeTree family take parts of another`,
    );
  const views = await viewsOf(target, table, signal);
  if (views.length > 0) throw refuse(`rows that are moved over bypass its materialized views (${views.join(', ')})`);
  const scratch = scratchOf(table, load);
  const ddl = stagingStatement(table, scratch, engineFull, settings.has('non_replicated_deduplication_window'));
  if (ddl === undefined) throw refuse('its engine is declared in the old form, without ORDER BY');
  await target.command(ddl, options);
  const parts = async (of: TableName, active: boolean) =>
    target.all<{ part: string }>(
      `SELECT concat(partition_id, ' ', toString(rows), ' ', toString(bytes_on_disk)) AS part FROM system.parts WHERE database = {database:String} AND table = {table:String}${active ? ' AND active' : ''} ORDER BY part`,
      { ...options, params: { ...of } },
    );
  return {
    scratch,
    tokens: settings.has('non_replicated_deduplication_window') && settings.has('insert_deduplication_token'),
    async count() {
      const [row] = await target.all<{ rows: string }>(
        `SELECT toString(count()) AS rows FROM ${tableSql(scratch)}`,
        options,
      );
      return Number(row?.rows ?? 0);
    },
    async isPublished() {
      const staged = (await parts(scratch, true)).map(({ part }) => part);
      // A part that is moved over is the same files under another name; merged since, it still lies there for some minutes.
      const there = new Set((await parts(table, false)).map(({ part }) => part));
      const found = staged.filter((part) => there.has(part)).length;
      return found === 0 ? false : found === staged.length ? true : undefined;
    },
    async publish() {
      const rows = await target.all<{ id: string }>(
        'SELECT DISTINCT partition_id AS id FROM system.parts WHERE database = {database:String} AND table = {table:String} AND active ORDER BY id',
        { ...options, params: { ...scratch } },
      );
      if (rows.length === 0) return 'there was nothing to move';
      const statements = publishStatements(
        table,
        scratch,
        rows.map(({ id }) => id),
      );
      for (const [at, sql] of statements.entries()) {
        try {
          await target.command(sql, options);
          return at === 0
            ? 'moved over in one step'
            : `moved over partition by partition: this server cannot attach ${rows.length} partitions in one step`;
        } catch (error) {
          // An older server does not know the better one.
          if (at + 1 === statements.length || !(error instanceof EngineError) || !NOT_KNOWN.has(error.code ?? 0))
            throw error;
        }
      }
      return '';
    },
    async empty() {
      await target.command(dropStatement(scratch), options);
      await target.command(ddl, options);
    },
    async drop() {
      // Also when the load was stopped: nothing of it may stay.
      await target.command(dropStatement(scratch), { purpose: 'load' });
    },
  };
}

async function viewsOf(target: Target, table: TableName, signal: AbortSignal): Promise<string[]> {
  const rows = await target.all<{ view: string }>(
    'SELECT arrayJoin(dependencies_table) AS view FROM system.tables WHERE database = {database:String} AND name = {table:String} ORDER BY view LIMIT 20',
    { params: { ...table }, purpose: 'load', signal },
  );
  return rows.map(({ view }) => view);
}
