import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Body, readBody } from './body.ts';
import type { Engine } from './engine.ts';
import { type EngineException, exception, namingGet, parseException } from './exception.ts';
import { guardStatement, guardValues } from './guard.ts';
import { runInsert } from './insert.ts';
import { readsInput } from './insert-head.ts';
import { killQuery } from './kill.ts';
import type { Logs } from './logs.ts';
import type { Connection } from './native.ts';
import { nanoseconds, type Outcome } from './outcome.ts';
import { drain, type Sent, sendException, sendNothing, sendResult, stateHeaders } from './reply.ts';
import { type QueryRequest, readRequest } from './request.ts';
import { openResult, type Result } from './select.ts';
import type { Sessions } from './sessions.ts';
import { setUp } from './setup.ts';
import { readStatement, type Statement } from './statement.ts';

export interface Serving {
  engine: Engine;
  sessions: Sessions;
  logs: Logs;
  database: string;
  /** Query ids under way. */
  running: Set<string>;
}

/** Bodies that announce at least this much wait for a place before they are read, so that memory stays bounded. */
const LARGE_BYTES = 1024 * 1024;
const RESULTS = /^(Select|Show|Describe|Explain|Exists|Check|KillQuery|None)$/;
const READING = /^(Select|Show|Describe|Explain|Exists|Set|Use|Check)$/;

interface Work {
  request: QueryRequest;
  user: string;
  startedAt: number;
  statement?: Statement;
  text: string;
  started: boolean;
  outcome: Outcome;
  logged: boolean;
}

/** Serves one statement from its request to the last byte of its answer, and notes it in the logs. Never throws. */
export async function serveQuery(
  serving: Serving,
  http: IncomingMessage,
  response: ServerResponse,
  url: URL,
  user: string,
): Promise<void> {
  const { engine, running } = serving;
  let work: Work | undefined;
  let sent: Sent;
  let holds = false;
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  try {
    const request = readRequest(http, url);
    work = { request, user, startedAt: Date.now(), text: '', started: false, outcome: {}, logged: true };
    if (running.has(request.queryId)) {
      throw exception(
        216,
        'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING',
        `Query with id = ${request.queryId} is already running.`,
      );
    }
    running.add(request.queryId);
    holds = true;
    stateHeaders(response, engine, request);
    sent = await answer(serving, http, response, work, gone.signal);
  } catch (thrown) {
    const failed = namingGet(parseException(thrown), http.method);
    const about = { version: engine.version, ...(work === undefined ? {} : { queryId: work.request.queryId }) };
    const end = () => {
      drain(http);
      sendException(response, failed, about);
    };
    sent = { failed, end };
  }
  if (holds && work !== undefined) running.delete(work.request.queryId);
  if (work?.logged) log(serving, work, sent.failed);
  sent.end();
}

async function answer(
  serving: Serving,
  http: IncomingMessage,
  response: ServerResponse,
  work: Work,
  gone: AbortSignal,
): Promise<Sent> {
  const { engine } = serving;
  const { request } = work;
  const announced = Number(
    http.headers['content-length'] ?? (http.headers['transfer-encoding'] === undefined ? 0 : LARGE_BYTES),
  );
  let leave = announced >= LARGE_BYTES ? await engine.place(gone) : undefined;
  try {
    const body = await readBody(http);
    const text =
      latin1(request.text) + (request.text !== '' && body.head.length > 0 ? '\n' : '') + body.head.toString('latin1');
    work.text = latin1(request.text);
    const limit = request.settings.findLast(([name]) => name === 'max_query_size')?.[1];
    const statement = readStatement(text, limit !== undefined && /^\d+$/.test(limit) ? Number(limit) : undefined);
    work.statement = statement;
    if (statement.insert?.takesData !== true && body.rest !== undefined) {
      throw exception(
        62,
        'SYNTAX_ERROR',
        'Syntax error: the query is larger than the embedded engine takes (32 MiB). Max query size exceeded',
      );
    }
    work.logged = logs(request, statement);
    guardStatement(statement.tokens);
    if (statement.insert !== undefined && readsInput(statement.tokens)) {
      throw exception(48, 'NOT_IMPLEMENTED', 'INSERT … SELECT FROM input() is not supported by the embedded engine');
    }
    const values =
      statement.insert?.format.toLowerCase() === 'values' && body.rest === undefined
        ? guardValues(text.slice(statement.insert.dataStart))
        : 'literals';
    if (statement.kind !== 'KillQuery') leave ??= await engine.place(gone);
    const lent = await serving.sessions.lend(request.session);
    try {
      if (lent.lasting && forbidden(request, statement)) {
        throw exception(164, 'READONLY', `Cannot execute query in readonly mode.`);
      }
      const undo = await setUp(lent.connection, request, {
        expressions: values === 'expressions',
        lasting: lent.lasting,
      });
      const stop = () => void abandon(serving, request, statement);
      gone.addEventListener('abort', stop, { once: true });
      try {
        work.started = true;
        return await run(serving, response, work, {
          statement,
          text,
          body,
          inline: values !== 'unreadable',
          connection: lent.connection,
          lasting: lent.lasting,
        });
      } finally {
        gone.removeEventListener('abort', stop);
        await undo().catch(() => undefined);
      }
    } finally {
      await lent.giveBack();
    }
  } finally {
    leave?.();
  }
}

