import { EngineError } from '../engine/errors.ts';
import { createScratch } from '../evidence/scratch.ts';
import type { Outside } from '../evidence/tools.ts';
import { quoteName } from '../kernel/sql.ts';
import { askTarget } from '../load/reject/ask-target.ts';
import type { RejectTools } from '../load/reject/rejects.ts';
import type { TableSchema } from '../model/check.ts';
import { parseCreate } from '../model/schema-diff/create-statement.ts';
import { isSymbol, isWord, tokenize } from '../model/schema-diff/tokens.ts';
import { type TableName, tableSql, tableText } from '../model/table.ts';
import type { Run } from '../pipeline/run.ts';
import { lookAt } from './look.ts';

/** A view that an INSERT into the table writes through. */
export interface ViewBehind {
  name: string;
  select: string;
  /** Undefined for a view that keeps its rows in a table of its own. */
  to: TableName | undefined;
}

/**
 * Bad rows told by the target itself: sent into a clone of the table, and from there through the queries of its views into clones of what
 * they write to. Neither the table nor its views see any of it; each clone is gone after its probe.
 */
export function probingOf(
  run: Run,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): RejectTools['askTarget'] {
  return (table, columns, format) => async (batch, ranges, limit) => {
    const outside = await lookAt(run.target, 'load:bad-rows', signal);
    const scratch = createScratch({ id: `${run.id}-rows`, ledger: run.ledger });
    const [schema] = await outside.schema([table]);
    if (schema === undefined) throw new Error(`the structure of ${tableText(table)} cannot be seen`);
    const views = await viewsBehind(outside, table);
    const targets = await outside.schema(views.flatMap(({ to }) => to ?? []));
    const probing = {
      insert: (bare: string, bytes: Uint8Array, named: readonly string[] | undefined) =>
        scratch(outside, schema, async (clone) => {
          // A temporary table lives in a session, which the clone alone knows.
          if (clone.name.database === '') await clone.insert(bare, bytes, named);
          else
            await run.target.insert(clone.name, bare, bytes, {
              columns: named,
              settings: { ...settings, async_insert: '0', format_csv_allow_single_quotes: '0' },
              purpose: 'load:bad-rows',
              signal,
            });
          for (const view of views) await pushThrough(outside, scratch, view, table, clone.name, targets);
        }),
    };
    return askTarget(batch, ranges, { format, columns, limit, probing });
  };
}

async function viewsBehind(outside: Outside, table: TableName): Promise<ViewBehind[]> {
  try {
    const rows = await outside.target.all<{ database: string; name: string; create_table_query: string }>(
      "SELECT database, name, create_table_query FROM system.tables WHERE engine = 'MaterializedView' ORDER BY database, name",
      { purpose: outside.purpose, signal: outside.signal },
    );
    return rows.flatMap(({ database, name, create_table_query }) => {
      const create = parseCreate(create_table_query);
      if (create?.select === undefined || create.refresh !== undefined) return [];
      if (redirected(create.select, table, table, database) === undefined) return [];
      const to = create.to && { database: create.to.database ?? database, table: create.to.table };
      return [{ name: `${database}.${name}`, select: create.select, to }];
    });
  } catch (thrown) {
    // Servers that print no CREATE have views that cannot be tried.
    if (thrown instanceof EngineError && thrown.failure === 'server') return [];
    throw thrown;
  }
}

async function pushThrough(
  outside: Outside,
  scratch: ReturnType<typeof createScratch>,
  view: ViewBehind,
  table: TableName,
  clone: TableName,
  targets: readonly TableSchema[],
): Promise<void> {
  const select = redirected(view.select, table, clone, table.database);
  if (select === undefined) return;
  const { target, purpose, signal } = outside;
  const schema = targets.find(({ name }) => view.to !== undefined && tableText(name) === tableText(view.to));
  try {
    if (schema === undefined) {
      for await (const _ of await target.bytes(`${select} FORMAT Null`, { purpose, signal }));
      return;
    }
    const names = await target
      .all<{ name: string }>(`DESCRIBE TABLE (${select})`, { purpose, signal })
      .catch(() => undefined);
    const columns = names === undefined ? '' : ` (${names.map(({ name }) => quoteName(name)).join(', ')})`;
    await scratch(outside, schema, async ({ name }) => {
      await target.command(`INSERT INTO ${tableSql(name)}${columns} ${select}`, { purpose, signal });
    });
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
    throw new EngineError({
      failure: 'server',
      code: thrown.code,
      message: thrown.message,
      serverText: `${thrown.serverText ?? thrown.message}: while pushing to view ${view.name}`,
      cause: thrown,
    });
  }
}

/** The query with another table in the place of one; undefined when it does not read from that one. */
export function redirected(select: string, from: TableName, to: TableName, database: string): string | undefined {
  const tokens = tokenize(select);
  let text = select;
  let found = false;
  for (let at = tokens.length - 1; at > 0; at -= 1) {
    if (!isWord(tokens[at - 1], 'FROM', 'JOIN')) continue;
    const [first, dot, second] = [tokens[at], tokens[at + 1], tokens[at + 2]];
    if (first === undefined || (first.kind !== 'word' && first.kind !== 'quoted')) continue;
    const qualified = isSymbol(dot, '.') && second !== undefined;
    const name = qualified ? { database: first.value, table: second.value } : { database, table: first.value };
    if (name.database !== from.database || name.table !== from.table) continue;
    const end = (qualified ? second : first).end;
    const next = tokens[at + (qualified ? 3 : 1)];
    const named = isWord(next, 'AS') || (next?.kind === 'word' && !CLAUSES.test(next.text)) || next?.kind === 'quoted';
    text = `${text.slice(0, first.start)}${tableSql(to)}${named ? '' : ` AS ${quoteName(from.table)}`}${text.slice(end)}`;
    found = true;
  }
  return found ? text : undefined;
}

const CLAUSES =
  /^(?:WHERE|PREWHERE|GROUP|ORDER|LIMIT|HAVING|JOIN|LEFT|RIGHT|INNER|FULL|CROSS|ANY|ALL|ASOF|GLOBAL|ARRAY|UNION|SAMPLE|FINAL|SETTINGS|WINDOW|QUALIFY|ON|USING|INTO|FORMAT)$/i;
