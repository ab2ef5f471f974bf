import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunJson } from '../../src/model/run.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Cluster, mustSkipCluster, startCluster } from '../helpers/cluster.ts';
import { startRouter } from '../helpers/router.ts';

/** What nobody may say while another node may have taken the load. */
const DENIALS = /absent|none of them reached|no INSERT .* (reached the server|is logged between)/;

function queryLog(run: RunJson | undefined) {
  const found = run?.checks.find((one) => one.id === 'query-log' && one.phase === 'after');
  if (!found) throw new Error('no result of query-log');
  return { status: found.status, text: [found.message, ...found.because.map((line) => line.text)].join('\n') };
}

describe.skipIf(mustSkipCluster())('an address that leads to two servers', () => {
  let place: Place;
  let cluster: Cluster;
  beforeAll(async () => {
    [place, cluster] = await Promise.all([openPlace(), startCluster()]);
    for (const node of cluster.nodes)
      await node.sql('CREATE TABLE default.sales (n UInt8) ENGINE = MergeTree ORDER BY n');
  });
  afterAll(async () => {
    await place?.close();
    await cluster?.stop();
  });

  /** The load's INSERTs go to the second node, everything else to the first. */
  async function loadThrough(strip: boolean, rows: string) {
    const [a, b] = cluster.nodes;
    const router = await startRouter((id) => (/-load-/.test(id) ? b : a).url, { strip });
    try {
      const file = place.file('rows.ndjson', rows);
      const args = ['load', file, '--table', 'default.sales', '--url', router.url, '--user', 'default'];
      return await place.run(args);
    } finally {
      await router.close();
    }
  }

  test('the log of the one that was asked is not relied on, and both are named', async () => {
    const { run } = await loadThrough(false, '{"n":1}\n');
    const said = queryLog(run);
    expect(said.text).toContain('answered by several nodes (node-a, node-b)');
    expect(said.text).not.toMatch(DENIALS);
    expect(said.status).toBe('skip');
  });

  test('nor where something in between hides who answers: rows were acknowledged, and their INSERTs are in another log', async () => {
    const { run } = await loadThrough(true, '{"n":2}\n');
    const said = queryLog(run);
    expect(said.text).toMatch(/INSERTs of the load were answered, and none of them is in the log of/);
    expect(said.text).not.toMatch(DENIALS);
  });

  test('nor of a load that the other one refused', async () => {
    for (const strip of [false, true]) {
      const { run } = await loadThrough(strip, '{"n":"seven"}\n');
      expect(queryLog(run).text).not.toMatch(DENIALS);
    }
  });

  test('of one node behind it the log is relied on as ever', async () => {
    const [a] = cluster.nodes;
    const router = await startRouter(() => a.url);
    try {
      const file = place.file('rows.ndjson', '{"n":3}\n');
      const args = ['load', file, '--table', 'default.sales', '--url', router.url, '--user', 'default'];
      const { run } = await place.run(args);
      expect(queryLog(run)).toMatchObject({
        status: 'pass',
        text: expect.stringContaining('query_log holds the control queries of both ends of the window'),
      });
    } finally {
      await router.close();
    }
  });
});
