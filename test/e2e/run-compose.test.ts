import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveBytes, archiveFile } from '../helpers/archive-file.ts';
import { openPlace, type Place, type Witnessed } from '../helpers/cli.ts';
import { COMPOSE_FORMS, composeMissing } from '../helpers/compose.ts';
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

const LOADER = 'qtickets_api:prod';
const SECRETS = { QTICKETS_TOKEN: 'of-the-env-file-4711', FILLED_IN_TOKEN: 'of-the-compose-file$-4712' };
const PROJECT = `
services:
  loader:
    image: ${LOADER}
    env_file: [.env.qtickets_api]
    environment: { FILLED_IN_TOKEN: "\${WORD}$$-4712" }
    networks: [clickhouse_default]
  api:
    image: ${LOADER}
    command: ["while :; do sleep 1; done"]
    stop_grace_period: 0s
    networks: [clickhouse_default]
  hungry:
    image: ${LOADER}
    mem_limit: 24m
    memswap_limit: 24m
    networks: [clickhouse_default]
  absent:
    image: no-such-image:prod
    pull_policy: never
    networks: [clickhouse_default]
networks:
  clickhouse_default: { external: true }
`;
const INSERT = `seq 1 10 | curl -sS "http://ch-zakaz:8123/?query=INSERT+INTO+zakaz.orders+FORMAT+TSV" --data-binary @-`;
const CHECKS = ['target-reachable', 'row-counts', 'command-outcome', 'command-statements'].flatMap((id) => [
  '--only',
  id,
]);

let bench: DockerBench;
let server: ContainerServer;
let place: Place;

const run = (...words: string[]): Promise<Witnessed> => {
  const target = ['--url', server.url, '--table', 'zakaz.orders'];
  return place.run(['run', '--job', 'qtickets_api', ...target, ...CHECKS, '--', ...words]);
};

describe.skipIf(skip)('a command of compose', () => {
  beforeAll(async () => {
    bench = await openDockerBench([SERVER_IMAGE]);
    const binaries = ['curl', 'sh', 'seq', 'sleep', 'head', 'tail'].map((name) => `/usr/bin/${name}`);
    makeImage(LOADER, { binaries, changes: ['ENTRYPOINT ["sh", "-c"]'] });
    bench.network('clickhouse_default');
    server = await startContainerServer(bench, { name: 'ch-zakaz', network: 'clickhouse_default' });
    await server.sql('CREATE DATABASE zakaz');
    await server.sql('CREATE TABLE zakaz.orders (id UInt64) ENGINE = MergeTree ORDER BY id');
    place = await openPlace();
    place.file('compose.yaml', PROJECT);
    place.file('.env', 'WORD=of-the-compose-file\n');
    place.file('.env.qtickets_api', `CLICKHOUSE_HOST=ch-zakaz\nQTICKETS_TOKEN="${SECRETS.QTICKETS_TOKEN}"\n`);
    const [command = '', ...words] = COMPOSE_FORMS.find((form) => composeMissing(form) === undefined) ?? [];
    if (command) execFileSync(command, [...words, 'up', '-d', 'api'], { cwd: place.folder, stdio: 'ignore' });
  }, 300_000);
  afterAll(async () => {
    await place?.close();
    server?.close();
    bench?.close();
  });

  describe.each(COMPOSE_FORMS.map((form) => ({ form, name: form.join(' ') })))('$name', ({ form }) => {
    const none = composeMissing(form) !== undefined;

    test.skipIf(none)('run leaves image, network, exit code and hidden secrets in the archive', async () => {
      const say = 'echo "inserted 10 rows into zakaz.orders with $QTICKETS_TOKEN and $FILLED_IN_TOKEN"; sleep 1.5';
      const ended = await run(...form, 'run', '--rm', 'loader', `${INSERT}; ${say}`);
      expect(ended.code, ended.stderr).toBe(0);
      const [archive = ''] = ended.archives;
      expect((await archiveFile(archive, 'data/artifacts/command/stdout.log')).toString()).toMatch(
        /^inserted 10 rows into zakaz\.orders with ‹secret-\d+› and ‹secret-\d+›\r?\n$/,
      );
      const containers = ended.run?.ingestion.command?.containers;
      expect(containers).toMatchObject([
        {
          image: LOADER,
          image_id: docker('image', 'inspect', '--format', '{{.Id}}', LOADER),
          networks: [{ name: 'clickhouse_default', address: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/) }],
          ...{ status: 'removed', exit_code: 0, oom_killed: false, restarts: 0 },
        },
      ]);
      expect(containers?.[0]?.name).toMatch(/[-_]loader[-_]run[-_]/);
      // Nobody but its container has its address.
      expect(ended.stderr).toContain("1 INSERT into zakaz.orders, 10 rows are the command's (certain)");
      const kept = await archiveBytes(archive);
      for (const secret of Object.values(SECRETS)) {
        expect(kept.includes(secret)).toBe(false);
        expect(ended.stdout + ended.stderr).not.toContain(secret);
      }
    });

    test.skipIf(none)('exec uses the container of a service, which is known', async () => {
      const ended = await run(...form, 'exec', '-T', 'api', 'sh', '-c', INSERT);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.run?.ingestion.command?.containers).toMatchObject([{ status: 'running', image: LOADER }]);
      // Other programs of that container have its address as well.
      expect(ended.stderr).toContain('(likely)');
    });
  });

  const [plugin, hyphen] = COMPOSE_FORMS;

  test.skipIf(composeMissing(plugin) !== undefined)('that was killed for its memory is told so', async () => {
    const ended = await run(...plugin, 'run', '--rm', 'hungry', 'head -c 300m /dev/zero | tail');
    expect(ended.code).toBe(137);
    expect(ended.run?.ingestion.command?.containers).toMatchObject([{ oom_killed: true, exit_code: 137 }]);
  });

  test.skipIf(composeMissing(plugin) !== undefined)('whose image is not there was not started', async () => {
    const ended = await run(...plugin, 'run', '--rm', 'absent');
    expect(ended.run?.run).toMatchObject({ exit_code_origin: 'command' });
    expect(ended.run?.ingestion).toMatchObject({
      status: 'not-started',
      command: { not_started: { reason: 'image-missing' } },
    });
  });

  test.skipIf(composeMissing(hyphen) !== undefined)('whose program is not in the image was not started', async () => {
    const ended = await run(...hyphen, 'run', '--rm', '--entrypoint', 'no-such-loader', 'loader');
    expect(ended.run?.ingestion).toMatchObject({
      status: 'not-started',
      command: {
        not_started: { reason: 'not-found', message: 'the image of service loader has no no-such-loader' },
      },
    });
  });
});
