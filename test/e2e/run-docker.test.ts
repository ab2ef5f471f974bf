import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveBytes, archiveFile } from '../helpers/archive-file.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import {
  type DockerBench,
  docker,
  makeImage,
  mustSkipDocker,
  openDockerBench,
  SERVER_IMAGE,
} from '../helpers/docker.ts';
import { type ContainerServer, startContainerServer } from '../helpers/docker-server.ts';
import { oldServerMissing } from '../helpers/old-server.ts';

const missing = oldServerMissing();
if (missing !== undefined) {
  console.warn(missing);
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
}
const skip = mustSkipDocker() || missing !== undefined;

/** The loader's image, under the name of the scene. */
const LOADER = 'qtickets_api:prod';
const SECRET = 'of-the-env-file-4711';
let bench: DockerBench;
let server: ContainerServer;
let place: Place;

const CHECKS = ['target-reachable', 'row-counts', 'command-outcome', 'command-statements'].flatMap((id) => [
  '--only',
  id,
]);

describe.skipIf(skip)('a command in a container', () => {
  beforeAll(async () => {
    bench = await openDockerBench([SERVER_IMAGE]);
    const binaries = ['curl', 'sh', 'seq', 'sleep', 'head', 'tail'].map((name) => `/usr/bin/${name}`);
    makeImage(LOADER, { binaries, changes: ['ENTRYPOINT ["sh", "-c"]'] });
    bench.network('clickhouse_default');
    server = await startContainerServer(bench, { name: 'ch-zakaz', network: 'clickhouse_default' });
    await server.sql('CREATE DATABASE zakaz');
    await server.sql('CREATE TABLE zakaz.orders (id UInt64) ENGINE = MergeTree ORDER BY id');
    place = await openPlace();
    place.file('.env.qtickets_api', `CLICKHOUSE_HOST=ch-zakaz\nCLICKHOUSE_USER=default\nQTICKETS_TOKEN=${SECRET}\n`);
  }, 300_000);
  afterAll(async () => {
    await place?.close();
    server?.close();
    bench?.close();
  });

  const run = (script: string, { flags = [], own = [] }: { flags?: string[]; own?: string[] } = {}) => {
    const witness = ['run', '--job', 'qtickets_api', '--url', server.url, '--table', 'zakaz.orders', ...own, ...CHECKS];
    const words = [
      'docker',
      'run',
      '--network',
      'clickhouse_default',
      '--env-file',
      '.env.qtickets_api',
      ...flags,
      LOADER,
      script,
    ];
    return place.run([...witness, '--', ...words]);
  };
  const INSERT = `seq 1 10 | curl -sS "http://ch-zakaz:8123/?query=INSERT+INTO+zakaz.orders+FORMAT+TSV" --data-binary @-`;

  test('leaves its output, exit code, image, network and the checks after in the archive, though it is gone', async () => {
    const ended = await run(`${INSERT}; echo "inserted 10 rows into zakaz.orders with $QTICKETS_TOKEN"; sleep 1.5`, {
      flags: ['--rm'],
    });
    expect(ended.code, ended.stderr).toBe(0);
    const [archive = ''] = ended.archives;
    const log = await archiveFile(archive, 'data/artifacts/command/stdout.log');
    expect(log.toString()).toMatch(/^inserted 10 rows into zakaz\.orders with ‹secret-\d+›\n$/);
    const command = ended.run?.ingestion.command;
    const image = docker('image', 'inspect', '--format', '{{.Id}}', LOADER);
    const [container] = command?.containers ?? [];
    expect(container).toMatchObject({
      image: LOADER,
      image_id: image,
      status: 'removed',
      exit_code: 0,
      oom_killed: false,
      restarts: 0,
    });
    expect(container?.networks).toEqual([
      { name: 'clickhouse_default', address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) },
    ]);
    expect(container?.events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['create', 'start', 'die', 'destroy']),
    );
    expect(command?.versions?.[0]).toMatch(/^docker \d+/);
    expect(command?.env_files).toEqual(['.env.qtickets_api']);
    // Nobody but its container has its address.
    expect(ended.stderr).toContain("1 INSERT into zakaz.orders, 10 rows are the command's (certain)");
    expect(ended.run?.row_counts).toMatchObject([{ table: 'zakaz.orders', before: '0', after: '10' }]);
    expect((await archiveBytes(archive)).includes(SECRET)).toBe(false);
    expect(ended.stdout + ended.stderr).not.toContain(SECRET);
  });

  test('passes its own exit code on', async () => {
    const ended = await run('exit 3', { flags: ['--rm'] });
    expect(ended.run?.run).toMatchObject({ exit_code: 3, exit_code_origin: 'command' });
    expect(ended.run?.ingestion.command?.containers).toMatchObject([{ exit_code: 3 }]);
  });

  test('that was killed for its memory is told so', async () => {
    const ended = await run('head -c 300m /dev/zero | tail', {
      flags: ['--rm', '--memory', '24m', '--memory-swap', '24m'],
    });
    expect(ended.code).toBe(137);
    expect(ended.run?.ingestion.command?.containers).toMatchObject([{ oom_killed: true, exit_code: 137 }]);
    expect(ended.run?.run.exit_code_reason).toContain('its container was killed for its memory');
  });

  test('that goes into the background is waited for as long as --timeout says, and its logs are kept', async () => {
    const script = `sleep 0.5; ${INSERT}; echo "loaded $QTICKETS_TOKEN"`;
    const ended = await run(script, { flags: ['--detach'], own: ['--timeout', '20s'] });
    const [archive = ''] = ended.archives;
    const command = ended.run?.ingestion.command;
    expect(command?.containers).toMatchObject([{ status: 'exited', exit_code: 0 }]);
    expect(command?.container_log).toBe('data/artifacts/command/container.log');
    const log = (await archiveFile(archive, command?.container_log ?? '')).toString();
    expect(log).toMatch(/^loaded ‹secret-\d+›\n$/);
    expect({ code: ended.code, reason: ended.run?.run.exit_code_reason }).toEqual({ code: 0, reason: 'all is well' });
    docker('rm', '--force', command?.containers?.[0]?.id ?? '');
  });

  test('that fails in the background is a failure, though the command said 0', async () => {
    const flags = ['--detach', '--restart', 'on-failure:1'];
    const ended = await run('exit 6', { flags, own: ['--timeout', '20s'] });
    expect({ code: ended.code, origin: ended.run?.run.exit_code_origin }).toEqual({ code: 1, origin: 'chwitness' });
    expect(ended.run?.run.exit_code_reason).toContain('in the background ended with exit code 6');
    // Between its two lives it is waited for.
    expect(ended.run?.ingestion.command?.containers).toMatchObject([{ status: 'exited', exit_code: 6, restarts: 1 }]);
    docker('rm', '--force', ended.run?.ingestion.command?.containers?.[0]?.id ?? '');
  });

  test('does not go on when its time is over, though it ignores SIGTERM', async () => {
    const ended = await run('while :; do sleep 1; done', {
      flags: ['--rm', '--name', 'chwitness-hangs'],
      own: ['--timeout', '1s', '--grace', '1s'],
    });
    expect(ended.code).toBe(137);
    expect(ended.stderr).toContain('did not stop with it, and was killed');
    await expect.poll(() => docker('ps', '--all', '--quiet', '--filter', 'name=chwitness-hangs')).toBe('');
  });

  test('whose image is not there is told apart from one that failed', async () => {
    const words = ['docker', 'run', '--rm', '--pull=never', 'no-such-image:prod'];
    const ended = await place.run(['run', '--job', 'x', '--url', server.url, ...CHECKS, '--', ...words]);
    expect(ended.run?.run).toMatchObject({ exit_code: 125, exit_code_origin: 'command' });
    expect(ended.run?.ingestion).toMatchObject({
      status: 'not-started',
      command: { not_started: { reason: 'image-missing' } },
    });
    expect(ended.run?.run.exit_code_reason).toContain(
      'could not be started: the image no-such-image:prod is not on this machine',
    );
  });

  test('that runs already is used by exec, and known', async () => {
    bench.start('chwitness-api', ['--network', 'clickhouse_default', LOADER, 'while :; do sleep 1; done']);
    const words = ['docker', 'exec', 'chwitness-api', 'sh', '-c', INSERT];
    const ended = await place.run([
      'run',
      '--job',
      'x',
      '--url',
      server.url,
      '--table',
      'zakaz.orders',
      ...CHECKS,
      '--',
      ...words,
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.run?.ingestion.command?.containers).toMatchObject([
      { name: 'chwitness-api', status: 'running', image: LOADER },
    ]);
    // Other programs of that container have its address as well.
    expect(ended.stderr).toContain('(likely)');
  });
});
