import { EngineError } from '../engine/errors.ts';
import type { StatementOptions, Target } from '../engine/target.ts';
import type { SqlValue } from '../model/check.ts';
import { grantStatement } from '../model/grants.ts';
import type { SqlFile } from '../model/sql.ts';
import type { Capabilities } from '../model/target.ts';

/** A statement wants a system table that this user cannot see on this server: could-not-run, not found-bad. */
export class NeedUnmet extends Error {
  override readonly name = 'NeedUnmet';
  /** What would meet it. */
  readonly remedies: readonly string[];

  constructor(table: string, user: string) {
    super(`system.${table} is not visible to ${user} on this server`);
    this.remedies = [grantStatement({ privilege: 'SELECT', on: { database: 'system', table } }, user)];
  }
}

interface Ground {
  target: Target;
  capabilities: Capabilities;
  limits: { rows: number };
}

/**
 * Runs one statement file, adapted to what the server shows, with `limit` bound from the row budget. `cut` says when the
 * budget was reached, so that more may exist than was read.
 */
export async function runSql<Row>(
  ground: Ground,
  file: SqlFile,
  params: Record<string, SqlValue>,
  options: Pick<StatementOptions, 'purpose' | 'signal' | 'shape'>,
): Promise<{ rows: Row[]; cut: string | undefined }> {
  const { target, capabilities, limits } = ground;
  const hidden = file.needs.find((need) => need.startsWith('system.') && !(need.slice(7) in capabilities.system));
  if (hidden) throw new NeedUnmet(hidden.slice('system.'.length), capabilities.user);
  const limit = typeof params.limit === 'number' ? params.limit : limits.rows;
  const bound = file.params.includes('limit') ? { ...params, limit } : params;
  const settings = capabilities.accepts_settings ? file.settings?.(limits.rows) : undefined;
  const read = async (given: typeof settings) => {
    const rows: Row[] = [];
    const sent = { ...options, shape: options.shape === true || file.shape === true, params: bound, settings: given };
    for await (const row of target.rows<Row>(file.text(capabilities.system), sent)) {
      // Statements without a limit of their own (of `.sql` checks) stop here; closing the iterator ends the query.
      if (rows.length === limits.rows) return { rows, cut: `the first ${limits.rows} rows, at the limit rows` };
      rows.push(row);
    }
    const full = file.params.includes('limit') && rows.length === limit && params.limit === undefined;
    return { rows, cut: full ? `the first ${limit} rows, at the limit rows` : undefined };
  };
  try {
    return await read(settings);
  } catch (error) {
    // A user who is read-only already may not say so again; what the setting was for holds then anyway.
    const refused = settings !== undefined && error instanceof EngineError && error.code === READONLY;
    if (!refused) throw error;
    return read(undefined);
  }
}

const READONLY = 164;