async function run(
  serving: Serving,
  response: ServerResponse,
  work: Work,
  at: { statement: Statement; text: string; body: Body; inline: boolean; connection: Connection; lasting: boolean },
): Promise<Sent> {
  const { engine } = serving;
  const { statement, connection } = at;
  const { request } = work;
  if (RESULTS.test(statement.kind)) {
    const whole =
      request.waitEnd ||
      at.lasting ||
      request.settings.some(([name]) => /^(extremes|output_format_json_array_of_rows)$/.test(name));
    const result: Result =
      statement.kind === 'KillQuery' && statement.tokens[1]?.text.toUpperCase() === 'QUERY'
        ? await killQuery(engine, statement, { format: request.format, isRunning: (id) => serving.running.has(id) })
        : await openResult(connection, statement, { format: request.format, whole, folders: engine.folders });
    work.outcome = result.outcome;
    try {
      return await sendResult(response, request, result);
    } finally {
      await result.close();
    }
  }
  const written =
    statement.insert?.takesData === true
      ? await runInsert(
          connection,
          { text: at.text, insert: statement.insert, rest: at.body.rest, inline: at.inline },
          engine.folders,
        )
      : await connection.write(Buffer.from(statement.head, 'latin1').toString());
  work.outcome = {
    writtenRows: written.rowsWritten,
    writtenBytes: written.bytesWritten,
    elapsedNs: nanoseconds(written.elapsed),
  };
  if (statement.kind === 'System' && /^SYSTEM\s+FLUSH\s+LOGS\b/i.test(statement.head)) await serving.logs.flush();
  return sendNothing(response, work.outcome);
}

/** A client that went away: what only reads is canceled, what writes goes on, as on a server that is told so. */
async function abandon(serving: Serving, request: QueryRequest, statement: Statement): Promise<void> {
  if (!READING.test(statement.kind)) return;
  const kill = readStatement(`KILL QUERY WHERE query_id = '${request.queryId.replace(/[\\']/g, '\\$&')}' ASYNC`);
  await killQuery(serving.engine, kill, { format: 'Null', isRunning: () => false }).catch(() => undefined);
}

/** In a session readonly cannot be set, since it could not be taken back: the kind of statement decides. */
function forbidden(request: QueryRequest, statement: Statement): boolean {
  const readonly = request.settings.find(([name]) => name === 'readonly')?.[1] ?? '0';
  return (request.readOnly || readonly !== '0') && !READING.test(statement.kind);
}

function logs(request: QueryRequest, statement: Statement): boolean {
  if (request.settings.some(([name, value]) => name === 'log_queries' && /^(0|false)$/i.test(value))) return false;
  return !/\blog_queries\s*=\s*(0|'0'|false)/i.test(statement.head);
}

function log(serving: Serving, work: Work, failed: EngineException | undefined): void {
  const text = (failed: EngineException) => failed.text(serving.engine.version);
  serving.logs.add({
    request: work.request,
    user: work.user,
    hostname: serving.engine.hostname,
    database: work.request.database ?? serving.database,
    query: Buffer.from(work.statement?.head ?? work.text, 'latin1').toString(),
    kind: work.statement?.kind ?? 'None',
    startedAt: work.startedAt,
    endedAt: Date.now(),
    outcome: work.outcome,
    started: work.started && !BEFORE_START.has(failed?.code ?? 0),
    ...(failed === undefined ? {} : { failure: { exception: failed, text: text(failed) } }),
  });
}

// Codes that the analysis of a statement throws, before a row is touched.
const BEFORE_START = new Set([16, 46, 47, 48, 50, 56, 57, 60, 62, 63, 73, 81, 82, 115, 164, 452, 456, 457, 497]);

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
