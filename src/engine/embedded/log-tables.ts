import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quoteText } from '../../kernel/sql.ts';
import type { Connection } from './native.ts';

/** A log table of the endpoint's own, under the server's name and with the server's column names and types. */
export interface LogTable {
  name: 'query_log' | 'text_log';
  /** Name and type, in order. */
  columns: Readonly<Record<string, string>>;
}

const END =
  'ENGINE = MergeTree PARTITION BY toYYYYMM(event_date) ORDER BY (event_date, event_time) TTL event_date + INTERVAL 30 DAY';

/** Makes the table; one of another structure is put aside as `query_log_0`, `query_log_1`, … as a server does after an upgrade. */
export async function ensureLogTable(connection: Connection, table: LogTable, dataPath: string): Promise<void> {
  const wanted = Object.entries(table.columns).map(([name, type]) => `${name} ${type}`);
  const { bytes } = await connection.query(
    `SELECT concat(name, ' ', type) FROM system.columns WHERE database = 'system' AND table = ${quoteText(table.name)} ORDER BY position`,
    'TSVRaw',
  );
  const present = Buffer.from(bytes).toString().trimEnd();
  if (present === wanted.join('\n')) return;
  if (present !== '') {
    const taken = await connection.query(
      `SELECT count() FROM system.tables WHERE database = 'system' AND match(name, '^${table.name}_\\\\d+$')`,
      'TSVRaw',
    );
    const number = Buffer.from(taken.bytes).toString().trim();
    // Tables of this engine's system database cannot be renamed, nor made out of a SELECT.
    const aside = `system.${table.name}_${number}`;
    await connection.query(`CREATE TABLE ${aside} AS system.${table.name} ENGINE = MergeTree ORDER BY tuple()`);
    await connection.query(`INSERT INTO ${aside} SELECT * FROM system.${table.name}`);
    await connection.query(`DROP TABLE system.${table.name} SYNC`);
  }
  // The system database is made anew at each start and forgets its tables: what an earlier start wrote is put aside and attached again.
  const place = join(dataPath, 'data', 'system', table.name);
  const aside = `${place}.earlier`;
  if (existsSync(place)) {
    rmSync(aside, { recursive: true, force: true });
    renameSync(place, aside);
  }
  await connection.query(`CREATE TABLE IF NOT EXISTS system.${table.name} (${wanted.join(', ')}) ${END}`);
  if (existsSync(aside)) await attachParts(connection, table, aside, place);
}

/** A part of another structure, or cut off by a kill, is left out: logs are no reason not to start. */
async function attachParts(connection: Connection, table: LogTable, from: string, to: string): Promise<void> {
  for (const part of readdirSync(from).filter((name) => /^\d+_\d+_\d+_\d+$/.test(name))) {
    renameSync(join(from, part), join(to, 'detached', part));
    await connection.query(`ALTER TABLE system.${table.name} ATTACH PART ${quoteText(part)}`).catch(() => undefined);
  }
  rmSync(from, { recursive: true, force: true });
}

/** Adds rows to it, made again first if someone dropped it. */
export async function appendLog(
  connection: Connection,
  table: LogTable,
  rows: readonly object[],
  dataPath: string,
): Promise<void> {
  if (rows.length === 0) return;
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');
  const insert = () =>
    connection.write(
      `INSERT INTO system.${table.name} SETTINGS input_format_skip_unknown_fields = 0 FORMAT JSONEachRow`,
      Buffer.from(lines),
    );
  try {
    await insert();
  } catch {
    await ensureLogTable(connection, table, dataPath);
    await insert();
  }
}
