import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const ask = async (sql: string) => (await fetch(server.url, { method: 'POST', body: sql })).text();
const CHECKS = ['target-reachable', 'command-outcome', 'command-statements'].flatMap((id) => ['--only', id]);

/** A load of single rows, one INSERT each, with pauses, that begins when a file appears. */
function load(table: string, { rows = 6, as = 'default:' } = {}): string {
  const insert = `curl -sS -u '${as}' '${server.url}/?query=INSERT+INTO+${table}+FORMAT+TSV' --data-binary "$i"`;
  return `touch ready-$$; i=0; while [ $i -lt ${rows} ]; do i=$((i+1)); ${insert}; sleep 0.3; done`;
}

async function factsOf(archive: string) {
  const text = (await archiveFile(archive, 'data/facts/after/command-statements.json')).toString();
  return JSON.parse(text).facts;
}

/** A check that takes as long as those of a real run do together: log times of old servers are whole seconds. */
const SLOW = `export default (api) => api.defineCheck({
  id: 'slow', title: 'It ends', failureTitle: 'It does not end', why: 'Real checks take a while.', phases: ['before'],
  factsVersion: 1, facts: api.z.strictObject({}), judge: () => api.pass('it ended'),
  collect: async () => { await new Promise((resolve) => setTimeout(resolve, 2500)); return {}; } });`;

