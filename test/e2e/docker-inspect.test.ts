import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { notEstablished } from '../../src/diagnose/not-established.ts';
import { readText } from '../../src/diagnose/read/texts.ts';
import { viewOf } from '../../src/diagnose/view.ts';
import { type DockerBench, docker, mustSkipDocker, openDockerBench, SERVER_IMAGE } from '../helpers/docker.ts';

const LOADER = 'chwitness-test/orders-loader:prod';
const TAIL = ['--entrypoint', '/usr/bin/tail'];

/** What one container, or several, are diagnosed as, by the real output of `docker inspect`. */
function named(text: string) {
  const input = readText('inspect.json', text);
  const view = viewOf({}, [input]);
  const findings = diagnose(view);
  return { kind: input.facts.kind, findings, open: notEstablished(view, findings) };
}

describe.skipIf(mustSkipDocker())('docker inspect of real containers', () => {
  let bench: DockerBench;
  beforeAll(async () => {
    bench = await openDockerBench([SERVER_IMAGE]);
    docker('tag', SERVER_IMAGE, LOADER);
    const limit = ['--memory', '16m', '--memory-swap', '16m'];
    // tail holds what it reads until a line ends, and /dev/zero has none.
    bench.start('ch-small', [...limit, ...TAIL, SERVER_IMAGE, '/dev/zero']);
    bench.start('loader-small', [...limit, ...TAIL, LOADER, '/dev/zero']);
    bench.start('ch-loop', ['--restart', 'always', ...TAIL, SERVER_IMAGE, '/no/such/file']);
    bench.start('loader-killed', [...TAIL, LOADER, '-f', '/dev/null']);
    bench.start('ch-well', [...TAIL, SERVER_IMAGE, '-f', '/dev/null']);
    docker('kill', 'loader-killed');
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const ended = docker('inspect', '--format', '{{.State.Status}}', 'ch-small', 'loader-small', 'loader-killed');
      const restarts = Number(docker('inspect', '--format', '{{.RestartCount}}', 'ch-loop'));
      if (/^exited\nexited\nexited$/.test(ended) && restarts >= 3) break;
      await sleep(100);
    }
    // The engine may hear of the end before it hears of the kernel's reason, and then does not know it: once more, then.
    const state = (name: string) => docker('inspect', '--format', '{{.State.Status}} {{.State.OOMKilled}}', name);
    for (const name of ['ch-small', 'loader-small']) {
      for (let attempt = 0; attempt < 10 && state(name) !== 'exited true'; attempt += 1) {
        docker('start', name);
        for (let wait = 0; wait < 50 && !state(name).startsWith('exited'); wait += 1) await sleep(100);
      }
    }
  });
  afterAll(() => {
    if (bench) docker('rm', '--force', 'ch-loop');
    bench?.close();
  });

  test('of a server that was killed for its memory: certain, with the line that says so', () => {
    const text = docker('inspect', 'ch-small');
    const { kind, findings } = named(text);
    expect(kind).toBe('docker inspect');
    expect(findings[0]).toMatchObject({
      cause: 'server_restarted_mid_query',
      side: 'server',
      confidence: 'certain',
      summary: 'The server’s container ch-small was killed for its memory (its limit: 16 MiB)',
    });
    const line = findings[0]?.because[0]?.line ?? 0;
    expect(text.split('\n')[line - 1]).toContain('"OOMKilled": true');
  });

  test('of an ingestion, on one line as well', () => {
    for (const text of [docker('inspect', 'loader-small'), docker('inspect', '--format', '{{json .}}', 'loader-small')])
      expect(named(text).findings[0]).toMatchObject({
        cause: 'client_program_killed',
        side: 'client',
        confidence: 'certain',
      });
  });

  test('137 without OOMKilled is a signal from elsewhere: likely', () => {
    const [first] = named(docker('inspect', 'loader-killed')).findings;
    expect(first).toMatchObject({ cause: 'client_program_killed', confidence: 'likely' });
    expect(first?.summary).toContain('and not for its own limit of memory');
  });

  test('a container that is started again and again is told as such', () => {
    expect(named(docker('inspect', 'ch-loop')).findings[0]).toMatchObject({
      cause: 'server_restarts_over_and_over',
      side: 'server',
    });
  });

  test('several in one list are told apart, and one that runs is nobody’s trouble', () => {
    const causes = named(docker('inspect', 'ch-well', 'loader-small', 'ch-loop')).findings.map(({ cause }) => cause);
    expect(causes).toEqual(['client_program_killed', 'server_restarts_over_and_over']);
    const { findings, open } = named(docker('inspect', 'ch-well'));
    expect({ findings, open }).toEqual({ findings: [], open: undefined });
  });

  test('of its environment nothing is read', () => {
    const text = docker('inspect', 'ch-small').replace(
      '"Env": [',
      '"Env": [\n                "TOKEN=surely-a-secret",',
    );
    expect(text).toContain('surely-a-secret');
    expect(JSON.stringify(readText('inspect.json', text))).not.toContain('surely-a-secret');
  });
});
