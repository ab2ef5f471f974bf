import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlace, type Place, type Running } from '../helpers/cli.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

const skipped = mustSkipServer();
const CHECKS = ['target-reachable', 'target-schema', 'query-log', 'command-outcome'].flatMap((id) => ['--only', id]);

let place: Place;
let server: TargetServer;
let sandbox: Running;
/** Either end: its address and how curl logs in. */
const ends: Record<'server' | 'sandbox', { url: string; curl: string; flags: string[] }> = {
  server: { url: '', curl: '', flags: [] },
  sandbox: { url: '', curl: '', flags: [] },
};

/** A small loader as the one of the incident: it connects, describes its table, and prints no more of an exception than `str()` gives. */
function loader(end: keyof typeof ends, says: string, between = ''): string {
  const { url, curl } = ends[end];
  const ask = (sql: string) => `curl -sS ${curl} '${url}/' --data-binary '${sql}' >/dev/null`;
  return [
    'for attempt in 1 2 3; do',
    `  ${ask('SELECT 1')}; echo "$(date -u +%FT%TZ) loader.ch INFO Connected to ClickHouse at ${url}"`,
    `  ${ask('DESCRIBE TABLE shop.inventory FORMAT TSV')}; ${between}`,
    `  echo "$(date -u +%FT%TZ) loader.ch ERROR Unexpected ClickHouse error: ${says}"`,
    'done; exit 1',
  ].join('\n');
}

const witness = (end: keyof typeof ends, script: string) =>
  place.run(
    [
      'run',
      '--job',
      'inventory',
      '--url',
      ends[end].url,
      ...ends[end].flags,
      '--table',
      'shop.inventory',
      ...CHECKS,
      '--',
      'sh',
      '-c',
      script,
    ],
    { timeoutMs: 100_000 },
  );

describe.skipIf(skipped)('the incident, played', () => {
  beforeAll(async () => {
    place = await openPlace();
    server = await startTargetServer();
    ends.server = { url: server.url, curl: '', flags: [] };
    const password = place.file('password', 'a-sandbox-word');
    sandbox = place.start(['sandbox', '--password-file', password], { timeoutMs: 200_000 });
    let url = '';
    await sandbox.until('the sandbox listens', ({ stdout, stderr }) => {
      url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout + stderr)?.[0] ?? '';
      return url !== '';
    });
    ends.sandbox = {
      url,
      curl: `-u default:${readFileSync(password, 'utf8')}`,
      flags: ['--user', 'default', '--password-file', password],
    };
    const ddl = [
      'CREATE DATABASE IF NOT EXISTS shop',
      'CREATE TABLE shop.inventory (snapshot_ts DateTime, event_id String, seats UInt32) ENGINE = MergeTree ORDER BY snapshot_ts',
    ];
    const headers = { Authorization: `Basic ${Buffer.from(`default:a-sandbox-word`).toString('base64')}` };
    for (const body of ddl) {
      await server.sql(body);
      const answer = await fetch(url, { method: 'POST', body, headers });
      expect(answer.ok, await answer.text()).toBe(true);
    }
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });

  test.each(['server', 'sandbox'] as const)('on the %s it is named, with the control seen', async (end) => {
    const { run, stderr, archives } = await witness(end, loader(end, '1'));
    const [first] = run?.findings ?? [];
    expect(first, stderr).toMatchObject({ cause: 'client_rows_are_dicts', side: 'client', confidence: 'likely' });
    expect(JSON.stringify(first?.because)).toMatch(
      /no INSERT between .* query_log holds the control queries of both ends of the window/,
    );
    expect(JSON.stringify(first?.because)).toContain('1 is the index of event_id String');
    // Again, from the archive alone.
    const again = await place.run(['diagnose', '--json', archives[0] ?? '']);
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout).findings[0]).toMatchObject({
      cause: 'client_rows_are_dicts',
      confidence: 'likely',
    });
  });

  test.each(['server', 'sandbox'] as const)('an INSERT in the window of the %s, and nobody says dicts', async (end) => {
    const insert = `curl -sS ${ends[end].curl} '${ends[end].url}/?query=INSERT+INTO+shop.inventory+FORMAT+TSV' --data-binary "2025-01-01 00:00:00	e	1"`;
    const { run, stderr } = await witness(end, loader(end, '1', insert));
    expect(run?.findings[0], stderr).toMatchObject({ cause: 'client_exception_untyped' });
    expect(JSON.stringify(run?.findings)).not.toContain('client_rows_are_dicts');
  });

  test.each(['server', 'sandbox'] as const)(
    'a number that is not the index on the %s, and nobody says dicts',
    async (end) => {
      const { run } = await witness(end, loader(end, '2'));
      expect(run?.findings[0]).toMatchObject({ cause: 'client_exception_untyped', side: 'client' });
      expect(JSON.stringify(run?.findings)).not.toContain('client_rows_are_dicts');
    },
  );
});
