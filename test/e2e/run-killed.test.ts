import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { archiveFile } from '../helpers/archive-file.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type OldServer, oldServerMissing, startOldServer } from '../helpers/old-server.ts';

const missing = oldServerMissing();
if (missing !== undefined) {
  console.warn(missing);
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error(missing);
}

let server: OldServer;
let place: Place;

/** A check that never ends in one phase, and tells that it has begun. */
const staying = (phase: 'before' | 'after') => `import { writeFileSync } from 'node:fs';
export default (api) => api.defineCheck({
  id: 'stays', title: 'It ends', failureTitle: 'It does not end', why: 'Someone waits for it.', phases: ['${phase}'],
  factsVersion: 1, facts: api.z.strictObject({}), judge: () => api.pass('never'),
  collect: async () => { writeFileSync(${JSON.stringify(join(place.folder, 'staying'))}, ''); await new Promise(() => {}); } });`;

/** A check that keeps so much that packing takes seconds. */
const heavy = `import { randomBytes } from 'node:crypto';
export default (api) => api.defineCheck({
  id: 'heavy', title: 'It is kept', failureTitle: 'It is not kept', why: 'Packing it takes a while.', phases: ['after'],
  factsVersion: 1, facts: api.z.strictObject({}), judge: () => api.pass('kept'),
  collect: async (probe) => {
    const lines = async function* () { for (let at = 0; at < 400; at += 1) yield Buffer.from(randomBytes(30000).toString('base64') + '\\n'); };
    await probe.artifact('heavy.txt', lines());
    return {}; } });`;

const isThere = (name: string) => existsSync(join(place.folder, name));

describe.skipIf(missing !== undefined)('kill -9 of a run with a command', () => {
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    place = await openPlace();
  });
  afterEach(() => place?.close());

  const start = (script: string) => {
    const checks = [
      'target-reachable',
      'command-outcome',
      ...(isThere('chwitness') ? ['chwitness/stays', 'chwitness/heavy'] : []),
    ];
    const there = checks.filter((id) => !id.includes('/') || isThere(`chwitness/checks/${id.split('/')[1]}.mjs`));
    const only = there.flatMap((id) => ['--only', id]);
    return place.start(['run', '--job', 'killed', '--url', server.url, ...only, '--', 'sh', '-c', script]);
  };

  async function kill(running: ReturnType<typeof start>) {
    running.child.kill('SIGKILL');
    await running.ended;
  }

  /** What the next start says and packs of the killed run. */
  async function next() {
    rmSync(join(place.folder, 'chwitness'), { recursive: true, force: true });
    const ended = await place.run([
      'run',
      '--job',
      'killed',
      '--url',
      server.url,
      '--only',
      'target-reachable',
      '--',
      'true',
    ]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.archives).toHaveLength(2);
    expect(readdirSync(join(place.state, 'runs'))).toEqual([]);
    const runs = await Promise.all(
      ended.archives.map(async (archive) => ({ archive, ...(await archiveJson(archive)) })),
    );
    const killed = runs.find(({ run }) => !run.complete);
    expect(ended.stderr).toContain(`Run ${killed?.run.id} was killed while it was busy with: `);
    expect(ended.stderr).toContain('marked incomplete');
    expect(await place.verify(killed?.archive ?? '')).toMatchObject({ code: 0 });
    return killed;
  }

  test('in the checks before it: the command was not started', async () => {
    place.file('chwitness/checks/stays.mjs', staying('before'));
    const running = start('touch ran');
    await running.until('the checks went on', () => isThere('staying'));
    await kill(running);
    expect(await next()).toMatchObject({ run: { exit_code_reason: expect.stringContaining('checks before') } });
    expect(isThere('ran')).toBe(false);
  });

  test('while the command runs: what it had printed is there', async () => {
    const running = start('echo "begun $$"; sleep 30');
    await running.until('it printed', ({ stdout }) => stdout.includes('begun'));
    await kill(running);
    const killed = await next();
    expect(killed?.ingestion).toMatchObject({
      kind: 'command',
      status: 'canceled',
      error: { message: expect.stringContaining('killed while the command ran') },
      command: { line: expect.stringContaining('echo') },
    });
    const log = (await archiveFile(killed?.archive ?? '', 'data/artifacts/command/stdout.log')).toString();
    expect(log).toMatch(/^begun \d+\n$/);
    // It is nobody's any more, and goes on: that is said, and here it is ended.
    process.kill(Number(/\d+/.exec(log)?.[0]), 'SIGKILL');
  });

  test('in the checks after it: its output, exit code and the checks before are there', async () => {
    place.file('chwitness/checks/stays.mjs', staying('after'));
    const running = start('echo all; exit 3');
    await running.until('the checks went on', () => isThere('staying'));
    await kill(running);
    const killed = await next();
    expect(killed?.ingestion).toMatchObject({ kind: 'command', status: 'failed', command: { exit_code: 3 } });
    expect(killed?.checks.length).toBeGreaterThan(0);
  });

  test('in the checks after a command that failed: what it printed is diagnosed all the same', async () => {
    place.file('chwitness/checks/stays.mjs', staying('after'));
    const refused =
      'Code: 516. DB::Exception: loader: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)';
    const running = start(`echo '${refused}'; exit 1`);
    await running.until('the checks went on', () => isThere('staying'));
    await kill(running);
    const killed = await next();
    expect(killed?.findings[0]).toMatchObject({ cause: 'auth_wrong_password', because: [{ line: 1 }] });
    const report = (await archiveFile(killed?.archive ?? '', 'report.md')).toString();
    expect(report.replaceAll('\\', '')).toContain('auth_wrong_password');
  });

  test('while it packs: all of it is there', async () => {
    place.file('chwitness/checks/heavy.mjs', heavy);
    const running = start('echo all; exit 3');
    const runs = join(place.state, 'runs');
    const packing = () =>
      (existsSync(runs) ? readdirSync(runs) : []).some((id) => {
        const path = join(runs, id, 'run-state.json');
        return existsSync(path) && readFileSync(path, 'utf8').includes('packing');
      });
    await running.until('it packed', packing);
    await kill(running);
    const killed = await next();
    expect(killed?.run.exit_code_reason).toContain('packing');
    expect((await archiveFile(killed?.archive ?? '', 'data/artifacts/command/stdout.log')).toString()).toBe('all\n');
    expect(readdirSync(place.out).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  test('in another container, which cannot be asked for its pid: left alone until it shows no life for a minute', async () => {
    const running = start('echo "begun $$"; sleep 30');
    await running.until('it printed', ({ stdout }) => stdout.includes('begun'));
    await kill(running);
    process.kill(Number(/begun (\d+)/.exec((await running.ended).stdout)?.[1]), 'SIGKILL');
    const [id = ''] = readdirSync(join(place.state, 'runs'));
    const path = join(place.state, 'runs', id, 'run-state.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"place": ?"[^"]+"/, '"place":"elsewhere-1"'));
    const [own = ''] = readdirSync(join(place.state, 'alive'));
    const life = join(place.state, 'alive', own.replace(/^[^.]+/, 'elsewhere-1'));
    writeFileSync(life, '');
    await place.run(['run', '--job', 'other', '--url', server.url, '--only', 'target-reachable', '--', 'true']);
    expect(readdirSync(join(place.state, 'runs'))).toEqual([id]);
    const minutesAgo = new Date(Date.now() - 120_000);
    utimesSync(life, minutesAgo, minutesAgo);
    await next();
  });
});
