import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The images that tests make for themselves, under the names that users know. */
export const CURL_IMAGE = 'curlimages/curl:8.4.0';
export const SERVER_IMAGE = 'chwitness-test/clickhouse-server:18.16';

/** All that tests make in Docker carries this, so that what a killed test left is found. */
const LABEL = 'chwitness-test=1';

/** A docker command that must succeed; its standard output. */
export function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** Whether tests with containers must be skipped here; says why, and throws where engines are required. */
export function mustSkipDocker(): boolean {
  const { status } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 });
  if (status === 0) return false;
  const missing =
    'skipped: no Docker engine found (apt-get install -y --no-install-recommends docker.io iptables, and start dockerd)';
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
  process.stderr.write(`${missing}\n`);
  return true;
}

export interface ImageRecipe {
  /** Binaries of this machine; the libraries that they need come along, as do `files`. */
  binaries: readonly string[];
  files?: readonly string[];
  folders?: readonly string[];
  /** `ENTRYPOINT […]`, `ENV …`, as `docker import --change` takes them. */
  changes?: readonly string[];
}

const TRUST_STORE = '/etc/ssl/certs/ca-certificates.crt';

const RECIPES: Record<string, ImageRecipe> = {
  [CURL_IMAGE]: {
    binaries: ['/usr/bin/curl'],
    files: [TRUST_STORE].filter(existsSync),
    changes: ['ENTRYPOINT ["curl"]', 'ENV CURL_RELEASE_TAG=curl-8_4_0'],
  },
  [SERVER_IMAGE]: {
    binaries: ['/usr/sbin/clickhouse-server', '/usr/bin/tail', '/usr/bin/wget'],
    files: ['/usr/share/zoneinfo/Europe/Moscow', '/usr/share/zoneinfo/UTC', '/etc/localtime'],
    folders: ['/var/lib/clickhouse', '/var/log/clickhouse-server', '/etc/clickhouse-server'],
    changes: ['ENTRYPOINT ["/usr/sbin/clickhouse-server", "--config-file=/etc/clickhouse-server/config.xml"]'],
  },
};

function librariesOf(binary: string): string[] {
  const listed = spawnSync('ldd', [binary], { encoding: 'utf8' }).stdout;
  return [...listed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

/** Makes an image of binaries that lie on this machine: there is no registry to pull from. */
export function makeImage(name: string, recipe: ImageRecipe): void {
  const root = mkdtempSync(join(tmpdir(), 'chwitness-image-'));
  try {
    const take = (path: string) => {
      mkdirSync(join(root, dirname(path)), { recursive: true });
      cpSync(realpathSync(path), join(root, path));
    };
    for (const folder of ['/tmp', '/etc', ...(recipe.folders ?? [])])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'etc', 'nsswitch.conf'), 'hosts: files dns\n');
    const libraries = recipe.binaries.flatMap(librariesOf);
    for (const path of new Set([...recipe.binaries, ...(recipe.files ?? []), ...libraries])) take(path);
    const tar = spawnSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 1024 ** 3 });
    const changes = ['ENV PATH=/usr/sbin:/usr/bin', `LABEL ${LABEL}`, ...(recipe.changes ?? [])];
    const made = spawnSync('docker', ['import', ...changes.flatMap((one) => ['--change', one]), '-', name], {
      input: tar.stdout,
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`the image ${name} could not be made: ${made.stderr}`);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const LOCK = join(tmpdir(), 'chwitness-docker-tests.lock');

function holderLives(): boolean {
  try {
    const pid = Number(readFileSync(join(LOCK, 'pid'), 'utf8'));
    process.kill(pid, 0);
    return true;
  } catch {
    // A holder that is about to write its pid is given a moment.
    const since = statSync(LOCK, { throwIfNoEntry: false })?.mtimeMs;
    return since !== undefined && !existsSync(join(LOCK, 'pid')) && Date.now() - since < 5000;
  }
}

/** One test file on the machine at a time: the scene has names that are fixed. */
async function takeLock(): Promise<void> {
  for (let attempt = 0; attempt < 900; attempt += 1) {
    try {
      mkdirSync(LOCK);
      writeFileSync(join(LOCK, 'pid'), String(process.pid));
      return;
    } catch {
      if (!holderLives()) rmSync(LOCK, { recursive: true, force: true });
      await sleep(100 + Math.random() * 200);
    }
  }
  throw new Error(`another test holds Docker; remove ${LOCK} when none does`);
}

function sweep(): void {
  const left = (...args: string[]) =>
    docker(...args)
      .split('\n')
      .filter((id) => id !== '');
  const labelled = ['--filter', `label=${LABEL}`, '--quiet'];
  const containers = left('ps', '--all', ...labelled);
  if (containers.length > 0) docker('rm', '--force', '--volumes', ...containers);
  const networks = left('network', 'ls', ...labelled);
  if (networks.length > 0) docker('network', 'rm', ...networks);
}

/** Docker for one test file: nobody else's tests use it meanwhile, and nothing stays of what is made here. */
export interface DockerBench {
  network(name: string): void;
  /** Starts a container in the background; its name. `args` as `docker run` takes them. */
  start(name: string, args: readonly string[]): void;
  /** Removes all containers and networks of the tests, and the images that were made here. */
  close(): void;
}

/** Waits for its turn, removes what a killed test left, and makes the images where they are missing. */
export async function openDockerBench(images: readonly string[] = [CURL_IMAGE, SERVER_IMAGE]): Promise<DockerBench> {
  await takeLock();
  const close = () => {
    try {
      sweep();
      // Under their well-known names they must not be taken for the real ones.
      const images = docker('image', 'ls', '--filter', `label=${LABEL}`, '--quiet').split('\n');
      if (images[0] !== '') docker('image', 'rm', '--force', ...images);
    } finally {
      rmSync(LOCK, { recursive: true, force: true });
    }
  };
  try {
    sweep();
    for (const image of images) {
      const recipe = RECIPES[image];
      if (recipe === undefined) throw new Error(`no recipe for ${image}`);
      if (spawnSync('docker', ['image', 'inspect', image]).status === 0) continue;
      makeImage(image, recipe);
    }
  } catch (error) {
    close();
    throw error;
  }
  return {
    network: (name) => void docker('network', 'create', '--label', LABEL, name),
    start: (name, args) => void docker('run', '--detach', '--label', LABEL, '--name', name, '--pull=never', ...args),
    close,
  };
}
