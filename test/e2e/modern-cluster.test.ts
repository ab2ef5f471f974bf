import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFile, showBundle } from '../../src/commands/bundle.ts';
import type { CheckResult, RunJson } from '../../src/model/run.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { journalOf, listedLines, sentLines } from '../helpers/journal.ts';
import { type ModernCluster, REPLICAS, startModernCluster } from '../helpers/modern-cluster.ts';

const [DOWN, ...UP] = REPLICAS;

function of(run: RunJson | undefined, id: string): CheckResult {
  const found = run?.checks.filter((one) => one.id === id).at(-1);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
}
const lines = (check: CheckResult) => [check.message, ...check.because.map((one) => one.text)].join('\n');

describe('a cluster that has clusterAllReplicas, with a replica that is down', () => {
  let place: Place;
  let cluster: ModernCluster;
  let flags: string[];
  const env = () => ({ CLICKHOUSE_PASSWORD: cluster.password });
  const collect = () => place.run(['collect', '--since', '1h', '--bundle', 'task-evidence', ...flags], { env: env() });

  beforeAll(async () => {
    place = await openPlace();
    const asked = ['grants', '--json', '--user', 'default', '--table', 'default.orders', '--cluster', 'main'];
    const { statements } = JSON.parse((await place.run(asked)).stdout) as { statements: { sql: string }[] };
    const printed = statements.map(({ sql }) => sql.replace(/\s+TO\s+\S+\s*;?$/, '')).filter((sql) => / ON /.test(sql));
    cluster = await startModernCluster([...printed, 'GRANT CREATE TABLE ON default.*']);
    const sql = async (text: string) => {
      const authorization = `Basic ${Buffer.from(`${cluster.user}:${cluster.password}`).toString('base64')}`;
      return (await fetch(cluster.url, { method: 'POST', body: text, headers: { authorization } })).text();
    };
    expect(await sql('CREATE TABLE default.orders (n UInt64, name String) ENGINE = MergeTree ORDER BY n')).toBe('');
    expect(await sql("INSERT INTO default.orders SELECT 1, 'a'")).toBe('');
    expect(await sql('INSERT INTO default.orders SELECT missing')).toContain('Code: 47');
    flags = ['--url', cluster.url, '--user', cluster.user, '--table', 'default.orders', '--cluster', 'main'];
  });
  afterAll(async () => {
    await place?.close();
    await cluster?.close();
  });

  test('structures, rows, query logs and text logs come from every replica in one statement each, and the one that is down is named', async () => {
    const { run, archives } = await collect();
    expect(of(run, 'replicas-reachable')).toMatchObject({
      status: 'warn',
      message: `${DOWN} of main did not answer; 2 replicas did`,
    });
    const logs = ['replicas-query-log', 'replicas-logs'];
    for (const id of ['replicas-schema', 'replicas-rows', ...logs])
      expect([id, lines(of(run, id))]).toEqual([id, expect.stringContaining(`${DOWN} did not answer`)]);
    for (const address of UP) {
      expect(lines(of(run, 'replicas-rows'))).toContain(address);
      expect(lines(of(run, 'replicas-query-log'))).toMatch(
        new RegExp(`INSERT failed on .*${address}|${address}.*1 INSERT finished, 1 failed`),
      );
      expect(of(run, 'replicas-logs')).toMatchObject({ status: 'warn', message: expect.stringContaining(address) });
      expect(lines(of(run, 'replicas-logs'))).toMatch(
        new RegExp(`${address}.*system\\.text_log: Error of executeQuery ×\\d+, \\d+ bad, last .*: Code: 47`),
      );
    }
    const [archive = ''] = archives;
    const { files } = await showBundle(archive);
    for (const [id, log] of [
      ['replicas-query-log', 'query_log'],
      ['replicas-logs', 'text_log'],
    ]) {
      const path = `data/artifacts/after/${id}/${log}.jsonl`;
      expect(files.map((one) => one.path)).toContain(path);
      const nodes = new Set<number>();
      let rest = '';
      for await (const piece of bundleFile(archive, path)) {
        const parts = (rest + Buffer.from(piece).toString()).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) nodes.add(JSON.parse(line).node);
      }
      expect([...nodes].sort()).toEqual([2, 3]);
    }
    expect(run?.checks.filter((one) => ['error', 'timeout'].includes(one.status))).toEqual([]);
  });

  test('--print-sql lists what is asked of all of them', async () => {
    const args = ['collect', '--since', '1h', ...flags];
    const listed = listedLines((await place.run([...args, '--print-sql', '--json'], { env: env() })).stdout);
    const ran = await place.run(args, { env: env() });
    expect(listed).toEqual(sentLines(await journalOf(ran.archives[0] ?? ''), ran.run));
    expect(listed.filter((line) => line.includes('clusterAllReplicas(')).length).toBeGreaterThan(5);
  });
});
