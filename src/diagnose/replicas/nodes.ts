import { z } from 'zod';

/** One replica of the cluster, as the node that was asked knows it. */
export const replicaNode = z.strictObject({
  /** `host:port` of the native protocol. */
  address: z.string(),
  shard: z.string(),
  replica: z.string(),
  /** As it calls itself; absent where it did not answer. */
  hostname: z.string().optional(),
  /** Why it did not answer. */
  error: z.string().optional(),
});
export type ReplicaNode = z.infer<typeof replicaNode>;

/** What checks of replicas have in common. */
export const replicaNodes = z.strictObject({
  cluster: z.string(),
  /** `clusterAllReplicas`, or each node in turn by `remote` where that does not exist. */
  asked_by: z.enum(['clusterAllReplicas', 'remote']),
  nodes: z.array(replicaNode),
});
export type ReplicaNodes = z.infer<typeof replicaNodes>;

/** `127.0.0.1:9000 (ch-1)` */
export function nodeText({ address, hostname }: ReplicaNode): string {
  return hostname === undefined || address.startsWith(`${hostname}:`) ? address : `${address} (${hostname})`;
}

/** One line for each replica that did not answer. */
export function unreachable({ nodes }: ReplicaNodes): string[] {
  return nodes.flatMap((node) => (node.error === undefined ? [] : [`${nodeText(node)} did not answer: ${node.error}`]));
}
