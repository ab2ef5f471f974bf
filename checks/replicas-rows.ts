import {
  askNodes,
  askReplicas,
  defineCheck,
  formatCount,
  nodeText,
  pass,
  plural,
  replicaNode,
  replicaNodes,
  skip,
  tableText,
  unreachable,
  warn,
  z,
} from '../src/api.ts';

const counted = z.strictObject({
  node: replicaNode,
  error: z.string().optional(),
  /** Rows and active parts by table; UInt64 as text. A table without a part, or that is not there, is absent. */
  tables: z.array(z.strictObject({ table: z.string(), rows: z.string(), parts: z.string() })),
});
const facts = z.strictObject({ ...replicaNodes.shape, tables: z.array(z.string()), counts: z.array(counted) });
type Facts = z.infer<typeof facts>;

export default defineCheck<Facts>({
  id: 'replicas-rows',
  title: 'The replicas of a shard hold the same number of rows',
  failureTitle: 'The replicas of a shard do not hold the same number of rows, or one of them could not be asked',
  why: 'Whoever reads from the replica that is behind does not see what was loaded, although the load succeeded.',
  phases: ['before', 'after'],
  needs: ['http', 'cluster', 'tables', 'system.clusters', 'system.parts'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,
  async collect(probe) {
    const found = await askNodes(probe);
    const params = {
      databases: probe.tables.map(({ database }) => database),
      tables: probe.tables.map((name) => name.table),
    };
    const tables = probe.tables.map(tableText);
    const answers = await askReplicas<{ database: string; table: string; row_count: string; part_count: string }>(
      probe,
      found,
      'parts',
      params,
    );
    const counts = answers.map(({ node, rows, error }) => ({
      node,
      ...(error === undefined ? {} : { error }),
      tables: (rows ?? [])
        .map(({ row_count, part_count, ...name }) => ({ table: tableText(name), rows: row_count, parts: part_count }))
        .filter((one) => tables.includes(one.table)),
    }));
    return { ...found, tables, counts };
  },
  judge(facts) {
    const answered = facts.counts.filter((one) => one.error === undefined);
    const silent = facts.counts.flatMap(({ node, error }) =>
      error === undefined || node.error !== undefined ? [] : [`${nodeText(node)}: ${error}`],
    );
    const lost = [...unreachable(facts), ...silent];
    if (answered.length === 0)
      return skip(`no replica of ${facts.cluster} could be asked for its rows`, { because: lost });
    const lines = facts.tables.map(
      (table) => `${table}: ${answered.map((one) => `${nodeText(one.node)} ${countText(one, table)}`).join(', ')}`,
    );
    const apart = facts.tables.flatMap((table) => differing(table, answered));
    const because = [...lines, ...lost];
    if (apart.length > 0)
      return warn(apart.join('; '), {
        because,
        remedies: [
          'Of a replicated table: SELECT * FROM system.replication_queue on the one that is behind, then SYSTEM SYNC REPLICA',
          'Of a table that is not replicated each replica holds what was sent to it: load through a Distributed table, or into a Replicated one',
        ],
      });
    if (lost.length > 0) return warn(`${plural(lost.length, 'replica')} could not be asked for its rows`, { because });
    return pass(`${plural(answered.length, 'replica')} of ${facts.cluster} hold the same number of rows`, {
      because: lines,
    });
  },
});

type Answered = Facts['counts'][number];

const rowsOf = ({ tables }: Answered, table: string) => BigInt(tables.find((one) => one.table === table)?.rows ?? '0');

function countText(one: Answered, table: string): string {
  const found = one.tables.find((own) => own.table === table);
  return found === undefined
    ? 'no rows'
    : `${plural(BigInt(found.rows), 'row')} in ${plural(Number(found.parts), 'part')}`;
}

/** Replicas of one shard that hold fewer rows of a table than the fullest of them. */
function differing(table: string, answered: readonly Answered[]): string[] {
  return [...new Set(answered.map(({ node }) => node.shard))].flatMap((shard) => {
    const those = answered.filter(({ node }) => node.shard === shard);
    const most = those.reduce((best, one) => (rowsOf(one, table) > rowsOf(best, table) ? one : best));
    const behind = those.filter((one) => rowsOf(one, table) < rowsOf(most, table));
    return behind.map(
      (one) =>
        `${nodeText(one.node)} holds ${formatCount(rowsOf(most, table) - rowsOf(one, table))} fewer rows of ${table} than ${nodeText(most.node)}`,
    );
  });
}
