import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import check from '../../checks/text-log.ts';
import type { LineGroup, TextLogFacts } from '../../src/diagnose/logs/text-log-facts.ts';
import { createControl } from '../../src/evidence/control.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { adapt, sqlLibrary } from '../../src/registry/sql-file.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { collectWith, resultOf } from './collect-with.ts';
import { say } from './say.ts';

type Outcome = TextLogFacts['control']['text_log'];
const SEEN: Outcome = { outcome: 'seen', after_ms: 300 };
const at = { utc: '2026-11-24T11:59:00Z', server: '2026-11-24 14:59:00 Europe/Moscow' };
const INFORMATION: LineGroup = {
  level: 'Information',
  number: 6,
  logger: 'Application',
  own: false,
  lines: 40,
  first: at,
  last: at,
};
const ERROR: LineGroup = { ...INFORMATION, level: 'Error', number: 3, logger: 'executeQuery', lines: 2 };

function facts(groups: LineGroup[] | null, text_log = SEEN, covers: 'window' | 'now' = 'window'): TextLogFacts {
  return {
    window: { from: '2026-11-24T11:00:00Z', to: '2026-11-24T12:00:00Z', margin_seconds: 30 },
    control: {
      run_id: 'r1',
      covers,
      canaries: [],
      flush: { outcome: 'flushed', message: '', remedies: [] },
      settings: {},
      query_log: SEEN,
      text_log,
    },
    log: groups && {
      rows: { path: 'data/t.jsonl', bytes: 10, lines: 42 },
      groups,
      groups_cut: false,
      errors: groups
        .filter((one) => one.number <= 3 && !one.own)
        .map((one) => ({
          at,
          level: one.level,
          logger: one.logger,
          query_id: 'q-1',
          message: 'Code: 60. DB::Exception',
        })),
    },
    asked: { ids: [] },
  };
}

describe('what the lines say', () => {
  test('lines of level Error warn and are quoted with their query and the server’s own time', () => {
    const said = say(check, facts([ERROR, INFORMATION]));
    expect(said).toMatchObject({
      status: 'warn',
      message: '2 lines of level Error or worse: Error of executeQuery 2',
    });
    expect(said.because[0]).toEqual({
      text: '2026-11-24T11:59:00Z (2026-11-24 14:59:00 Europe/Moscow) Error executeQuery, query_id q-1: Code: 60. DB::Exception',
      file: 'data/t.jsonl',
    });
  });

  test('those of our own questions do not', () => {
    expect(say(check, facts([{ ...ERROR, own: true }, INFORMATION]))).toMatchObject({
      status: 'pass',
      message: '40 lines, none of them Error or worse (Information 40)',
    });
  });

  test('a log too coarse for statements can still be free of errors', () => {
    const coarse: Outcome = { outcome: 'unavailable', reason: 'level', because: 'nothing finer', remedies: ['debug'] };
    expect(say(check, facts([INFORMATION], coarse))).toMatchObject({ status: 'pass', remedies: ['debug'] });
    expect(say(check, facts([], coarse)).status).toBe('skip');
  });
});

describe('what silence says', () => {
  test('nothing, where control queries were not seen', () => {
    const lost: Outcome = { outcome: 'not-seen', waited_ms: 20_000, because: 'it lags behind', remedies: [] };
    const elsewhere: Outcome = { outcome: 'unavailable', reason: 'other-node', because: 'on node b', remedies: [] };
    for (const outcome of [lost, elsewhere])
      expect(say(check, facts([INFORMATION], outcome))).toMatchObject({
        status: 'skip',
        message: expect.stringContaining('nothing is established'),
      });
  });

  test('nothing of a past window in which no line was written', () => {
    expect(say(check, facts([], SEEN, 'now'))).toMatchObject({
      status: 'skip',
      message: expect.stringContaining('whether it was then is not established'),
    });
  });

  test('without the table, why and what would mend it', () => {
    const none: Outcome = {
      outcome: 'unavailable',
      reason: 'table',
      because: 'does not exist',
      remedies: ['configure'],
    };
    expect(say(check, facts(null, none))).toMatchObject({
      status: 'skip',
      message: 'text_log cannot be relied on: does not exist',
      remedies: ['configure'],
    });
  });
});

test('servers of 19.14 to 20.9, whose lines have whole seconds and microseconds apart, are asked for those', () => {
  const old = [
    'event_date',
    'event_time',
    'microseconds',
    'thread_name',
    'level',
    'query_id',
    'logger_name',
    'message',
  ];
  const library = sqlLibrary();
  for (const name of ['text-log-rows', 'text-log-errors', 'text-log-by-id']) {
    const text = library(name).text({ text_log: old });
    expect(text).toContain('event_time DESC, microseconds DESC');
    expect(text).not.toContain('event_time_microseconds');
  }
  expect(adapt('a -- if: system.text_log.microseconds', { text_log: old })).toBe('a');
});

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await engine.target.command('CREATE TABLE default.t (n UInt8) ENGINE = MergeTree ORDER BY n');
    await engine.target.all('SELECT missing FROM default.t', { queryId: 'mine-1' }).catch(() => undefined);
  });
  afterAll(() => engine?.close());

  test('errors are quoted with their query, and lines of a statement are kept', async () => {
    const { target } = engine;
    const control = createControl({ target, runId: 'r1', statements: sqlLibrary(), clock: systemClock });
    let lines: Record<string, unknown>[] = [];
    const found = await collectWith(target, [check], {
      phase: 'after',
      control,
      queryIds: ['mine-1'],
      limits: { rows: 1000, artifact_bytes: 10_000_000 },
      look: (folder) => {
        const text = readFileSync(join(folder, 'data/artifacts/after/text-log/query_ids.jsonl'), 'utf8');
        lines = text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
      },
    });
    const kept = check.facts.parse(found.facts.get('text-log'));
    expect(kept.control.text_log.outcome).toBe('seen');
    expect(resultOf(found.results, 'text-log')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/^\d+ lines? of level Error or worse: Error of executeQuery 1/),
    });
    expect(kept.log?.errors.find((one) => one.query_id === 'mine-1')).toMatchObject({
      level: 'Error',
      message: expect.stringMatching(/^Code: 47\. DB::Exception/),
    });
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.every((line) => line.query_id === 'mine-1')).toBe(true);
    expect(kept.log?.groups.some((one) => one.own)).toBe(true);
  });
});
