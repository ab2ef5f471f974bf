import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showBundle } from '../../src/commands/bundle.ts';
import type { CheckResult, RunJson } from '../../src/model/run.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Cluster, mustSkipCluster, startCluster } from '../helpers/cluster.ts';
import { journalOf, listedLines, sentLines } from '../helpers/journal.ts';

function of(run: RunJson | undefined, id: string, phase: CheckResult['phase'] = 'after'): CheckResult {
  const found = run?.checks.find((one) => one.id === id && one.phase === phase);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
}
const lines = (check: CheckResult) => check.because.map((one) => one.text).join('\n');

const PARTS = '<part_log><database>system</database><table>part_log</table></part_log>';

describe.skipIf(mustSkipCluster({ zookeeper: true }))('two replicas', () => {
  let place: Place;
  let cluster: Cluster;
  let flags: string[];
  beforeAll(async () => {
    [place, cluster] = await Promise.all([openPlace(), startCluster({ zookeeper: true, extra: PARTS })]);
    flags = ['--url', cluster.nodes[0].url, '--user', 'default', '--cluster', 'two'];
    for (const node of cluster.nodes) {
      await node.sql(
        "CREATE TABLE default.orders (n UInt64, name String) ENGINE = ReplicatedMergeTree('/t/{shard}/orders', '{replica}') ORDER BY n",
      );
    }
    const [a, b] = cluster.nodes;
    await a.sql('CREATE TABLE default.drifted (n UInt64, name String) ENGINE = MergeTree ORDER BY n');
    await b.sql('CREATE TABLE default.drifted (n UInt32, colour String) ENGINE = MergeTree ORDER BY n');
    await a.sql('CREATE TABLE default.alone (n UInt64) ENGINE = MergeTree ORDER BY n');
  });
  afterAll(async () => {
    await place?.close();
    await cluster?.stop();
  });

  test('without a cluster named nothing is said of replicas', async () => {
    const { run } = await place.run(['preflight', '--table', 'default.orders', ...flags.slice(0, 4)]);
    expect(run?.checks.filter((one) => one.id.startsWith('replicas-'))).toEqual([]);
  });

  test('a load into a replicated table is seen on both, in counts and logs', async () => {
    const [a, b] = cluster.nodes;
    const file = place.file('rows.ndjson', '{"n":1,"name":"a"}\n{"n":2,"name":"b"}\n');
    const { run, archives } = await place.run(['load', file, '--table', 'default.orders', ...flags]);
    expect(of(run, 'replicas-reachable')).toMatchObject({ status: 'pass', message: '2 replicas of two answered' });
    expect(of(run, 'replicas-schema').message).toBe('1 table the same on 2 replicas');
    // Replication takes a moment, and a replica that is behind is named.
    expect(lines(of(run, 'replicas-rows'))).toContain(`${a.address}`);
    expect(lines(of(run, 'replicas-rows'))).toContain(`${b.address}`);
    const logs = of(run, 'replicas-query-log');
    expect([logs.message, lines(logs)].join('\n')).toContain(`${a.address} (`);
    // The other node writes its log at its own interval: the file is there in any case, its rows may follow.
    const others = of(run, 'replicas-logs');
    expect(lines(others)).toContain('has no system.text_log here');
    const { files } = await showBundle(archives[0] ?? '');
    expect(files.map((one) => one.path)).toContain('data/artifacts/after/replicas-query-log/query_log-replica-1.jsonl');
  });

  test('--print-sql lists what is asked of the replicas, too', async () => {
    const args = ['collect', '--since', '1h', '--table', 'default.orders', ...flags];
    const listed = listedLines((await place.run([...args, '--print-sql', '--json'])).stdout);
    const ran = await place.run(args);
    expect(listed).toEqual(sentLines(await journalOf(ran.archives[0] ?? ''), ran.run));
    expect(listed.filter((line) => line.includes('remote('))).not.toEqual([]);
  });

  test('a replica that has less is named with how much', async () => {
    const [a, b] = cluster.nodes;
    await a.sql('INSERT INTO default.alone VALUES (1), (2), (3)');
    const { run } = await place.run(['collect', '--since', '1h', '--table', 'default.alone', ...flags]);
    expect(of(run, 'replicas-rows')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(`${b.address} (`),
    });
    expect(of(run, 'replicas-rows').message).toContain('holds 3 fewer rows of default.alone than');
    expect(of(run, 'replicas-schema')).toMatchObject({ status: 'fail' });
  });

  test('a replica with another schema is named, column by column, and found', async () => {
    const [, b] = cluster.nodes;
    const { run } = await place.run(['preflight', '--table', 'default.drifted', ...flags]);
    const said = of(run, 'replicas-schema', 'before');
    expect(said).toMatchObject({ status: 'fail', message: expect.stringContaining(`the structure on ${b.address}`) });
    expect(lines(said)).toMatch(/column name|name String/);
    expect(lines(said)).toContain('colour');
    expect(lines(said)).toContain('UInt32');
    expect(run?.findings.map((one) => one.cause)).toContain('replica_schema_drift');
  });

  test('an INSERT that failed on the other replica is found there', async () => {
    const [, b] = cluster.nodes;
    await b.sql('INSERT INTO default.drifted (n, colour) VALUES (1, 2, 3)').catch(() => undefined);
    await b.sql('SYSTEM FLUSH LOGS');
    const { run } = await place.run(['collect', '--since', '1h', '--table', 'default.drifted', ...flags]);
    expect(of(run, 'replicas-query-log')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(`1 INSERT failed on ${b.address}`),
    });
  });

  test('parts that the other replica made are in its log of parts', async () => {
    const [, b] = cluster.nodes;
    await b.sql("INSERT INTO default.drifted (n, colour) VALUES (7, 'red')");
    await b.sql('SYSTEM FLUSH LOGS');
    const { run, archives } = await place.run(['collect', '--since', '1h', '--table', 'default.drifted', ...flags]);
    expect(lines(of(run, 'replicas-logs'))).toContain(
      `${b.address} (${hostname()}), system.part_log: NEW_PART of default.drifted ×1`,
    );
    const { files } = await showBundle(archives.at(-1) ?? '');
    expect(files.map((one) => one.path)).toContain('data/artifacts/after/replicas-logs/part_log-replica-2.jsonl');
  });

  test('a replica that is down is named with the reason, by every check that would have asked it', async () => {
    const [a, b] = cluster.nodes;
    await b.stop();
    const { run } = await place.run(['collect', '--since', '1h', '--table', 'default.orders', ...flags]);
    expect(of(run, 'replicas-reachable')).toMatchObject({
      status: 'warn',
      message: `${b.address} of two did not answer; 1 replica did`,
    });
    expect(lines(of(run, 'replicas-reachable'))).toContain('Connection refused');
    expect(lines(of(run, 'replicas-reachable'))).toContain(`${a.address} (`);
    for (const id of ['replicas-schema', 'replicas-rows', 'replicas-query-log', 'replicas-logs'])
      expect([id, lines(of(run, id))]).toEqual([id, expect.stringContaining(`${b.address} did not answer`)]);
    expect(run?.checks.filter((one) => ['error', 'timeout'].includes(one.status))).toEqual([]);
  });

  test('a cluster that is not there is said to be missing', async () => {
    const { run } = await place.run([
      'preflight',
      '--table',
      'default.orders',
      ...flags.slice(0, 4),
      '--cluster',
      'three',
    ]);
    expect(of(run, 'replicas-reachable', 'before')).toMatchObject({
      status: 'fail',
      message: 'there is no cluster three on this server',
    });
  });
});
