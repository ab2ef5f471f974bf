import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package.ts';
import { heading, play, type Server } from './parts.ts';

const TABLE = 'zakaz.stg_qtickets_api_inventory_raw';
const LOADER = join(packageRoot, 'bench', 'demo', 'loader.mjs');

/** The loader that logged nothing but `1`, witnessed. Returns the exit code of the demo: 0 when the witness names the cause. */
export async function incident(server: Server): Promise<number> {
  heading('A loader fails with "Unexpected ClickHouse error: 1", three times. What happened?');
  await server.sql('CREATE DATABASE zakaz');
  await server.sql(
    `CREATE TABLE ${TABLE} (snapshot_ts DateTime, event_id String, event_name String, tickets_left Nullable(UInt32)) ENGINE = MergeTree ORDER BY (event_id, snapshot_ts)`,
  );
  const target = ['--url', server.url, '--user', 'default', '--password-file', server.passwordFile];
  const { code, printed } = await play(
    ['run', '--job', 'qtickets_api', '--table', TABLE, ...target, '--', process.execPath, LOADER],
    { LOADER_URL: server.url, LOADER_PASSWORD: server.password, LOADER_TABLE: TABLE },
  );
  const named = /client_rows_are_dicts/.test(printed);
  process.stdout.write(
    named
      ? '\nThe rows were dicts, and the error never reached the server: one run, and the cause has a name.\n'
      : '\nThe witness did not name the cause that was played. That is a bug of chwitness.\n',
  );
  return named && code === 1 ? 0 : 1;
}
