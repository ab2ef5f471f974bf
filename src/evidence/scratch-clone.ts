import type { TableSchema } from '../model/check.ts';
import { withoutTtl } from '../model/schema-diff/elements.ts';
import { renderCreate } from '../model/schema-diff/render.ts';
import { isMergeTree, parseSettings, plainEngine, structureOf } from '../model/schema-diff/structure.ts';
import type { TableName } from '../model/table.ts';

/** Engines whose own kind keeps rows without any side effect. */
const HARMLESS = /^(?:Memory|Log|TinyLog|StripeLog)$/;

/** Settings that name something shared with the original, or start work of their own. */
const SHARED = /^(?:table_disk|refresh_parts_interval|remote_fs_|replicated_|zookeeper|storage_kind)/;

function storage(table: TableSchema): { engine: { name: string; args: string[] | undefined }; merges: boolean } {
  const engine = structureOf(table).create?.engine ?? { name: table.engine, args: undefined };
  if (isMergeTree(engine.name)) return { engine: plainEngine(engine), merges: true };
  // Everything else would share what it points at (a topic, a destination, a path in Keeper): its columns are tried in memory.
  return { engine: { name: HARMLESS.test(engine.name) ? engine.name : 'Memory', args: undefined }, merges: false };
}

/**
 * CREATE of a table with the same columns, keys and constraints, and nothing shared: no ZooKeeper path, no TTL (it
 * would move or drop the row that is read back), no view, no queue. Temporary ones are in memory, since older servers know no other.
 */
export function cloneStatement(table: TableSchema, name: TableName, kind: 'table' | 'temporary'): string | undefined {
  const { create } = structureOf(table);
  if (!create?.elements) return undefined;
  const elements = create.elements.map(withoutTtl);
  const bare = {
    ...create,
    what: 'TABLE',
    name,
    to: undefined,
    refresh: undefined,
    select: undefined,
    like: undefined,
  };
  if (kind === 'temporary') {
    const columns = elements.filter((element) => !/^(?:INDEX|PROJECTION|PRIMARY)\s/i.test(element));
    const temporary = { ...bare, what: 'TEMPORARY TABLE', name: { database: undefined, table: name.table } };
    return renderCreate({ ...temporary, elements: columns, engine: { name: 'Memory', args: undefined }, clauses: {} });
  }
  const { engine, merges } = storage(table);
  if (!merges) {
    const columns = elements.filter((element) => !/^(?:INDEX|PROJECTION|PRIMARY)\s/i.test(element));
    return renderCreate({ ...bare, elements: columns, engine, clauses: {} });
  }
  const { TTL: _ttl, COMMENT: _comment, SETTINGS: _settings, ...clauses } = create.clauses;
  const settings = [...parseSettings(create.clauses.SETTINGS)].filter(([setting]) => !SHARED.test(setting));
  const kept = settings.map(([setting, value]) => `${setting} = ${value}`).join(', ');
  return renderCreate({ ...bare, elements, engine, clauses: kept === '' ? clauses : { ...clauses, SETTINGS: kept } });
}
