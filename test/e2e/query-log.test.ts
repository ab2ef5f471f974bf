import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile, showBundle } from '../../src/commands/bundle.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import type { CheckResult, RunJson } from '../../src/model/run.ts';
import { openPlace, type Place, type Running } from '../helpers/cli.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';
import { probeHooks } from '../helpers/target-hooks.ts';

const ROWS = 200_000;
const MEMORY = 200_000_000;

function checkOf(run: RunJson | undefined, id: string): CheckResult {
  const found = run?.checks.find((one) => one.id === id && one.phase === 'after');
  if (!found) throw new Error(`no result of ${id}`);
  return found;
}

/** Most memory a process ever had, bytes, as the kernel counts it; asked until the process is gone. */
async function peakOf({ pid, child, ended }: Running): Promise<number> {
  let peak = 0;
  const over = ended.then(() => undefined);
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      peak = Math.max(peak, Number(kib ?? 0) * 1024);
    } catch {
      // Gone between the two.
    }
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 20))]);
  }
  return peak;
}

const missing = oldServerMissing();
if (missing !== undefined) {
  test.runIf(process.env.CI !== undefined)('the old server is there', () => expect.fail(missing));
} else {
  describe('last night’s failure', () => {
    let server: OldServer;
    let target: Target;
    let place: Place;
    let flags: string[];
    beforeAll(async () => {
      const started = await startOldServer();
      if (!started.server) throw new Error(started.reason);
      server = started.server;
      target = await openTarget(server.config(), probeHooks());
      place = await openPlace();
      flags = ['--url', server.url, '--user', 'default', '--database', 'default'];
      await target.command('CREATE TABLE default.sales (n UInt8) ENGINE = MergeTree ORDER BY n');
      await target.command('CREATE TABLE default.quiet (n UInt8) ENGINE = MergeTree ORDER BY n');
    });
    afterAll(async () => {
      await place?.close();
      await target?.close();
      await server?.stop();
    });

    test('a load’s own INSERTs are found, and its failure with the code', async () => {
      const good = place.file('good.ndjson', '{"n":1}\n{"n":2}\n');
      const first = await place.run(['load', good, '--table', 'default.sales', ...flags]);
      expect(first.code).toBe(0);
      expect(checkOf(first.run, 'query-log')).toMatchObject({
        status: 'pass',
        message: expect.stringContaining('1 INSERT into the tables in question, 2 rows written, none failed'),
      });

      const bad = place.file('bad.ndjson', '{"n":"seven"}\n');
      const second = await place.run(['load', bad, '--table', 'default.sales', ...flags]);
      expect(second.code).toBe(1);
      const said = checkOf(second.run, 'query-log');
      expect(said).toMatchObject({
        status: 'fail',
        message: expect.stringMatching(/into default\.sales failed: code 27/),
      });
      expect(said.because[0]?.text).toContain('of the load');
      expect(said.because.map((line) => line.text)).toContain(
        'query_log holds the control queries of both ends of the window',
      );
    });

    test('collect gives the evidence of it afterwards, and the statement asked for whole', async () => {
      await target
        .insert({ database: 'default', table: 'sales' }, 'JSONEachRow', Buffer.from('{"n":"x"}\n'), {
          queryId: 'night-7',
        })
        .catch(() => undefined);
      const { run, archives } = await place.run([
        'collect', '--since', '2h', '--query-id', 'night-7', '--table', 'default.sales', ...flags,
      ]); // biome-ignore format: flags read better on a line
      const said = checkOf(run, 'query-log');
      expect(said).toMatchObject({ status: 'fail', message: expect.stringMatching(/^night-7 failed: Code: 27/) });
      const [archive = ''] = archives;
      const { files } = await showBundle(archive);
      const paths = files.map((file) => file.path);
      expect(paths).toContain('data/artifacts/after/query-log/query_log.jsonl');
      const kept = await text(Readable.from(bundleFile(archive, 'data/artifacts/after/query-log/query_ids.jsonl')));
      const rows = kept
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(rows.map((row) => [row.query_id, row.type])).toEqual([
        ['night-7', 1],
        ['night-7', 4],
      ]);
    });

    test('of a table that nobody wrote to, it says what else was logged then, not more', async () => {
      const { run } = await place.run(['collect', '--since', '2h', '--table', 'default.quiet', ...flags]);
      expect(checkOf(run, 'query-log')).toMatchObject({
        status: 'warn',
        message: expect.stringMatching(
          /^no INSERT into default\.quiet is logged between .*; \d+ other statements of that window are/,
        ),
      });
    });

    describe('among 200 000 rows in the window', () => {
      beforeAll(async () => {
        // The table is made by the first flush.
        await target.command('SYSTEM FLUSH LOGS');
        await target.command(`INSERT INTO system.query_log (type, event_date, event_time, query_start_time, query_duration_ms, query, query_id, initial_query_id, user, initial_user)
        SELECT toUInt8(2), today(), now() - intDiv(number, 100), now() - intDiv(number, 100), number % 1000,
          concat('SELECT ', repeated, ' FROM shop.orders WHERE id = ', toString(number)), concat('flood-', toString(number)), '', 'app', 'app'
        FROM (SELECT number, 'customer_id, ordered_at, amount, currency, state, channel' AS repeated FROM system.numbers LIMIT ${ROWS})`);
      });

      test('all pass through in bounded memory', async () => {
        const limits = place.file('whole.yaml', 'limits: { rows: 1000000, artifact_bytes: 1GiB }\n');
        const running = place.start([
        'collect', '--since', '2h', '--only', 'query-log', '--config', limits, '--json', ...flags,
      ], { timeoutMs: 110_000 }); // biome-ignore format: flags read better on a line
        const [peak, ended] = await Promise.all([peakOf(running), running.ended]);
        const run: RunJson = JSON.parse(ended.stdout);
        const said = checkOf(run, 'query-log');
        const rows = said.because.map((line) => /: ([\d ]+)$/.exec(line.text)?.[1]?.replace(/\s/g, '')).find(Boolean);
        expect(Number(rows)).toBeGreaterThanOrEqual(ROWS);
        expect(said.because.map((line) => line.text).join('\n')).not.toContain('kept:');
        expect(peak).toBeGreaterThan(0);
        expect(peak).toBeLessThan(MEMORY);
      });

      test('the newest thousand are kept when told so', async () => {
        const limits = place.file('newest.yaml', 'limits: { rows: 1000 }\n');
        const { run } = await place.run([
        'collect', '--since', '2h', '--only', 'query-log', '--config', limits, ...flags,
      ]); // biome-ignore format: flags read better on a line
        expect(
          checkOf(run, 'query-log')
            .because.map((line) => line.text)
            .join('\n'),
        ).toContain('kept: the newest 1000 rows, at the limit rows');
      });
    });
  });
}
