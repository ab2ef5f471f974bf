import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { quoteName, quoteText } from '../../kernel/sql.ts';
import { exception } from './exception.ts';
import type { Folders } from './folders.ts';
import { type Addon, Connection } from './native.ts';

/** Statements that run side by side; more wait in line. Each occupies one of libuv's threads. */
const RUNNING = 8;
const WAITING = 100;

/** The engine of this process: opens connections, lets so many statements run at once, knows its version. */
export interface Engine {
  readonly version: string;
  readonly timezone: string;
  readonly hostname: string;
  readonly folders: Folders;
  /** A connection of its own, in the database that was asked for at the start. */
  connect(): Promise<Connection>;
  /** Waits for a free place. The answer gives it back. @throws EngineException 202 when too many wait */
  place(signal: AbortSignal): Promise<() => void>;
  /** A statement of the endpoint's own, on a connection of its own. */
  internal: Connection;
}

export async function openEngine(addon: Addon, folders: Folders, database: string): Promise<Engine> {
  const args = [`--config-file=${folders.config}`];
  const internal = new Connection(addon, folders.data, args);
  await quiet(internal);
  if (database !== 'default') await internal.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`);
  const { bytes } = await internal.query('SELECT version(), timezone()');
  const [version = '', timezone = ''] = Buffer.from(bytes).toString().trim().split('\t');
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    version,
    timezone,
    hostname: hostname(),
    folders,
    internal,
    async connect() {
      const connection = new Connection(addon, folders.data, args);
      if (database !== 'default') await connection.query(`USE ${quoteName(database)}`);
      return connection;
    },
    async place(signal) {
      if (running >= RUNNING) {
        if (waiting.length >= WAITING) {
          throw exception(
            202,
            'TOO_MANY_SIMULTANEOUS_QUERIES',
            `Too many simultaneous queries. Maximum: ${RUNNING} running and ${WAITING} waiting`,
          );
        }
        await new Promise<void>((resolve, reject) => {
          const leave = () => {
            waiting.splice(waiting.indexOf(enter), 1);
            reject(exception(394, 'QUERY_WAS_CANCELLED', 'Query was cancelled.'));
          };
          const enter = () => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          signal.addEventListener('abort', leave, { once: true });
          waiting.push(enter);
        });
      } else {
        running += 1;
      }
      return () => {
        // The place passes to the next in line, or is free.
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      };
    },
  };
}

/** `log_comment` of the endpoint's own statements: their lines are kept out of system.text_log. */
export const INTERNAL_TAG = `chwitness-internal:${randomBytes(6).toString('hex')}`;

/** Keeps what the endpoint runs on a connection out of system.text_log, until `SET log_comment` says otherwise. */
export async function quiet(connection: Connection): Promise<Connection> {
  await connection.query(`SET log_comment = ${quoteText(INTERNAL_TAG)}`);
  return connection;
}

/** `log_comment` under which the engine runs a client's statement, so that its log lines and its row in system.processes name the client's query_id. */
export function queryTag(queryId: string, comment: string): string {
  return `chwitness:${encodeURIComponent(queryId)}|${comment}`;
}

/** SQL for the client's query_id of a row in system.processes. */
export const CLIENT_QUERY_ID = `decodeURLComponent(extract(Settings['log_comment'], '^chwitness:([^|]*)'))`;
