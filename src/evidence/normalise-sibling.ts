import type { CreateStatement } from '../model/schema-diff/create-statement.ts';
import { isMergeTree, parseSettings, plainEngine } from '../model/schema-diff/structure.ts';

/** What of a statement the embedded engine cannot be asked, kept as it was formatted and put back afterwards. */
export interface Overlay {
  engine?: CreateStatement['engine'];
  ttl?: string;
  settings?: Map<string, string>;
  clauses?: CreateStatement['clauses'];
  refresh?: string;
}

const HARMLESS = /^(?:Memory|Log|TinyLog|StripeLog|Null|Set|Join|View|MaterializedView|GenerateRandom)$/;
/** Storage policies and disks are the server's own. */
const FOREIGN_SETTINGS = /^(?:storage_policy|disk|table_disk)$/;
const MOVES = /\bTO\s+(?:DISK|VOLUME)\s+'(?:[^'\\]|\\.)*'/gi;

function mergeTree(
  create: CreateStatement,
  known: ReadonlySet<string>,
): { sibling: CreateStatement; overlay: Overlay } {
  const engine = create.engine ?? { name: 'MergeTree', args: undefined };
  const plain = plainEngine(engine);
  const overlay: Overlay = plain === engine ? {} : { engine };
  const clauses = { ...create.clauses };
  const ttl = clauses.TTL;
  if (ttl !== undefined && new RegExp(MOVES).test(ttl)) {
    overlay.ttl = ttl;
    delete clauses.TTL;
  }
  const all = [...parseSettings(clauses.SETTINGS)];
  const foreign = all.filter(([name]) => FOREIGN_SETTINGS.test(name) || !known.has(name));
  const own = all.filter((setting) => !foreign.includes(setting)).map(([name, value]) => `${name} = ${value}`);
  if (foreign.length > 0) overlay.settings = new Map(foreign);
  delete clauses.SETTINGS;
  if (own.length > 0) clauses.SETTINGS = own.join(', ');
  return { sibling: { ...create, engine: plain, clauses }, overlay };
}

/**
 * A statement that the embedded engine can run and that has the same structure: replicated tables as their plain form,
 * engines that reach outside as `Null`, no volumes, no refreshes; and what was taken out.
 */
export function siblingOf(
  create: CreateStatement,
  knownSettings: ReadonlySet<string>,
): { sibling: CreateStatement; overlay: Overlay } {
  const {
    POPULATE: _populate,
    EMPTY: _empty,
    DEFINER: _definer,
    'SQL SECURITY': _security,
    ...clauses
  } = create.clauses;
  const base = { ...create, refresh: undefined, cluster: false, clauses };
  const refresh = create.refresh === undefined ? {} : { refresh: create.refresh };
  if (create.what === 'DICTIONARY') return { sibling: { ...create, cluster: false }, overlay: {} };
  if (create.engine && isMergeTree(create.engine.name)) {
    const { sibling, overlay } = mergeTree(base, knownSettings);
    return { sibling: emptied(sibling), overlay: { ...overlay, ...refresh } };
  }
  if (create.engine && !HARMLESS.test(create.engine.name)) {
    const { COMMENT, ...storage } = clauses;
    const kept = COMMENT === undefined ? {} : { COMMENT };
    const sibling = { ...base, engine: { name: 'Null', args: undefined }, clauses: kept };
    return { sibling: emptied(sibling), overlay: { engine: create.engine, clauses: storage, ...refresh } };
  }
  return { sibling: emptied(base), overlay: refresh };
}

/** `CREATE TABLE … AS SELECT` takes its columns from the query and none of its rows. */
function emptied(create: CreateStatement): CreateStatement {
  if (create.what !== 'TABLE' || create.select === undefined) return create;
  return { ...create, clauses: { ...create.clauses, EMPTY: '' } };
}

/** Puts back what was taken out. */
export function withOverlay(create: CreateStatement, overlay: Overlay | undefined): CreateStatement {
  if (!overlay) return create;
  const settings = new Map([...parseSettings(create.clauses.SETTINGS), ...(overlay.settings ?? [])]);
  const list = [...settings].map(([name, value]) => `${name} = ${value}`).sort();
  return {
    ...create,
    engine: overlay.engine ?? create.engine,
    refresh: overlay.refresh ?? create.refresh,
    clauses: {
      ...create.clauses,
      ...overlay.clauses,
      ...(overlay.ttl === undefined ? {} : { TTL: overlay.ttl }),
      ...(list.length === 0 ? {} : { SETTINGS: list.join(', ') }),
    },
  };
}
