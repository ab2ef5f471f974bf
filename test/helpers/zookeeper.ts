import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './old-server.ts';

/** Debian's ZooKeeper as one process on loopback, its data in a temporary folder. */
export interface Zookeeper {
  port: number;
  stop(): Promise<void>;
}

const JAR = '/usr/share/java/zookeeper.jar';
const JAVA = '/usr/bin/java';

/** Why none can be started here; undefined when one can. */
export function zookeeperMissing(): string | undefined {
  return existsSync(JAR) && existsSync(JAVA)
    ? undefined
    : 'skipped: no ZooKeeper found (apt-get install -y --no-install-recommends zookeeperd)';
}

/** Whether it serves: it listens earlier than that. */
function serves(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('srvr'));
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(said.includes('Mode: standalone')));
    socket.setTimeout(2000, () => socket.destroy());
  });
}

/** Starts it. @throws when it does not serve within 15 s */
export async function startZookeeper(): Promise<Zookeeper> {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-zookeeper-'));
  const port = await freePort();
  const config = join(folder, 'zoo.cfg');
  writeFileSync(
    config,
    `tickTime=2000\ndataDir=${folder}/data\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`,
  );
  writeFileSync(join(folder, 'log4j.properties'), 'log4j.rootLogger=ERROR\n');
  const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
  const child = spawn(JAVA, ['-Xmx128m', '-cp', `${folder}:${JAR}`, main, config], { cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (await serves(port)) return { port, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error('ZooKeeper did not start within 15 s');
}
