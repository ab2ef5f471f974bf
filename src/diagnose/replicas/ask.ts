import { messageOf } from '../../kernel/errors.ts';
import type { KeptLines, Probe, SqlValue } from '../../model/check.ts';
import type { ReplicaNode, ReplicaNodes } from './nodes.ts';

/** What may be asked of replicas: `sql/evidence/replicas-<topic>.sql` and `replica-<topic>.sql`. */
export type ReplicaTopic = 'tables' | 'columns' | 'parts' | 'query-log';

/** One replica with what it answered. */
export interface ReplicaAnswer<Row> {
  node: ReplicaNode;
  /** Absent where it did not answer this. */
  rows?: Row[] | undefined;
  error?: string;
}

const EVERY = 'clusterAllReplicas';

/** An exception of many lines and attempts, as one. */
function short(error: unknown): string {
  return messageOf(error).replace(/\s+/g, ' ').trim().slice(0, 300);
}

interface Row {
  shard: string;
  replica: string;
  host_name: string;
  host_address: string;
  native_port: string;
}

/** Asks every replica for its name. A replica without an answer is in the list with the reason: never silently absent. */
export async function askNodes(probe: Probe): Promise<ReplicaNodes> {
  const cluster = probe.target.cluster ?? '';
  const rows = await probe.sql<Row>('cluster-nodes', { cluster });
  const nodes = rows.map(({ shard, replica, host_name, native_port }) => ({
    address: `${host_name}:${native_port}`,
    shard,
    replica,
  }));
  const every = (await probe.sql('table-function', { name: EVERY })).length > 0;
  if (!every || nodes.length === 0) {
    const named: ReplicaNode[] = [];
    for (const node of nodes) named.push({ ...node, ...(await nameOf(probe, node.address)) });
    return { cluster, asked_by: 'remote', nodes: named };
  }
  const found = await probe.sql<{ node: number; hostname: string }>('replicas-node', { cluster });
  const names = new Map(found.map(({ node, hostname }) => [Number(node), hostname]));
  return {
    cluster,
    asked_by: EVERY,
    // Replicas are numbered in the order of the list.
    nodes: nodes.map((node, index) => {
      const hostname = names.get(index + 1);
      return hostname === undefined
        ? { ...node, error: 'no connection could be made, and it was passed over' }
        : { ...node, hostname };
    }),
  };
}

async function nameOf(probe: Probe, address: string): Promise<Pick<ReplicaNode, 'hostname' | 'error'>> {
  try {
    const [row] = await probe.sql<{ hostname: string }>('replica-node', { address });
    return { hostname: row?.hostname ?? '' };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return { error: short(error) };
  }
}

/** What a question is called for all replicas at once, and for one by its address. */
interface Names {
  every: string;
  each: string;
}

/** Puts one question to every replica that answers. What one of them refuses is that one's answer. */
export function askReplicas<Row>(
  probe: Probe,
  nodes: ReplicaNodes,
  topic: ReplicaTopic,
  params: Record<string, SqlValue>,
): Promise<ReplicaAnswer<Row>[]> {
  return put(probe, nodes, { every: `replicas-${topic}`, each: `replica-${topic}` }, params);
}

/** Puts a statement on a log of this node to every replica that answers, too. */
export function askReplicaLogs<Row>(
  probe: Probe,
  nodes: ReplicaNodes,
  statement: string,
  params: Record<string, SqlValue>,
): Promise<ReplicaAnswer<Row>[]> {
  return put(probe, nodes, { every: `${statement}@every`, each: `${statement}@each` }, params);
}

async function put<Row>(
  probe: Probe,
  { cluster, asked_by, nodes }: ReplicaNodes,
  names: Names,
  params: Record<string, SqlValue>,
): Promise<ReplicaAnswer<Row>[]> {
  const answers: ReplicaAnswer<Row>[] = [];
  if (asked_by === EVERY) {
    const rows = await probe.sql<Row & { node: number }>(names.every, { ...params, cluster });
    return nodes.map((node, index) =>
      node.error === undefined
        ? { node, rows: rows.filter((row) => Number(row.node) === index + 1) }
        : { node, error: node.error },
    );
  }
  for (const node of nodes) {
    if (node.error !== undefined) answers.push({ node, error: node.error });
    else {
      try {
        answers.push({ node, rows: await probe.sql<Row>(names.each, { ...params, address: node.address }) });
      } catch (error) {
        if (probe.signal.aborted) throw error;
        answers.push({ node, error: short(error) });
      }
    }
  }
  return answers;
}

/** Keeps the rows of a log of every replica as artifacts; what could not be read is left out here, and told by whoever asked for counts. */
export async function keepReplicaLogs(
  probe: Probe,
  { cluster, asked_by, nodes }: ReplicaNodes,
  log: string,
  params: Record<string, SqlValue>,
): Promise<KeptLines[]> {
  const rows = `${log.replaceAll('_', '-')}-rows`;
  if (asked_by === EVERY) {
    const keep = probe.sqlArtifact(`${rows}@every`, `${log}.jsonl`, { ...params, cluster });
    return keep.then(
      (kept) => [kept],
      () => [],
    );
  }
  const kept: KeptLines[] = [];
  for (const [index, node] of nodes.entries()) {
    if (node.error !== undefined) continue;
    const name = `${log}-replica-${index + 1}.jsonl`;
    const asked = { ...params, address: node.address };
    const lines = await probe.sqlArtifact(`${rows}@each`, name, asked).catch(() => undefined);
    if (lines !== undefined) kept.push(lines);
  }
  return kept;
}
