import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { createControl } from '../../src/evidence/control.ts';
import { hiddenBySettings, levelTooCoarse, otherNode, tableHidden } from '../../src/evidence/control-reasons.ts';
import { watchLog } from '../../src/evidence/control-watch.ts';
import { runSql } from '../../src/evidence/run-sql.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { shortId } from '../../src/kernel/names.ts';
import type { SqlValue } from '../../src/model/check.ts';
import { type ControlFacts, controlFacts, controlSentence } from '../../src/model/control.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const WAITS = { flushed: 9000, unflushed: 20_000, step: 200 };

async function settled(target: Target, waits = WAITS): Promise<ControlFacts> {
  const control = createControl({ target, runId: shortId(), statements: sqlLibrary(), clock: systemClock, waits });
  await control.start('window');
  // What is kept must be what its schema reads.
  return controlFacts.parse(await control.settle('after'));
}

describe('why a log cannot be relied on', () => {
  const who = { user: 'loader', version: '24.8.1.1' };

  test.each([
    [{ log_queries: '0' }, /^log_queries = 0 for loader/],
    [{ log_queries: '1', log_queries_min_type: 'EXCEPTION_BEFORE_START' }, /only statements that failed are logged/],
    [{ log_queries: '1', log_queries_probability: '0.1' }, /only that share/],
    [{ log_queries: '1', log_queries_min_query_duration_ms: '500' }, /shorter statements are not logged/],
  ])('%j hides statements, with the setting that would mend it', (settings, because) => {
    const found = hiddenBySettings(settings, 'loader');
    expect(found).toMatchObject({ reason: 'setting', because: expect.stringMatching(because) });
    expect(found?.remedies[0]).toMatch(/^ALTER USER `loader` SETTINGS log_queries/);
  });

  test('the usual settings hide nothing, nor does a server that does not know them', () => {
    const usual = { log_queries: '1', log_queries_min_type: 'QUERY_START', log_queries_probability: '1' };
    expect(hiddenBySettings({ ...usual, log_queries_min_query_duration_ms: '0' }, 'loader')).toBeUndefined();
    expect(hiddenBySettings({ ...usual, log_queries_min_type: 'QUERY_FINISH' }, 'loader')).toBeUndefined();
    expect(hiddenBySettings({}, 'loader')).toBeUndefined();
  });

  test('a lacking grant is told from a lacking table, and from what cannot be known', () => {
    const granted = (line: string) => tableHidden('query_log', { ...who, grants: [line] });
    expect(granted('GRANT INSERT ON shop.* TO loader')).toEqual({
      outcome: 'unavailable',
      reason: 'grant',
      because: 'SELECT on system.query_log is not granted to loader',
      remedies: ['GRANT SELECT ON `system`.`query_log` TO `loader`'],
    });
    expect(granted('GRANT SELECT ON *.* TO loader')).toMatchObject({
      reason: 'table',
      because: expect.stringContaining('does not exist on this server (24.8.1.1), not even after a flush'),
    });
    expect(granted('GRANT writer TO loader').because).toMatch(
      /does not exist on this server .*, or loader may not see it/,
    );
    expect(tableHidden('text_log', { ...who, grants: undefined }).remedies).toHaveLength(1);
  });

  test('another node than the one that was read is named', () => {
    expect(otherNode('query_log', ['a', 'a'], 'a')).toBeUndefined();
    expect(otherNode('query_log', ['a', 'b'], 'a')).toMatchObject({
      reason: 'other-node',
      because: expect.stringMatching(/was read on a, and control queries were answered by b/),
    });
  });

  test('a text log of level Information holds no statements', () => {
    expect(levelTooCoarse(6)).toMatchObject({ reason: 'level', because: expect.stringContaining('Information') });
    expect([levelTooCoarse(7), levelTooCoarse(8), levelTooCoarse(0)]).toEqual([undefined, undefined, undefined]);
  });

  test('no two outcomes are told by the same sentence', () => {
    const outcomes: ControlFacts['query_log'][] = [
      { outcome: 'seen', after_ms: 5 },
      { outcome: 'not-seen', waited_ms: 9000, because: 'it lags', remedies: [] },
      { outcome: 'unavailable', reason: 'grant', because: 'not granted', remedies: [] },
    ];
    const texts = outcomes.flatMap((query_log) =>
      (['window', 'now'] as const).map((covers) =>
        controlSentence({ covers, query_log, text_log: query_log }, 'query_log'),
      ),
    );
    expect(new Set(texts).size).toBe(4);
    expect(texts[1]).toContain('works now');
  });
});

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine?.close());

  test('control queries are seen in both logs after a flush', async () => {
    const facts = await settled(engine.target);
    expect(facts).toMatchObject({
      covers: 'window',
      flush: { outcome: 'flushed' },
      query_log: { outcome: 'seen' },
      text_log: { outcome: 'seen' },
    });
    expect(facts.canaries.map((one) => one.at)).toEqual(['start', 'end']);
    expect(facts.canaries.map((one) => one.query_id)).toEqual([
      `chwitness-${facts.run_id}-control-start`,
      `chwitness-${facts.run_id}-control-end`,
    ]);
    expect(new Set(facts.canaries.map((one) => one.hostname)).size).toBe(1);
  });

  test('with log_queries_min_type = EXCEPTION_BEFORE_START the log is unavailable, whatever is in it', async () => {
    const settings = { log_queries_min_type: 'EXCEPTION_BEFORE_START' };
    const other = await startEngine({ settings });
    try {
      expect((await settled(other.target)).query_log).toMatchObject({
        outcome: 'unavailable',
        reason: 'setting',
        because: expect.stringContaining('log_queries_min_type = EXCEPTION_BEFORE_START'),
      });
    } finally {
      await other.close();
    }
  });

  test('both are sent once, however many checks ask', async () => {
    const { records } = engine.hooks;
    const from = records.length;
    const control = createControl({
      target: engine.target,
      runId: shortId(),
      statements: sqlLibrary(),
      clock: systemClock,
      waits: WAITS,
    });
    await Promise.all([control.start('window'), control.start('now')]);
    await Promise.all([control.settle('after'), control.settle('after')]);
    const sent = records.slice(from).filter((one) => /control-(start|end)$/.test(one.query_id));
    expect(sent.map((one) => one.query_id.replace(/.*-/, ''))).toEqual(['start', 'end']);
    expect(records.slice(from).every((one) => one.purpose === 'control')).toBe(true);
  });
});

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  describe('on 18.16', () => {
    let server: OldServer;
    const open: Target[] = [];
    const as = async (change: Partial<TargetConfig> = {}) => {
      const target = await openTarget(server.config(change), probeHooks());
      open.push(target);
      return target;
    };
    beforeAll(async () => {
      const started = await startOldServer();
      if (!started.server) throw new Error(started.reason);
      server = started.server;
    });
    afterAll(async () => {
      for (const target of open) await target.close();
      await server?.stop();
    });

    test('log_queries = 0 makes the log unavailable, whether or not its table is there', async () => {
      const facts = await settled(await as({ settings: { log_queries: '0' } }));
      expect(facts.query_log.outcome).toBe('unavailable');
      await settled(await as());
      const again = await settled(await as({ settings: { log_queries: '0' } }));
      expect(again.query_log).toMatchObject({ reason: 'setting', because: expect.stringContaining('log_queries = 0') });
    });

    test('a setting that only the load carries hides its INSERTs as well', async () => {
      const target = await as();
      const loadSettings = { log_queries: '0', max_threads: '1' };
      const given = { target, runId: shortId(), statements: sqlLibrary(), clock: systemClock, waits: WAITS };
      const facts = await createControl({ ...given, loadSettings }).settle('after');
      expect(facts.query_log).toMatchObject({ reason: 'setting', because: expect.stringContaining('log_queries = 0') });
      expect(facts.settings).not.toHaveProperty('max_threads');
    });

    test('a table that only the flush makes is known afterwards, and the queries are in it', async () => {
      const target = await as();
      const facts = await settled(target);
      expect(facts).toMatchObject({
        query_log: { outcome: 'seen' },
        text_log: { outcome: 'unavailable', reason: 'table' },
        settings: { log_queries: '1' },
      });
      expect((await target.capabilities()).system.query_log).toContain('query_id');
    });

    test('a user who may not flush waits until the server does', async () => {
      const facts = await settled(await as({ user: 'reader', settings: { log_queries: '1' } }));
      expect(facts.flush).toMatchObject({ outcome: 'not-allowed' });
      expect(facts.query_log.outcome).toBe('seen');
    });

    test('queries that are not there, or were answered elsewhere, are not seen', async () => {
      const target = await as();
      await target.command('SYSTEM FLUSH LOGS');
      const capabilities = await target.capabilities();
      const statements = sqlLibrary();
      const signal = new AbortController().signal;
      const sql = async <Row>(name: string, params: Record<string, SqlValue>) =>
        (await runSql<Row>({ target, capabilities, limits: { rows: 10 } }, statements(name), params, { signal })).rows;
      const watched = {
        sql,
        clock: systemClock,
        waits: { flushed: 600, unflushed: 600, step: 100 },
        flushed: true,
        signal,
        user: 'default',
      };
      const canary = (change: object) => ({
        at: 'end' as const,
        query_id: 'chwitness-nobody-control-end',
        sent_at: new Date().toISOString(),
        hostname: capabilities.hostname,
        ...change,
      });
      expect(await watchLog('query_log', [canary({})], watched)).toMatchObject({
        outcome: 'not-seen',
        because: 'other entries of that time are there, these are not',
      });
      expect(await watchLog('query_log', [canary({ sent_at: '2030-01-01T00:00:00Z' })], watched)).toMatchObject({
        outcome: 'not-seen',
        because: expect.stringContaining('nothing at all was written'),
      });
      expect(await watchLog('query_log', [canary({ hostname: 'node-b' })], watched)).toMatchObject({
        outcome: 'unavailable',
        reason: 'other-node',
      });
      const nodes = () => ['ch-a', 'ch-b'];
      expect(await watchLog('query_log', [canary({})], { ...watched, nodes })).toMatchObject({
        reason: 'other-node',
        because: expect.stringContaining('answered by several nodes (ch-a, ch-b)'),
      });
      expect(await watchLog('query_log', [canary({ error: 'refused' })], watched)).toMatchObject({
        outcome: 'unavailable',
        reason: 'unanswered',
      });
    });

    test('a server that is gone is a fact, not an error', async () => {
      const target = await as({ url: 'http://127.0.0.1:9' });
      const facts = await settled(target);
      expect(facts.query_log).toMatchObject({ outcome: 'unavailable', reason: 'unanswered' });
    });
  });
}
