import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDocker } from '../../../src/engine/docker/docker.ts';
import { DockerError } from '../../../src/engine/docker/errors.ts';
import {
  CURL_IMAGE,
  type DockerBench,
  docker,
  mustSkipDocker,
  openDockerBench,
  SERVER_IMAGE,
} from '../../helpers/docker.ts';

const folder = mkdtempSync(join(tmpdir(), 'chwitness-docker-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A command that stands in for docker on a machine whose engine misbehaves. */
function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

async function failureOf(call: Promise<unknown>): Promise<DockerError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof DockerError) return thrown;
  throw new Error(`no DockerError: ${String(thrown)}`);
}

describe('without an engine', () => {
  test('a machine without the command says so, and what to install', async () => {
    const error = await failureOf(openDocker(join(folder, 'nothing-here')).engine());
    expect(error.failure).toBe('no-command');
    expect(error.remedies[0]).toContain('docker.command');
  });

  test('a command that hangs is given up in time', async () => {
    const hanging = script('hangs', 'exec sleep 600');
    const error = await failureOf(openDocker(hanging).engine({ timeoutMs: 200 }));
    expect(error).toMatchObject({ failure: 'timeout', message: expect.stringContaining('had no end within') });
  });

  test('a check that is stopped takes the command with it', async () => {
    const stop = new AbortController();
    const asked = openDocker(script('hangs-too', 'exec sleep 600')).engine({ signal: stop.signal, timeoutMs: 60_000 });
    setTimeout(() => stop.abort(), 50);
    expect((await failureOf(asked)).failure).toBe('canceled');
  });

  test('an answer in an unknown shape is an error that does not repeat it', async () => {
    const odd = script('odd', 'echo \'{"Client":{"secret":"canary-value-77"}}\'');
    const error = await failureOf(openDocker(odd).engine());
    expect(error.message).toContain('is not understood');
    expect(`${error.message}${error.stack}`).not.toContain('canary-value-77');
  });

  test('output without end is cut', async () => {
    const loud = script('loud', 'exec yes');
    const result = await openDocker(loud).exec('any', ['cat'], { maxBytes: 10_000 });
    expect(result).toMatchObject({ cut: true });
    expect(result.stdout.length).toBe(10_000);
  });
});

const skipped = mustSkipDocker();
describe.skipIf(skipped)('with Docker', () => {
  let bench: DockerBench;
  const asked = openDocker();
  beforeAll(async () => {
    bench = await openDockerBench();
    bench.network('chwitness-net');
    // biome-ignore format: a command line reads better on one line
    bench.start('chwitness-web', ['--network', 'chwitness-net', '--publish', '127.0.0.1::8123', '--env', 'API_TOKEN=canary-env-1', '--env', 'MULTI=a\ncanary-env-2=x', '--label', 'x=canary-label', '--entrypoint', 'tail', SERVER_IMAGE, '-f', '/dev/null', '--sleep-interval=7777', '-n9999', 'canary-positional']);
  }, 400_000);
  afterAll(() => bench?.close());

  test('the engine tells its version', async () => {
    expect(await asked.engine()).toMatchObject({ product: 'docker', server_version: expect.any(String) });
  });

  test('of a container everything is kept but values of its environment, arguments and labels', async () => {
    const facts = await asked.container('chwitness-web');
    expect(facts).toMatchObject({
      name: 'chwitness-web',
      image: SERVER_IMAGE,
      image_id: expect.stringMatching(/^sha256:/),
      restarts: 0,
      networks: [{ name: 'chwitness-net', address: expect.any(String) }],
      program: 'tail',
      argument_names: ['-f', '--sleep-interval', '-n'],
      environment_names: ['API_TOKEN', 'MULTI', 'PATH'],
    });
    expect(JSON.stringify(facts)).not.toMatch(/canary|7777|9999/);
  });

  test('of an image and of a network', async () => {
    expect(await asked.image(CURL_IMAGE)).toMatchObject({
      tags: [CURL_IMAGE],
      platform: expect.stringMatching(/^linux\//),
      environment_names: ['CURL_RELEASE_TAG', 'PATH'],
    });
    expect(await asked.network('chwitness-net')).toMatchObject({ driver: 'bridge', subnets: [expect.any(String)] });
  });

  test('a throwaway container reads its standard input and is gone afterwards', async () => {
    const run = { image: CURL_IMAGE, network: 'chwitness-net', entrypoint: 'curl', args: ['--config', '-'] };
    const result = await asked.run({ ...run, input: 'url = "http://nobody.invalid/"\nsilent\nshow-error\n' });
    expect(result).toMatchObject({ code: 6, stderr: expect.stringContaining('Could not resolve host') });
    expect(docker('ps', '--all', '--filter', 'name=^chwitness-[0-9a-f]{12}$', '--quiet')).toBe('');
  });

  test('a throwaway container whose time is over is removed', async () => {
    const hung = asked.run({ image: SERVER_IMAGE, entrypoint: 'tail', args: ['-f', '/dev/null'], timeoutMs: 1500 });
    expect((await failureOf(hung)).failure).toBe('timeout');
    expect(docker('ps', '--all', '--filter', 'name=^chwitness-[0-9a-f]{12}$', '--quiet')).toBe('');
  });

  test('what is missing is told apart, each with a sentence of its own', async () => {
    const run = { image: CURL_IMAGE, network: 'chwitness-net', entrypoint: 'curl', args: [] };
    const failures = await Promise.all([
      failureOf(asked.container('nobody')),
      failureOf(asked.network('nowhere')),
      failureOf(asked.run({ ...run, image: 'not/there:1' })),
      failureOf(asked.run({ ...run, network: 'nowhere-either' })),
      failureOf(asked.run({ ...run, entrypoint: 'wget' })),
      failureOf(asked.exec('chwitness-web', ['curl'])),
    ]);
    expect(failures.map(({ failure }) => failure)).toEqual([
      'no-container', 'no-network', 'no-image', 'no-network', 'no-program', 'no-program',
    ]); // biome-ignore format: one line
    expect(new Set(failures.map(({ message }) => message)).size).toBe(failures.length);
    docker('stop', '--time', '0', 'chwitness-web');
    expect((await failureOf(asked.exec('chwitness-web', ['tail']))).failure).toBe('container-stopped');
  });
});
