import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { Target } from '../../engine/target.ts';
import type { TableName } from '../../model/table.ts';
import { type Told, type Unanswered, upSince } from './ask-log.ts';

const written = z.object({ query_id: z.string(), rows: z.coerce.number() });

/**
 * Looks in system.part_log for the parts that an INSERT made that is over: it tells where the log of queries knows only that one began, or failed in
 * writing. It is believed only where the parts of an INSERT of ours that was answered are in it, and where the server has run since before
 * the one that is asked for. Versions whose part_log names no queries cannot tell.
 * @param rows of the batch
 * @param control id of an INSERT into the same table that was answered
 */
export async function askParts(
  target: Target,
  table: TableName,
  unanswered: Unanswered & { rows: number | undefined },
  control: string | undefined,
  signal: AbortSignal,
): Promise<Told> {
  const { queryIds, rows, sentAt } = unanswered;
  if (control === undefined || rows === undefined) return undefined;
  const options = { purpose: 'load', signal };
  try {
    const before = await upSince(target, sentAt, options);
    if (before === undefined) return undefined;
    await target.command('SYSTEM FLUSH LOGS', options);
    const found = await target.all<Record<string, unknown>>(
      "SELECT query_id, toString(sum(rows)) AS rows FROM system.part_log WHERE event_date >= today() - 2 AND event_type = 'NewPart' AND error = 0 AND database = {database:String} AND table = {table:String} AND has({ids:Array(String)}, query_id) GROUP BY query_id ORDER BY query_id",
      { ...options, params: { ...table, ids: [control, ...queryIds] } },
    );
    if ((await upSince(target, sentAt, options)) !== before) return undefined;
    return judgeParts(z.array(written).parse(found), control, queryIds, rows);
  } catch (error) {
    // Whatever cannot be asked leaves the question open.
    if (error instanceof EngineError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

/** Pure. Whole when one attempt wrote as many rows as the batch has, none when no attempt wrote any; a part of it is neither. */
export function judgeParts(
  parts: readonly z.infer<typeof written>[],
  control: string,
  queryIds: readonly string[],
  rows: number,
): Told {
  const of = (id: string) => parts.find(({ query_id }) => query_id === id)?.rows ?? 0;
  if (of(control) === 0) return undefined;
  const each = queryIds.map(of);
  if (each.includes(rows)) return 'stored';
  return each.every((some) => some === 0) ? 'not-stored' : undefined;
}
