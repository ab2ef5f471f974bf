import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import type { Guarantee } from '../../model/load.ts';
import { type TableName, tableText } from '../../model/table.ts';

/** As much of a table and its server as decides what a repeated INSERT does. */
export interface Deduplication {
  engine: string;
  engineFull: string;
  /** Settings of the server and of its MergeTree tables, by name. */
  settings: ReadonlyMap<string, string>;
}

const textRow = z.object({ name: z.string(), value: z.string() });
const tableRow = z.object({ engine: z.string(), engine_full: z.string() });

const SESSION = [
  'insert_deduplicate',
  'insert_deduplication_token',
  'insert_distributed_sync',
  'distributed_foreground_insert',
  'insert_quorum',
];
const MERGE_TREE = [
  'replicated_deduplication_window',
  'replicated_deduplication_window_seconds',
  'non_replicated_deduplication_window',
];

/**
 * Asks the server; what it will not tell is unknown, and never supposed.
 * @param user settings that the INSERTs come with
 */
export async function askDeduplication(
  target: Target,
  table: TableName,
  signal: AbortSignal,
  user: Readonly<Record<string, string>> = {},
): Promise<Deduplication> {
  const ask = async (sql: string, params: Record<string, string | readonly string[]> = {}): Promise<unknown[]> => {
    try {
      return await target.all(sql, { params, purpose: 'load', signal });
    } catch (error) {
      if (error instanceof EngineError && error.code !== undefined) return [];
      throw error;
    }
  };
  const settings = new Map<string, string>();
  const values = (from: string, names: readonly string[]) =>
    ask(
      `SELECT name, toString(value) AS value FROM system.${from} WHERE has({names:Array(String)}, name) ORDER BY name`,
      { names },
    );
  for (const row of [...(await values('settings', SESSION)), ...(await values('merge_tree_settings', MERGE_TREE))]) {
    const { data } = textRow.safeParse(row);
    if (data) settings.set(data.name, (SESSION.includes(data.name) ? user[data.name] : undefined) ?? data.value);
  }
  const [row] = await ask(
    'SELECT engine, engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String} ORDER BY name LIMIT 1',
    { ...table },
  );
  const { data } = tableRow.safeParse(row);
  return { engine: data?.engine ?? '', engineFull: data?.engine_full ?? '', settings };
}

/** A setting as the table's own SETTINGS clause has it, else as the server has it. */
function settingOf({ engineFull, settings }: Deduplication, name: string): number {
  const own = new RegExp(`\\b${name} = (\\d+)`).exec(engineFull)?.[1];
  return Number(own ?? settings.get(name) ?? 0);
}

/** What a repeated INSERT does to this table, and so what may be promised; and where rows are once it is answered. Pure. */
export function chooseGuarantee(table: TableName, facts: Deduplication, atLeastOnce: boolean): Guarantee {
  const chosen = chooseByEngine(table, facts, atLeastOnce);
  const where = answered(facts);
  return where === undefined ? chosen : { ...chosen, sentence: `${chosen.sentence}; an answer means that ${where}` };
}

/** Where the rows of an INSERT are when its answer comes; undefined where there is but one place. */
function answered({ engine, settings }: Deduplication): string | undefined {
  if (engine === 'Distributed') {
    const name = ['distributed_foreground_insert', 'insert_distributed_sync'].find((one) => settings.has(one));
    return name === undefined ? 'they are queued for the shards' : `the shards hold the rows (${name} = 1)`;
  }
  if (!engine.startsWith('Replicated')) return undefined;
  const quorum = settings.get('insert_quorum');
  if (quorum === undefined) return undefined;
  if (quorum === 'auto') return 'a majority of the replicas hold the rows (insert_quorum = auto)';
  const replicas = Number(quorum) > 1 ? `${quorum} replicas hold` : 'one replica holds';
  return `${replicas} the rows (insert_quorum = ${quorum})`;
}

function chooseByEngine(table: TableName, facts: Deduplication, atLeastOnce: boolean): Guarantee {
  const { engine, settings } = facts;
  const replicated = /^(Replicated|Shared)/.test(engine);
  const on = Number(settings.get('insert_deduplicate') ?? 0) === 1;
  const blocks =
    !on || !engine.endsWith('MergeTree')
      ? 0
      : settingOf(facts, replicated ? (MERGE_TREE[0] ?? '') : (MERGE_TREE[2] ?? ''));
  const seconds = replicated ? settingOf(facts, MERGE_TREE[1] ?? '') : undefined;
  const window = { blocks, ...(seconds === undefined || seconds === 0 ? {} : { seconds }) };
  const name = tableText(table);
  const within = `among the last ${blocks} blocks${window.seconds === undefined ? '' : ` of ${window.seconds} s`}`;
  if (blocks > 0 && settings.has('insert_deduplication_token')) {
    return {
      kind: 'tokens',
      window,
      sentence: `each row once: a batch without an answer is sent again with its insert_deduplication_token, which ${name} knows ${within}`,
    };
  }
  if (blocks > 0) {
    return {
      kind: 'content',
      window,
      sentence: `each row once: a batch without an answer is sent again, and ${name} drops a block that is identical to one ${within} (also one of an earlier load)`,
    };
  }
  if (atLeastOnce) {
    return {
      kind: 'at-least-once',
      sentence: `each row at least once (--at-least-once): a batch without an answer is sent again, and ${name} does not drop what it has already`,
    };
  }
  return {
    kind: 'at-most-once',
    sentence: `each row at most once: ${name} drops no repeated block, so a batch without an answer is looked for in the server's log and otherwise reported as unknown, never sent again (--atomic stages the rows, --at-least-once sends again)`,
  };
}

/** The same for rows that go by way of a scratch table, into which nobody else writes. @param scratch what holds for that */
export function stagedGuarantee(table: TableName, scratch: Guarantee): Guarantee {
  const how = `staged in a scratch table, checked there, and moved into ${tableText(table)} in one step or not at all`;
  if (scratch.kind === 'tokens') return { ...scratch, staged: true, sentence: `each row once: ${how}` };
  return {
    kind: 'staging',
    staged: true,
    sentence: `each row once: ${how}; a batch without an answer is looked for by counting what is staged`,
  };
}
