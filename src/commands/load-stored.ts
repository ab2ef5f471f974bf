import { createScratch } from '../evidence/scratch.ts';
import { messageOf } from '../kernel/errors.ts';
import { quoteName } from '../kernel/sql.ts';
import type { Rejects } from '../load/reject/rejects.ts';
import { lookAtStored } from '../load/reject/stored-sample.ts';
import { parseCreate } from '../model/schema-diff/create-statement.ts';
import { renderCreate } from '../model/schema-diff/render.ts';
import { splitTop, tokenize } from '../model/schema-diff/tokens.ts';
import type { StoredTable } from '../model/stored.ts';
import { type TableName, tableText } from '../model/table.ts';
import type { Run } from '../pipeline/run.ts';
import { lookAt } from './look.ts';

/** Lays a sample of the rows that were sent beside what the target stores. What cannot be looked at is said, and fails no load. */
export async function storedSampleOf(
  run: Run,
  rejects: Rejects,
  settings: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<StoredTable[]> {
  const found: StoredTable[] = [];
  const scratch = createScratch({ id: `${run.id}-sample`, ledger: run.ledger });
  const outside = await lookAt(run.target, 'load:stored-sample', signal);
  const schemaOf = async (table: TableName) => (await outside.schema([table]))[0];
  for (const sampled of await rejects.sampled()) {
    try {
      const stored = await lookAtStored(sampled, {
        target: run.target,
        engine: await run.oracle.target(),
        async clone(table, column, use) {
          const schema = await schemaOf(table);
          const create = parseCreate(schema?.create_query ?? '');
          if (schema === undefined || create?.elements === undefined) throw new Error('its structure cannot be seen');
          const elements = [`${quoteName(column)} UInt64`, ...create.elements];
          const wider = { ...schema, create_query: renderCreate({ ...create, elements }) };
          return scratch(outside, wider, ({ name }) => {
            if (name.database === '') throw new Error('this user may create no table beside it');
            return use(name);
          });
        },
        async keyOf(table) {
          const schema = await schemaOf(table);
          return keyColumns(
            schema?.sorting_key ?? '',
            sampled.expected.table.map(({ name }) => name),
          );
        },
        settings,
        signal,
      });
      found.push(stored);
    } catch (thrown) {
      if (signal.aborted) break;
      const note = `the sample could not be laid beside what is stored: ${run.redactor.plain(messageOf(thrown))}`;
      found.push({
        table: tableText(sampled.table),
        rows: sampled.rows.length,
        changed: [],
        dropped: [],
        notes: [note],
      });
    }
  }
  return found;
}

/** Plain columns at the beginning of a sorting key: expressions of columns find nothing faster. */
function keyColumns(sortingKey: string, columns: readonly string[]): string[] {
  const keys: string[] = [];
  for (const part of splitTop(sortingKey, ',')) {
    const [only, more] = tokenize(part);
    if (only === undefined || more !== undefined || !columns.includes(only.value)) break;
    keys.push(only.value);
  }
  return keys;
}
