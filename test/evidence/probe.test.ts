import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { openPhase } from '../../src/evidence/probe.ts';
import { NeedUnmet } from '../../src/evidence/run-sql.ts';
import { openStore, type Store } from '../../src/evidence/store.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { parseSqlFile, sqlLibrary } from '../../src/registry/sql-file.ts';
import { noTools } from '../checks/collect-with.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { type HooksProbe, probeHooks } from '../helpers/target-hooks.ts';

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  let server: OldServer | undefined;
  let target: Target;
  let hooks: HooksProbe;
  let folder: string;
  let store: Store;
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    hooks = probeHooks();
    target = await openTarget(server.config(), hooks);
    await target.command("CREATE TABLE default.t (n UInt64, s String DEFAULT 'x') ENGINE = MergeTree ORDER BY n");
    folder = mkdtempSync(join(tmpdir(), 'chwitness-probe-'));
    store = await openStore(folder, createRedactor({ known: [{ label: 'DB_PASSWORD', value: 'pw-in-the-rows' }] }));
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const numbers = parseSqlFile(
    'numbers',
    '-- title: numbers\nSELECT number AS n, {word:String} AS word FROM (SELECT number FROM system.numbers LIMIT 500) ORDER BY number LIMIT {limit:UInt64}',
    'x',
  );
  const modern = parseSqlFile('modern', '-- needs: system.errors\nSELECT 1', 'x');
  const open = (id: string) =>
    openPhase({
      phase: 'before',
      target,
      tables: [{ database: 'default', table: 't' }],
      statements: sqlLibrary([numbers, modern]),
      store,
      window: () => ({ from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' }),
      ownErrors: () => [],
      limits: { rows: 20, artifact_bytes: 100 },
      clock: systemClock,
      tools: noTools,
    }).open({ id }, new AbortController().signal);

  test('rows stop at the budget, and the call says what was cut and what it cost', async () => {
    const { probe, calls } = open('budget');
    const rows = await probe.sql<{ n: string; word: string }>('numbers', { word: "it's" });
    expect(rows).toHaveLength(20);
    expect(rows[0]).toEqual({ n: '0', word: "it's" });
    expect(calls).toMatchObject([
      {
        what: 'sql numbers',
        params: { word: "it's" },
        rows: 20,
        cut: 'the first 20 rows, at the limit rows',
        outcome: 'ok',
      },
    ]);
    expect(calls[0]?.ms).toBeGreaterThan(0);
  });

  test('statements carry the purpose of their check', async () => {
    await open('tagged').probe.sql('numbers', { word: '', limit: 1 });
    expect(hooks.records.map((record) => record.purpose)).toContain('check:tagged');
  });

  test('a raw result ends at a whole line within the budget, redacted on its way', async () => {
    const { probe, calls } = open('raw');
    const { path } = await probe.sqlArtifact('numbers', 'numbers.ndjson', { word: 'pw-in-the-rows' });
    expect(path).toBe('data/artifacts/before/raw/numbers.ndjson');
    const text = readFileSync(join(folder, path), 'utf8');
    expect(text).toMatch(/^\{.*\}\n(\{.*\}\n)*$/);
    expect(text).not.toContain('pw-in-the-rows');
    expect(calls[0]?.cut).toMatch(/^the newest \d+ bytes, at the limit artifact_bytes = 100$/);
  });

  test('structures of a server without positions and codecs have the same shape', async () => {
    const { probe } = open('schema');
    const [table, ...others] = await probe.schema();
    expect(others).toEqual([]);
    expect(table).toMatchObject({
      name: { database: 'default', table: 't' },
      engine: 'MergeTree',
      columns: [
        { name: 'n', type: 'UInt64', default_kind: '', codec: '' },
        { name: 's', type: 'String', default_kind: 'DEFAULT' },
      ],
    });
    expect(await probe.schema([{ database: 'default', table: 'nowhere' }])).toEqual([]);
  });

  test('a statement that needs what this server lacks is unmet, not failed', async () => {
    await expect(open('modern').probe.sql('modern')).rejects.toBeInstanceOf(NeedUnmet);
  });

  test('a refused call is recorded with its message', async () => {
    const { probe, calls } = open('refused');
    await expect(probe.sql('row-count', { database: 'default', table: 'nowhere' })).rejects.toThrow();
    expect(calls).toMatchObject([{ outcome: 'error', message: expect.stringContaining("doesn't exist") }]);
  });

  test('capabilities that nobody asked for yet are an error that says what to do', () => {
    expect(() => open('early').probe.capabilities).toThrow('the target has not answered');
  });
}
