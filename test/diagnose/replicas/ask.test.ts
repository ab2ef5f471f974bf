import { expect, test } from 'vitest';
import { askNodes, askReplicas } from '../../../src/diagnose/replicas/ask.ts';
import type { Probe, SqlValue } from '../../../src/model/check.ts';

type Asked = { name: string; params: Record<string, SqlValue> };

/** Answers of a server that has clusterAllReplicas; the end-to-end tests ask a real one. */
function modern(answers: Record<string, object[]>): { probe: Probe; asked: Asked[] } {
  const asked: Asked[] = [];
  const sql = async (name: string, params: Record<string, SqlValue> = {}) => {
    asked.push({ name, params });
    return answers[name] ?? [];
  };
  // Only what asking uses.
  const probe = { sql, target: { cluster: 'main' }, signal: new AbortController().signal };
  return { probe: probe as unknown as Probe, asked };
}

const NODES = ['ch-1', 'ch-2', 'ch-3'].map((host_name, index) => ({
  shard: '1',
  replica: String(index + 1),
  host_name,
  host_address: '10.0.0.1',
  native_port: '9000',
}));
const HAS_IT = { 'table-function': [{ name: 'clusterAllReplicas' }], 'cluster-nodes': NODES };

test('one statement asks all replicas, and the one that was passed over is named', async () => {
  const { probe, asked } = modern({
    ...HAS_IT,
    'replicas-node': [
      { node: 1, hostname: 'ch-1' },
      { node: 3, hostname: 'ch-3' },
    ],
  });
  const found = await askNodes(probe);
  expect(asked.map((one) => one.name)).toEqual(['cluster-nodes', 'table-function', 'replicas-node']);
  expect(found).toMatchObject({
    asked_by: 'clusterAllReplicas',
    nodes: [
      { address: 'ch-1:9000', hostname: 'ch-1' },
      { address: 'ch-2:9000', error: expect.stringContaining('passed over') },
      { address: 'ch-3:9000', hostname: 'ch-3' },
    ],
  });
});

test('rows go to the replica they came from, and a replica without any that answers is no error', async () => {
  const { probe } = modern({
    ...HAS_IT,
    'replicas-node': [
      { node: 1, hostname: 'ch-1' },
      { node: 2, hostname: 'ch-2' },
    ],
    'replicas-parts': [{ node: 2, table: 'orders' }],
  });
  const answers = await askReplicas(probe, await askNodes(probe), 'parts', {});
  expect(answers.map(({ rows, error }) => [rows?.length, error === undefined])).toEqual([
    [0, true],
    [1, true],
    [undefined, false],
  ]);
});

test('a cluster that is not known has no replicas, and nothing more is asked', async () => {
  const { probe, asked } = modern({ 'table-function': [{ name: 'clusterAllReplicas' }] });
  expect((await askNodes(probe)).nodes).toEqual([]);
  expect(asked).toHaveLength(2);
});