describe.skipIf(missing !== undefined)('beside others', () => {
  beforeAll(async () => {
    const started = await startOldServer();
    if (!started.server) throw new Error(started.reason);
    server = started.server;
    place = await openPlace();
    await ask('CREATE DATABASE shop');
    for (const table of ['orders', 'items'])
      await ask(`CREATE TABLE shop.${table} (id UInt64) ENGINE = MergeTree ORDER BY id`);
  });
  afterAll(async () => {
    await place?.close();
    await server?.stop();
  });

  const witness = (job: string, table: string, script: string, env = {}, user: string[] = []) =>
    place.start(
      ['run', '--job', job, '--url', server.url, '--table', table, ...user, ...CHECKS, '--', 'sh', '-c', script],
      { env },
    );

  /** Two loads at once: what each archive says of whose the statements were. */
  async function two(a: ReturnType<typeof witness>, b: ReturnType<typeof witness>) {
    const ended = await Promise.all([a.ended, b.ended]);
    const archives = ['one', 'two'].map(
      (job) =>
        place
          .archives()
          .filter((path) => path.includes(`/${job}-`))
          .at(-1) ?? '',
    );
    const facts = await Promise.all(archives.map(factsOf));
    const said = ended.map(({ stderr }) => /command-statements +(.*)/.exec(stderr)?.[1] ?? stderr);
    return { ended, facts, said };
  }

  test('two loads into different tables: each archive has its own statements', async () => {
    const { said, ended } = await two(
      witness('one', 'shop.orders', load('shop.orders')),
      witness('two', 'shop.items', load('shop.items', { rows: 4 })),
    );
    expect(said).toEqual([
      "6 INSERTs into shop.orders, 6 rows are the command's (likely)",
      "4 INSERTs into shop.items, 4 rows are the command's (likely)",
    ]);
    expect(ended.map(({ code }) => code)).toEqual([0, 0]);
  });

  test('two loads as different users: each archive has its own statements', async () => {
    const guarded = { CLICKHOUSE_PASSWORD: 'old-server-pw' };
    const { said, facts } = await two(
      witness('one', 'shop.orders', load('shop.orders')),
      witness('two', 'shop.orders', load('shop.orders', { rows: 4, as: 'guarded:old-server-pw' }), guarded, [
        '--user',
        'guarded',
      ]),
    );
    expect(said).toEqual([
      "6 INSERTs into shop.orders, 6 rows are the command's (likely)",
      "4 INSERTs into shop.orders, 4 rows are the command's (likely)",
    ]);
    expect(facts.map(({ writers }) => writers.user)).toEqual(['default', 'guarded']);
  });

  test('two loads of one user into one table, interleaved: ambiguous, and the statements are listed', async () => {
    const { said, facts } = await two(
      witness('one', 'shop.orders', load('shop.orders')),
      witness('two', 'shop.orders', load('shop.orders')),
    );
    for (const sentence of said)
      expect(sentence).toMatch(/ambiguous: .*shop\.orders.* may be the command's, or another's/);
    for (const { inserts } of facts) expect(inserts.length).toBeGreaterThanOrEqual(6);
  });

  test('somebody whom nobody witnesses, before and after the command, too: ambiguous', async () => {
    place.file('chwitness/checks/slow.mjs', SLOW);
    const stranger = spawn('sh', ['-c', load('shop.orders', { rows: 60 })], { cwd: place.folder, stdio: 'ignore' });
    const { stderr } = await witness('alone', 'shop.orders', load('shop.orders', { rows: 3 }), {}, [
      '--only',
      'chwitness/slow',
    ]).ended;
    rmSync(join(place.folder, 'chwitness'), { recursive: true });
    stranger.kill('SIGKILL');
    expect(stderr).toMatch(/ambiguous: /);
    expect(stderr).toMatch(/wrote into shop\.orders (before it began|after its end), too/);
  });

  test('a job that runs already is not run a second time, and says who runs it', async () => {
    const first = witness('held', 'shop.orders', load('shop.orders', { rows: 20 }));
    await first.until('it held the job', () => existsSync(join(place.state, 'locks', 'held.lock')));
    const second = await witness('held', 'shop.orders', 'true').ended;
    expect({ code: second.code, stderr: second.stderr }).toEqual({
      code: 120,
      stderr: expect.stringContaining(`The job held is being run already, by process ${first.pid}, since `),
    });
    first.child.kill('SIGKILL');
    await first.ended;
    const third = await place.run(['run', '--job', 'held', '--url', server.url, ...CHECKS, '--', 'true']);
    expect(third.stderr).toContain('was killed while it was busy with');
    expect(third.archives).toHaveLength(2);
    expect(readdirSync(join(place.state, 'locks'))).toEqual([]);
  });

  test('JUnit XML, metrics and a webhook tell of a run, without its secrets', async () => {
    const told: { path: string; body: string }[] = [];
    const hook = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        told.push({ path: request.url ?? '', body });
        response.writeHead(told.length === 1 ? 200 : 500).end();
      });
    });
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
    const address = hook.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const secret = 'hook-secret-4711';
    const env = { CHWITNESS_WEBHOOK: `http://127.0.0.1:${port}/${secret}`, ORDERS_TOKEN: 'tok-of-the-run-1' };
    const args = [
      'run',
      '--job',
      'told',
      '--url',
      server.url,
      '--junit',
      'junit.xml',
      '--textfile',
      'told.prom',
      ...CHECKS,
    ];
    const bad = await place.run([...args, '--', 'sh', '-c', 'echo $ORDERS_TOKEN >&2; exit 3'], { env });
    const again = await place.run([...args, '--', 'sh', '-c', 'echo $CHWITNESS_WEBHOOK; exit 4'], { env });
    const good = await place.run(
      [...args, '--table', 'shop.orders', '--', 'sh', '-c', load('shop.orders', { rows: 1 })],
      { env },
    );
    hook.close();
    expect([bad.code, again.code, good.code]).toEqual([3, 4, 0]);
    // The second run is told twice: what answers 500 may be well again in a second.
    expect(told.map(({ path }) => path)).toEqual([`/${secret}`, `/${secret}`, `/${secret}`]);
    expect(JSON.parse(told[0]?.body ?? '')).toMatchObject({
      text: 'chwitness: told failed: the command ended with exit code 3',
      run: { job: 'told', exit_code: 3, exit_code_origin: 'command' },
    });
    expect(again.stderr).toContain('The webhook could not be told: it answered 500');
    const everything =
      [bad, again, good].map(({ stdout, stderr }) => stdout + stderr).join('') + told.map(({ body }) => body).join('');
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain('tok-of-the-run-1');
    expect(readFileSync(join(place.folder, 'told.prom'), 'utf8')).toMatch(/^chwitness_run_exit_code\{job="told"\} 0$/m);
    expect(readFileSync(join(place.folder, 'junit.xml'), 'utf8')).toContain(
      '<testcase classname="told.ingestion" name="command"',
    );
    expect(readdirSync(place.folder).filter((name) => name.endsWith('.next'))).toEqual([]);
  });
});
