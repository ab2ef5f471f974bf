import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';

/** An engine that believes it stands at this port: under both names it answers for itself, without a connection. */
const ITSELF = 9000;
/** Nothing listens there. */
const DOWN = 1;

export const REPLICAS = [`127.0.0.1:${DOWN}`, `127.0.0.1:${ITSELF}`, `localhost:${ITSELF}`] as const;

export interface ModernCluster extends EmbeddedEngine {
  close(): Promise<void>;
}

/**
 * The embedded engine as the cluster `main` of three replicas, the first of which is down and the others itself: it runs
 * clusterAllReplicas, which no server of 18.16 has, and passes over what is down.
 */
export async function startModernCluster(grants: readonly string[]): Promise<ModernCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-cluster-'));
  const dataDir = join(folder, 'data');
  const replicas = REPLICAS.map((address) => {
    const [host, port] = address.split(':');
    return `<replica><host>${host}</host><port>${port}</port></replica>`;
  });
  // The engine merges what lies in conf.d beside its configuration.
  mkdirSync(join(dataDir, '.chwitness', 'conf.d'), { recursive: true });
  writeFileSync(
    join(dataDir, '.chwitness', 'conf.d', 'cluster.xml'),
    `<clickhouse><tcp_port>${ITSELF}</tcp_port><remote_servers><main><shard>${replicas.join('')}</shard></main></remote_servers></clickhouse>`,
  );
  try {
    const engine = await startEmbedded({ dataDir, grants });
    return {
      ...engine,
      async close() {
        await engine.stop();
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}
