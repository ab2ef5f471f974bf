import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { load } from '../../src/load/load.ts';
import type { LoadFacts } from '../../src/model/load.ts';
import { openSources } from '../../src/source/open.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const missing = oldServerMissing();

describe.runIf(missing === undefined)('on a real old server', () => {
  let server: OldServer;
  let target: Target;
  let folder: string;
  const signal = new AbortController().signal;

  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    target = await openTarget(server.config(), probeHooks());
    folder = mkdtempSync(join(tmpdir(), 'chwitness-load-'));
  });
  afterAll(async () => {
    await target?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(table: string, input: string, batchRows = 1000, stop = signal): Promise<LoadFacts> {
    const sources = await openSources([input], { stdin: Readable.from([]), cwd: folder, signal });
    return load(
      {
        tables: [{ table: { database: 'default', table }, sources }],
        create: false,
        batchRows,
        batchBytes: 1 << 24,
        connections: 2,
        settings: {},
      },
      {
        target,
        infer: async () => [],
        workDir: folder,
        signal: stop,
        progress: () => undefined,
        keep: async () => undefined,
        append: () => undefined,
      },
    );
  }

  async function one(sql: string): Promise<Record<string, string>> {
    const [row] = await target.all<Record<string, string>>(sql);
    return row ?? {};
  }

  test('CSV with quoted line feeds, commas and quotes arrives value for value', async () => {
    await target.command('CREATE TABLE texts (id UInt32, note String) ENGINE = MergeTree ORDER BY id');
    const rows = Array.from({ length: 5000 }, (_, id) => [
      String(id),
      `${'"'.repeat(id % 3)}a,\n${id}\r\n'x${','.repeat(id % 4)}`,
    ]);
    const csv = rows.map(([id, note]) => `"${note?.replaceAll('"', '""')}",${id}\r\n`).join('');
    writeFileSync(join(folder, 'texts.csv'), `note,id\r\n${csv}`);
    expect(parse(csv)).toHaveLength(5000);
    const facts = await run('texts', 'texts.csv', 300);
    expect(facts).toMatchObject({ status: 'ok', rows_sent: 5000, rows_written: 5000 });
    expect(facts.tables[0]).toMatchObject({
      batches: 17,
      rows_written_from: 'acknowledged batches',
      format: 'CSVWithNames',
    });
    const sum = rows.reduce((total, [, note]) => total + BigInt(crc32(note ?? '')), 0n);
    expect(await one('SELECT toString(count()) AS n, toString(sum(id)) AS ids FROM texts')).toEqual({
      n: '5000',
      ids: '12497500',
    });
    let stored = 0n;
    for await (const { note } of target.rows<{ note: string }>('SELECT note FROM texts')) stored += BigInt(crc32(note));
    expect(stored).toBe(sum);
  });

  test('TabSeparated with escaped line feeds, and JSON with nested braces', async () => {
    await target.command('CREATE TABLE lines (id UInt32, note String) ENGINE = MergeTree ORDER BY id');
    const tsv = Array.from({ length: 100 }, (_, id) => `${id}\ta\\\nb\\\\\t\n`.replace('\\\\\t', '\\\\')).join('');
    writeFileSync(join(folder, 'lines.tsv'), tsv);
    expect(await run('lines', 'lines.tsv', 7)).toMatchObject({ status: 'ok', rows_written: 100 });
    const json = JSON.stringify(
      Array.from({ length: 100 }, (_, id) => ({ id: id + 100, note: `{"}],[\\${id}` })),
      null,
      1,
    );
    writeFileSync(join(folder, 'lines.json'), json);
    expect(await run('lines', 'lines.json', 7)).toMatchObject({ status: 'ok', rows_written: 100 });
    expect(await one("SELECT toString(count()) AS n, toString(countIf(note = 'a\\nb\\\\')) AS tsv FROM lines")).toEqual(
      {
        n: '200',
        tsv: '100',
      },
    );
    expect(await one('SELECT note FROM lines WHERE id = 142')).toEqual({ note: '{"}],[\\42' });
  });

  test('a bad value is the server’s error, with the batches before it stored', async () => {
    await target.command('CREATE TABLE numbers_only (a UInt32) ENGINE = MergeTree ORDER BY a');
    writeFileSync(join(folder, 'bad.csv'), `${Array.from({ length: 95 }, (_, at) => at).join('\n')}\nnot a number\n`);
    const facts = await run('numbers_only', 'bad.csv', 10);
    expect(facts).toMatchObject({
      status: 'failed',
      rows_sent: 96,
      rows_written: 90,
      error: { failure: 'server', code: 117 },
    });
    expect(await one('SELECT toString(count()) AS n FROM numbers_only')).toEqual({ n: '90' });
  });

  test('a table that is not there, and a server that is not there', async () => {
    writeFileSync(join(folder, 'one.json'), '{"a":1}\n');
    const facts = await run('nowhere', 'one.json');
    expect(facts).toMatchObject({ status: 'failed', error: { code: 60 }, rows_sent: 0 });
    expect(facts.error?.message).toContain('--create');
  });

  test('a stop in the middle ends soon, and counts what was acknowledged', async () => {
    await target.command('CREATE TABLE many (id UInt32) ENGINE = MergeTree ORDER BY id');
    writeFileSync(join(folder, 'many.json'), Array.from({ length: 200_000 }, (_, id) => `{"id":${id}}\n`).join(''));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 150);
    const facts = await run('many', 'many.json', 100, stop.signal);
    expect(facts).toMatchObject({ status: 'canceled', error: { failure: 'canceled' } });
    expect(facts.rows_written).toBeLessThan(200_000);
    const { n } = await one('SELECT toString(count()) AS n FROM many');
    expect(Number(n)).toBeGreaterThanOrEqual(facts.rows_written);
    expect(Number(n)).toBeLessThanOrEqual(facts.rows_sent);
  });
});
