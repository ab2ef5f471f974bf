import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeTable } from '../../src/commands/probe.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { cleanLeftovers } from '../../src/evidence/scratch.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { startEngine, type TestEngine } from '../helpers/engine.ts';
import { everyOldType, everyType } from '../helpers/every-type.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'chwitness-probe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function prepare(target: Target, statements: readonly string[]): Promise<void> {
  await target.command('CREATE DATABASE shop');
  for (const statement of statements) await target.command(statement);
}

/** Rows of every table that there is, hidden ones of views too. */
async function counts(target: Target): Promise<Record<string, string>> {
  const tables = await target.all<{ name: string; engine: string }>(
    "SELECT name, engine FROM system.tables WHERE database = 'shop' ORDER BY name",
  );
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await target.all<{ c: string }>(`SELECT count() AS c FROM shop.\`${name}\``);
    found[name] = String(row?.c);
  }
  return found;
}

const probe = (target: Target, table: string) =>
  probeTable({
    target,
    table: { database: 'shop', table },
    runId: 'test-1',
    ledger: join(folder, 'ledger.jsonl'),
    signal,
  });

const said = (steps: readonly { step: string; status: string }[]) => steps.map((one) => `${one.step} ${one.status}`);

describe('on the embedded engine', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
    await prepare(engine.target, everyType);
  });
  afterAll(() => engine?.close());

  test('every type family passes, or is named with the reason; nothing is left behind', async () => {
    const before = await counts(engine.target);
    const found = await probe(engine.target, 'every');
    expect(found.steps.map((one) => one.message)).toEqual([
      'an insert of no rows into shop.every is accepted',
      `a test row of ${found.columns_tried.length} columns was stored and read back the same`,
    ]);
    expect(found.columns_left.map((left) => left.column).sort()).toEqual(['agg', 'al', 'eph', 'geo', 'mat', 'parsed']);
    const [all] = await engine.target.all<{ c: string }>(
      "SELECT count() AS c FROM system.columns WHERE database = 'shop' AND table = 'every'",
    );
    expect(found.columns_tried.length + found.columns_left.length).toBe(Number(all?.c));
    expect(found.columns_left.every((left) => left.reason.length > 20)).toBe(true);
    expect(await counts(engine.target)).toEqual(before);
  });

  test('no row of the test stands in the text of a query', async () => {
    engine.hooks.records.length = 0;
    await probe(engine.target, 'every');
    const inserts = engine.hooks.records.filter((record) => record.kind === 'insert');
    expect(inserts.length).toBeGreaterThan(0);
    expect(inserts.filter((record) => /chwitness'|2024-02-29/.test(record.sql))).toEqual([]);
  });

  test('views are followed to what stores, with no row in any of them', async () => {
    const before = await counts(engine.target);
    expect(said((await probe(engine.target, 'to_sums')).steps)).toEqual([
      'storage ok',
      'empty insert ok',
      'test row ok',
    ]);
    expect(said((await probe(engine.target, 'own')).steps)).toEqual(['empty insert ok', 'test row ok']);
    expect(await counts(engine.target)).toEqual(before);
  });

  test('a constraint that no row satisfies is named', async () => {
    await engine.target.command(
      'CREATE TABLE shop.never (a UInt8, CONSTRAINT nope CHECK a > 3 AND a < 2) ENGINE = Memory',
    );
    const found = await probe(engine.target, 'never');
    expect(found.steps.at(-1)).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('satisfies constraint nope'),
    });
  });

  test('a table that is not there is an error with a next step', async () => {
    await expect(probe(engine.target, 'missing')).rejects.toMatchObject({ code: 'TABLE_NOT_VISIBLE' });
  });
});

describe.runIf(oldServerMissing() === undefined)('on a server of 18.16', () => {
  let server: OldServer;
  const targets: Target[] = [];
  const open = async (change: Partial<TargetConfig> = {}) => {
    const target = await openTarget(server.config(change), { runId: 'test' });
    targets.push(target);
    return target;
  };
  let target: Target;

  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await open();
    await prepare(target, everyOldType);
  });
  afterAll(async () => {
    for (const one of targets) await one.close();
    await server?.stop();
  });

  test('every type family passes, also behind a Buffer and a view; nothing is left behind', async () => {
    const before = await counts(target);
    for (const table of ['every', 'to_sums', 'own', 'buffer']) {
      const found = await probe(target, table);
      expect(said(found.steps).slice(-2)).toEqual(['empty insert ok', 'test row ok']);
    }
    expect(await counts(target)).toEqual(before);
  });

  test('a read-only user fails at the first rung, with the server’s own words', async () => {
    const found = await probe(await open({ user: 'reader' }), 'every');
    expect(found.steps).toMatchObject([{ step: 'empty insert', status: 'failed', error: { code: 164 } }]);
  });

  test('what a kill in the middle leaves is removed at the next start, and nothing else', async () => {
    const ledger = join(folder, 'killed.jsonl');
    await target.command('CREATE TABLE shop._chwitness_of_someone_else (a UInt8) ENGINE = Memory');
    const script = join(packageRoot, 'test', 'helpers', 'hold-scratch.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(server.config()), ledger], {
      cwd: packageRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const name = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      child.once('exit', () => reject(new Error('it ended before it was killed')));
    });
    child.kill('SIGKILL');
    await ended;
    expect(Object.keys(await counts(target))).toContain(name);
    expect(await cleanLeftovers(target, ledger)).toEqual([`shop.${name}`]);
    const left = Object.keys(await counts(target));
    expect(left).not.toContain(name);
    expect(left).toContain('_chwitness_of_someone_else');
    expect(existsSync(ledger)).toBe(false);
    expect(await cleanLeftovers(target, ledger)).toEqual([]);
  });
});
