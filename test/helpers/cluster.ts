import { freePorts, type OldPorts, type OldServer, oldServerMissing, startOldServer } from './old-server.ts';
import { startZookeeper, type Zookeeper, zookeeperMissing } from './zookeeper.ts';

/** One node of a cluster on this machine. */
export interface Node extends OldServer {
  /** As it calls itself in its answers. */
  name: string;
  /** As the cluster names it: `127.0.0.1:PORT` of the native protocol. */
  address: string;
  /** POSTs a statement. @throws with the server's text when it refuses */
  sql(statement: string): Promise<string>;
}

/** Two real 18.16 servers that know each other as the cluster `two`: one shard, two replicas; and as `shards`: two shards. */
export interface Cluster {
  nodes: readonly [Node, Node];
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** With a ZooKeeper, so that ReplicatedMergeTree replicates: macros `shard` = s1, `replica` = a, b. */
  zookeeper?: boolean;
  /** XML put into each server's own configuration. */
  extra?: string;
}

/** Why none can be started here; undefined when one can. */
export function clusterMissing({ zookeeper = false }: ClusterOptions = {}): string | undefined {
  return oldServerMissing() ?? (zookeeper ? zookeeperMissing() : undefined);
}

/** Whether tests on a cluster must be skipped here; says why, and throws where engines are required. */
export function mustSkipCluster(options: ClusterOptions = {}): boolean {
  const missing = clusterMissing(options);
  if (missing === undefined) return false;
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
  process.stderr.write(`${missing}\n`);
  return true;
}

function clusterXml(all: readonly OldPorts[], name: string, zookeeper: Zookeeper | undefined): string {
  const each = all.map(({ tcp }) => `<replica><host>127.0.0.1</host><port>${tcp}</port></replica>`);
  const replicas = each.join('');
  const shards = each.map((replica) => `<shard>${replica}</shard>`).join('');
  const keeper =
    zookeeper === undefined
      ? ''
      : `<zookeeper><node><host>127.0.0.1</host><port>${zookeeper.port}</port></node></zookeeper>
<macros><shard>s1</shard><replica>${name}</replica></macros>`;
  return `<display_name>node-${name}</display_name><interserver_http_host>127.0.0.1</interserver_http_host>${keeper}
<remote_servers><two><shard><internal_replication>true</internal_replication>${replicas}</shard></two><shards>${shards}</shards></remote_servers>`;
}

async function startNode(
  all: readonly OldPorts[],
  ports: OldPorts,
  name: string,
  zookeeper: Zookeeper | undefined,
  extra: string,
): Promise<Node> {
  const { server, reason } = await startOldServer({ ports, extra: `${clusterXml(all, name, zookeeper)}${extra}` });
  if (!server) throw new Error(reason);
  const sql = async (statement: string) => {
    const answer = await fetch(server.url, { method: 'POST', body: statement });
    const text = await answer.text();
    if (!answer.ok) throw new Error(text);
    return text;
  };
  return { ...server, name: `node-${name}`, address: `127.0.0.1:${ports.tcp}`, sql };
}

/** Starts it. @throws with the reason when there is none */
export async function startCluster({ zookeeper = false, extra = '' }: ClusterOptions = {}): Promise<Cluster> {
  const keeper = zookeeper ? await startZookeeper() : undefined;
  const all = [await freePorts(), await freePorts()] as const;
  const started = await Promise.allSettled([
    startNode(all, all[0], 'a', keeper, extra),
    startNode(all, all[1], 'b', keeper, extra),
  ]);
  const [a, b] = started.map((one) => (one.status === 'fulfilled' ? one.value : undefined));
  const stop = async () => {
    await Promise.all([a?.stop(), b?.stop()]);
    await keeper?.stop();
  };
  if (a && b) return { nodes: [a, b], stop };
  await stop();
  throw started.find((one) => one.status === 'rejected')?.reason;
}
