import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OldServer, type OldServerOptions, oldServerMissing, startOldServer } from './old-server.ts';

/** Whether tests on the real server must be skipped here; says why, and throws where engines are required. */
export function mustSkipServer(): boolean {
  const missing = oldServerMissing();
  if (missing === undefined) return false;
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
  process.stderr.write(`${missing}\n`);
  return true;
}

/** The real server, and a way to ask it past the CLI. */
export interface TargetServer extends OldServer {
  /** POSTs a statement. @throws with the server's text when it refuses */
  sql(statement: string): Promise<string>;
  /** `count()` of a table. */
  count(table: string): Promise<number>;
  /** Port of the native protocol. */
  nativePort: number;
}

/** Starts it. @throws with the reason when there is none */
export async function startTargetServer(options: OldServerOptions = {}): Promise<TargetServer> {
  const { server, reason } = await startOldServer(options);
  if (!server) throw new Error(reason);
  const sql = async (statement: string) => {
    const answer = await fetch(server.url, { method: 'POST', body: statement });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  };
  const config = readFileSync(join(server.folder, 'config.xml'), 'utf8');
  const nativePort = Number(/<tcp_port>(\d+)</.exec(config)?.[1]);
  return { ...server, sql, nativePort, count: async (table) => Number(await sql(`SELECT count() FROM ${table}`)) };
}
