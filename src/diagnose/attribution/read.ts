import type { Probe } from '../../model/check.ts';
import { tableText } from '../../model/table.ts';
import { countedBounds, windowWithMargin } from '../logs/window.ts';
import { type InsertRow, insertOf, type LoggedInsert, type WriterRow, type Writers, writerOf } from './facts.ts';

const GROUPS = 1000;
const INSERTS = 200;
/** After the command's end: a server logs a statement when it is over. */
const MARGIN_SECONDS = 30;

type Reading = Pick<Probe, 'control' | 'capabilities' | 'target' | 'tables' | 'window' | 'load' | 'sql'>;

/** Seconds on the server's clock between which a statement of the command must have begun. */
function lifeOf({ load, window, capabilities }: Reading): { start: number; end: number } | undefined {
  const { started_at, ended_at } = load?.command ?? {};
  if (started_at === undefined || ended_at === undefined) return undefined;
  const offset = window.clock_offset_ms ?? 0;
  const slack = capabilities.clock_uncertainty_ms;
  const seconds = (time: string, by: number) => Math.floor((Date.parse(time) + offset + by) / 1000);
  return { start: seconds(started_at, -slack), end: seconds(ended_at, slack) };
}

/** What the query log holds of the time around the command, by sender. */
export async function readWriters(probe: Reading): Promise<Writers> {
  const control = await probe.control();
  const none: Writers = {
    control,
    hostname: probe.capabilities.hostname,
    user: probe.target.user,
    tables: probe.tables.map(tableText),
    groups: null,
    groups_cut: false,
  };
  const life = lifeOf(probe);
  if (life === undefined || !('query_log' in probe.capabilities.system)) return none;
  const rows = await probe.sql<WriterRow>('query-log-writers', { ...bounds(probe, life), ...life, limit: GROUPS });
  const zone = probe.window.server_timezone;
  return {
    ...none,
    groups: rows.map((row) => writerOf(row, probe.target.database, zone)),
    groups_cut: rows.length === GROUPS,
  };
}

/** The newest INSERTs, one by one. */
export async function readInserts(probe: Reading): Promise<LoggedInsert[]> {
  const life = lifeOf(probe);
  if (life === undefined || !('query_log' in probe.capabilities.system)) return [];
  const rows = await probe.sql<InsertRow>('query-log-inserts', { ...bounds(probe, life), ...life, limit: INSERTS });
  return rows.map((row) => insertOf(row, probe.target.database, probe.window.server_timezone));
}

/** From the run's beginning on: what ended right before it was the run before this one, and no doubt about this one. */
function bounds(probe: Reading, life: { start: number }) {
  const { to } = countedBounds(windowWithMargin(probe.window, MARGIN_SECONDS), probe.capabilities.clock_uncertainty_ms);
  return { from: Math.min(Math.floor(Date.parse(probe.window.from) / 1000) + 1, life.start), to };
}
