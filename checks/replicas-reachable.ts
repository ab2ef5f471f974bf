import {
  askNodes,
  defineCheck,
  fail,
  nodeText,
  pass,
  plural,
  replicaNodes,
  unreachable,
  warn,
  type z,
} from '../src/api.ts';

type Facts = z.infer<typeof replicaNodes>;

export default defineCheck<Facts>({
  id: 'replicas-reachable',
  title: 'Every replica of the cluster answers',
  failureTitle: 'A replica of the cluster does not answer',
  why: 'A replica that is down keeps what it had, misses what is loaded meanwhile, and its logs cannot be read: what is said of the others is not said of it.',
  phases: ['before', 'after'],
  needs: ['http', 'cluster', 'system.clusters'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts: replicaNodes,
  collect: askNodes,
  judge(facts) {
    const { cluster, nodes } = facts;
    if (nodes.length === 0)
      return fail(`there is no cluster ${cluster} on this server`, {
        remedies: ['Name one of these: SELECT DISTINCT cluster FROM system.clusters'],
      });
    const lost = unreachable(facts);
    const answered = nodes.filter((node) => node.error === undefined);
    const because = [
      ...lost,
      ...answered.map((node) => `${nodeText(node)}: shard ${node.shard}, replica ${node.replica}`),
    ];
    if (lost.length === 0) return pass(`${plural(nodes.length, 'replica')} of ${cluster} answered`, { because });
    const names = nodes.filter((node) => node.error !== undefined).map(nodeText);
    const said = `${names.join(', ')} of ${cluster} did not answer; ${plural(answered.length, 'replica')} did`;
    const remedies = [
      'Look at that server’s own log; what it missed it fetches by itself once it is back (system.replication_queue)',
    ];
    return answered.length === 0 ? fail(said, { because, remedies }) : warn(said, { because, remedies });
  },
});
