import type { HttpFinding, HttpStage } from '../../model/http-exam.ts';
import type { TargetConfig } from '../../model/target.ts';
import { EngineError } from '../errors.ts';
import { answerFinding, type HttpAnswer } from './answer.ts';
import type { ExamOptions } from './exam.ts';
import { journalOf } from './journal.ts';
import { socketFinding } from './socket-finding.ts';
import type { Question, Talk } from './talk.ts';
import type { Transcript } from './transcript.ts';

/** Ends an attempt with what it met. */
export class Stopped extends Error {
  readonly finding: HttpFinding;

  constructor(finding: HttpFinding) {
    super(finding.condition);
    this.finding = finding;
  }
}

interface Ground {
  talk: Talk;
  url: URL;
  options: ExamOptions;
  transcript: Transcript;
  stages: HttpStage[];
}

/** Refusals that may be meant for the one who says nothing: the password is given, and asked again. */
const GO_ON: readonly HttpFinding['condition'][] = ['refused-between', 'not-found-between', 'no-handler'];

function credentials({ user, password, tls }: TargetConfig): Record<string, string> {
  // A certificate and a password at once are refused by the server, so the certificate speaks only when alone.
  if (tls?.cert !== undefined && password === '')
    return { 'x-clickhouse-user': user, 'x-clickhouse-ssl-certificate-auth': 'on' };
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

const SELECT_ONE = 'SELECT 1';
const READONLY = "SELECT value FROM system.settings WHERE name = 'readonly'";
export const HTTP_HOST = 'check:http-host';
/** All that is sent with credentials. */
export const STATEMENTS = [SELECT_ONE, READONLY];

/** `/ping` without credentials, then `SELECT 1` and `readonly` with them. Throws `Stopped`, or what the connection said. */
export async function converse(ground: Ground): Promise<HttpFinding> {
  const { url, options } = ground;
  const secure = url.protocol === 'https:';
  const base = url.pathname.replace(/\/+$/, '');

  const ping = await ask(ground, 'ping', { method: 'GET', path: `${base}/ping` });
  const met = answerFinding(ping, secure);
  const pong = ping.status === 200 && ping.body.trim() === 'Ok.';
  // Who is not ClickHouse is not told the password.
  if (met !== undefined && !GO_ON.includes(met.condition)) throw new Stopped(met);
  if (met === undefined && !pong)
    throw new Stopped({ condition: 'other-service', status: ping.status, said: line(ping.body) });

  const select = async (stage: HttpStage['stage'], sql: string) => {
    const { entry, queryId } = journalOf(options.hooks, sql, { by: HTTP_HOST });
    const query = new URLSearchParams({ database: options.config.database, query_id: queryId });
    const path = `${base}/?${query}`;
    try {
      const answer = await ask(ground, stage, {
        method: 'POST',
        path,
        headers: credentials(options.config),
        body: sql,
      });
      const refusal = answerFinding(answer, secure);
      if (refusal) throw new Stopped(refusal);
      entry.ok({ bytes: answer.body.length });
      return answer;
    } catch (error) {
      entry.failed(journalled(error));
      throw error;
    }
  };
  const one = await select('query', SELECT_ONE);
  if (one.body.trim() !== '1')
    throw new Stopped({ condition: 'other-service', status: one.status, said: line(one.body) });
  // Not every server shows its settings to everyone; then nothing is said of them.
  const readonly = await select('readonly', READONLY).catch(() => undefined);
  const value = readonly?.body.trim();
  return value === '1' || value === '2' ? { condition: 'readonly', said: `readonly = ${value}` } : { condition: 'ok' };
}

async function ask({ talk, options, transcript, stages }: Ground, stage: HttpStage['stage'], question: Question) {
  const started = performance.now();
  transcript.question(question);
  const end = (outcome: HttpStage['outcome'], firstByteMs?: number) => {
    const ms = Math.round((performance.now() - started) * 10) / 10;
    stages.push({ stage, ms, ...(firstByteMs === undefined ? {} : { first_byte_ms: firstByteMs }), outcome });
  };
  try {
    const { answer, firstByteMs } = await talk.ask(question, options.signal);
    transcript.answer(answer);
    end(answer.status === 200 ? 'ok' : 'failed', firstByteMs);
    return answer satisfies HttpAnswer;
  } catch (error) {
    end('failed');
    throw error;
  }
}

function line(body: string): string {
  return body.replace(/\s+/g, ' ').trim().slice(0, 200);
}

/** The same as the journal knows failures. */
function journalled(error: unknown): EngineError {
  const { condition, code, said } = error instanceof Stopped ? error.finding : socketFinding(error);
  return new EngineError({ failure: code === undefined ? 'other' : 'server', message: said ?? condition, code });
}
