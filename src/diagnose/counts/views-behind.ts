import { z } from 'zod';
import type { Probe, TableSchema } from '../../model/check.ts';
import type { EvidenceView } from '../../model/rule.ts';
import { parseCreate } from '../../model/schema-diff/create-statement.ts';
import { type TableName, tableText } from '../../model/table.ts';
import type { Because } from '../../model/verdict.ts';

/** A materialized view that hangs on a table of the load, and what it writes into. */
export const viewBehind = z.strictObject({
  /** `database.view` */
  view: z.string(),
  /** `database.table` of its TO, or the view itself, which stores its rows out of sight. */
  target: z.string(),
  exists: z.boolean(),
  /** Rows of the target, UInt64 as text; null when they were not counted. */
  rows: z.string().nullable(),
});
export type ViewBehind = z.infer<typeof viewBehind>;

interface Dependency {
  database: string;
  table: string;
  view_database: string;
  view: string;
}

/** More views than these on one table are not looked at. */
const VIEWS = 50;
const WITHOUT_COUNT = /^(?:Null|Kafka|RabbitMQ|NATS|S3Queue|AzureQueue|FileLog|Redis|Distributed)$/;

/** The views that hang on each of these tables, with the rows of what they write into. Empty where the server does not tell. */
export async function viewsBehind(
  probe: Pick<Probe, 'sql' | 'schema' | 'capabilities' | 'signal'>,
  tables: readonly TableName[],
): Promise<Map<string, ViewBehind[]>> {
  const found = new Map<string, ViewBehind[]>();
  if (tables.length === 0 || !probe.capabilities.system.tables?.includes('dependencies_table')) return found;
  const dependencies = await probe.sql<Dependency>('views-behind', {
    databases: [...new Set(tables.map(({ database }) => database))],
    tables: [...new Set(tables.map(({ table }) => table))],
    limit: VIEWS,
  });
  const mine = dependencies.filter((one) =>
    tables.some(({ database, table }) => database === one.database && table === one.table),
  );
  if (mine.length === 0) return found;
  const views = await probe.schema(mine.map((one) => ({ database: one.view_database, table: one.view })));
  const targets = await probe.schema(views.map(targetOf));
  for (const one of mine) {
    const name = { database: one.view_database, table: one.view };
    const view = views.find((schema) => tableText(schema.name) === tableText(name));
    if (view?.engine !== 'MaterializedView') continue;
    const target = targetOf(view);
    const schema = targets.find((known) => tableText(known.name) === tableText(target));
    const source = tableText({ database: one.database, table: one.table });
    found.set(source, [
      ...(found.get(source) ?? []),
      {
        view: tableText(name),
        target: tableText(target),
        exists: schema !== undefined,
        rows: await rowsOf(probe, schema),
      },
    ]);
  }
  return found;
}

function targetOf({ name, create_query }: TableSchema): TableName {
  const to = parseCreate(create_query)?.to;
  return to === undefined ? name : { database: to.database ?? name.database, table: to.table };
}

async function rowsOf(probe: Pick<Probe, 'sql' | 'signal'>, schema: TableSchema | undefined): Promise<string | null> {
  if (schema === undefined || WITHOUT_COUNT.test(schema.engine)) return null;
  try {
    return (await probe.sql<{ rows: string }>('row-count', { ...schema.name }))[0]?.rows ?? null;
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return null;
  }
}

const counted = z.object({
  tables: z.array(z.object({ table: z.string(), rows: z.string().nullable(), views: z.array(viewBehind).optional() })),
});
type Counted = z.infer<typeof counted>['tables'];

/** The views of all tables that were counted, as they stood after the load or, where it has no end, before it. */
export function knownViews(view: EvidenceView): ViewBehind[] {
  return [...tablesIn(view, 'after'), ...tablesIn(view, 'before')].flatMap(({ views = [] }) => views);
}

/** What a failed insert left in the table and behind each of its views, by counting before and after; empty where nobody counted. */
export function whatWasWritten(view: EvidenceView): Because[] {
  const before = tablesIn(view, 'before');
  const file = view.checks.find(({ id, phase }) => id === 'row-counts' && phase === 'after')?.facts;
  return tablesIn(view, 'after').flatMap(({ table, rows, views = [] }) => {
    if (views.length === 0) return [];
    const was = before.find((one) => one.table === table);
    const grown = [
      `${table} ${more(was?.rows, rows)}`,
      ...views.map((one) => {
        const earlier = was?.views?.find(({ view: name }) => name === one.view);
        return `${one.target}${one.target === one.view ? '' : `, into which ${one.view} writes,`} ${one.exists ? more(earlier?.rows, one.rows) : 'is not there'}`;
      }),
    ];
    return [{ text: grown.join('; '), ...(file === undefined ? {} : { file }) }];
  });
}

function more(before: string | null | undefined, after: string | null): string {
  if (before === null || before === undefined || after === null) return 'was not counted';
  const grown = BigInt(after) - BigInt(before);
  return grown === 0n ? 'holds not one row more' : `holds ${grown} row${grown === 1n ? '' : 's'} more`;
}

function tablesIn(view: EvidenceView, phase: 'before' | 'after'): Counted {
  return counted.safeParse(view.facts('row-counts', phase)).data?.tables ?? [];
}
