import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GROUNDS } from '../campaign/scenes.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Cluster, mustSkipCluster, startCluster } from '../helpers/cluster.ts';

const rows = Array.from({ length: 6000 }, (_, id) => `{"id":${id}}\n`).join('');

describe.skipIf(mustSkipCluster({ zookeeper: true }))('tables of more than one server', () => {
  let place: Place;
  let cluster: Cluster;
  beforeAll(async () => {
    [place, cluster] = await Promise.all([openPlace(), startCluster({ zookeeper: true })]);
    place.file('rows.ndjson', rows);
    for (const { sql } of cluster.nodes) {
      await sql('CREATE TABLE default.here (id UInt32) ENGINE = MergeTree ORDER BY id');
      await sql('CREATE TABLE default.everywhere (id UInt32) ENGINE = Distributed(shards, default, here, id)');
      await sql(
        "CREATE TABLE default.twice (id UInt32) ENGINE = ReplicatedMergeTree('/t/{shard}/twice', '{replica}') ORDER BY id",
      );
    }
  });
  afterAll(async () => {
    await place?.close();
    await cluster?.stop();
  });

  const load = (table: string, ...more: string[]) => {
    const only = ['--only', 'row-counts', '--only', 'reconciliation', '--retry-for', '1s'];
    const to = ['--table', `default.${table}`, '--url', cluster.nodes[0].url, '--batch-rows', '2000'];
    return place.run(['load', 'rows.ndjson', ...to, ...only, ...more]);
  };
  const held = async (table: string) =>
    Promise.all(cluster.nodes.map(async ({ sql }) => Number(await sql(`SELECT count() FROM default.${table}`))));

  test('what is acknowledged for a Distributed table lies on its shards when the load ends', async () => {
    const { code, stdout, run } = await load('everywhere');
    // No waiting: the shards are asked at once.
    expect(await held('here')).toEqual([3000, 3000]);
    expect(code, stdout).toBe(0);
    expect(run?.ingestion).toMatchObject({ rows_written: 6000 });
    expect(stdout).toContain('an answer means that the shards hold the rows (insert_distributed_sync = 1)');
    expect(run?.checks.find(({ id, phase }) => id === 'reconciliation' && phase === 'after')).toMatchObject({
      status: 'pass',
    });
  });

  test('how many replicas hold a row when its answer comes is said', async () => {
    const one = await load('twice');
    expect(one.code, one.stdout).toBe(0);
    expect(one.stdout).toContain('an answer means that one replica holds the rows (insert_quorum = 0)');
    place.file('quorum.yaml', 'load:\n  settings:\n    insert_quorum: "2"\n');
    for (const { sql } of cluster.nodes) await sql('TRUNCATE TABLE default.twice').catch(() => undefined);
    place.file(
      'rows.ndjson',
      rows
        .replace('{"id":0}', '{"id":9000}')
        .replace('{"id":2000}', '{"id":9001}')
        .replace('{"id":4000}', '{"id":9002}'),
    );
    const two = await load('twice', '--config', 'quorum.yaml');
    place.file('rows.ndjson', rows);
    expect(two.code, two.stdout).toBe(0);
    expect(two.stdout).toContain('an answer means that 2 replicas hold the rows (insert_quorum = 2)');
    const [a, b] = await held('twice');
    expect(a).toBe(b);
  });

  test('a shard that is down: its error, the batch unknown, and what the other shard holds is not sent twice', async () => {
    const [before = 0] = await held('here');
    await cluster.nodes[1].kill();
    const { code, stdout, run } = await load('everywhere', '--connections', '1');
    expect(code, stdout).toBe(1);
    const { error, tables } = run?.ingestion ?? {};
    expect(error).toMatchObject({
      failure: 'server',
      message: expect.stringMatching(/Connection refused|All connection tries failed/),
    });
    expect(tables?.[0]).toMatchObject({ rows_written: 0, rows_unknown: 2000 });
    const on = await load('everywhere', '--resume', run?.ingestion.resumable ?? '');
    expect(on.code, on.stdout).toBe(1);
    await cluster.nodes[1].crash();
    const [a = 0, b = 0] = await held('here');
    expect(b).toBe(3000);
    // Half of each batch is this shard's: none of them came twice.
    expect(a - before).toBeLessThanOrEqual(3000);
    expect(
      Number(await cluster.nodes[0].sql('SELECT max(n) FROM (SELECT id, count() AS n FROM default.here GROUP BY id)')),
    ).toBeLessThanOrEqual(2);
  });
});

test('an engine that gathers inserts by default has stored what it acknowledged, also where the user asks it not to wait', async () => {
  const ground = await GROUNDS.embedded();
  const place = await openPlace(ground.env);
  try {
    await ground.sql('CREATE TABLE default.t (id UInt32) ENGINE = MergeTree ORDER BY id');
    expect(await ground.sql("SELECT value FROM system.settings WHERE name = 'async_insert'")).toBe('1\n');
    place.file('rows.ndjson', rows);
    place.file('chwitness.yaml', 'load:\n  settings:\n    async_insert: "1"\n    wait_for_async_insert: "0"\n');
    const { code, stdout } = await place.run(['load', 'rows.ndjson', '--table', 'default.t', '--only', 'row-counts']);
    expect(await ground.sql('SELECT count() FROM default.t')).toBe('6000\n');
    expect(code, stdout).toBe(0);
  } finally {
    await place.close();
    await ground.close();
  }
});
