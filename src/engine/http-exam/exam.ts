import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpExam, HttpFinding } from '../../model/http-exam.ts';
import type { TargetConfig } from '../../model/target.ts';
import type { TargetHooks } from '../target.ts';
import { attempt, placeOf } from './attempt.ts';
import { HTTP_HOST, STATEMENTS } from './converse.ts';
import { journalOf } from './journal.ts';
import { Transcript } from './transcript.ts';

export interface ExamOptions {
  config: TargetConfig;
  hooks: TargetHooks;
  signal: AbortSignal;
  /** How long a service that sleeps may take to wake up, ms; 0: it is asked once. */
  wakingMs: number;
}

export interface Examined {
  exam: HttpExam;
  /** The exchange as text, without credentials. */
  transcript: string;
}

/** A first answer that took longer than this came from a service that slept, ms. */
const SLOW_MS = 3000;
const MAY_WAKE: readonly HttpFinding['condition'][] = ['gateway-down', 'silent'];
const PAUSES = [500, 1000, 2000, 4000, 8000];

/** Looks at an HTTP interface stage by stage: name, TCP, TLS, `/ping`, `SELECT 1`. Never throws: what it met is the result. */
export async function examine(options: ExamOptions): Promise<Examined> {
  const { config, hooks, signal, wakingMs } = options;
  const url = new URL(config.url);
  const transcript = new Transcript();
  if (hooks.listOnly === true) return { exam: list(options, url), transcript: transcript.text() };
  const started = performance.now();
  const passed = () => Math.round(performance.now() - started);
  let attempts = 1;
  let last = await attempt(options, url, transcript);
  for (const pause of PAUSES) {
    const worthwhile = MAY_WAKE.includes(last.finding.condition) && passed() + pause <= wakingMs;
    if (!worthwhile || signal.aborted) break;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    attempts += 1;
    transcript.note(`attempt ${attempts}`);
    last = await attempt(options, url, transcript);
  }
  const slow = last.stages.some(({ first_byte_ms = 0 }) => first_byte_ms > SLOW_MS);
  const woke = last.finding.condition === 'ok' && (attempts > 1 || slow);
  return {
    exam: {
      ...asked(options, url),
      addresses: last.addresses,
      ...(last.connected === undefined ? {} : { connected_to: last.connected }),
      stages: last.stages,
      ...(last.tls === undefined ? {} : { tls: last.tls }),
      finding: woke ? { ...last.finding, condition: 'waking-up' } : last.finding,
      attempts,
      total_ms: passed(),
    },
    transcript: transcript.text(),
  };
}

function asked({ config }: ExamOptions, url: URL) {
  const { user, database, proxy } = config;
  return {
    url: config.url,
    user,
    database,
    ...placeOf(url),
    ...(proxy === undefined ? {} : { via: new URL(proxy).host }),
  };
}

/** What would be sent, written down and not sent. */
function list(options: ExamOptions, url: URL): HttpExam {
  for (const sql of STATEMENTS) journalOf(options.hooks, sql, { by: HTTP_HOST, listed: true }).entry.ok();
  return { ...asked(options, url), addresses: [], stages: [], finding: { condition: 'ok' }, attempts: 0, total_ms: 0 };
}
