import { Buffer } from 'node:buffer';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { everythingIn, filesBelow, layersOf } from '../helpers/archive-bytes.ts';
import { openPlace, type Place, type Witnessed } from '../helpers/cli.ts';
import { type Listening, listen, startStub } from '../helpers/http-stub.ts';
import { leaksIn } from '../helpers/secret-forms.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

const fresh = () => randomBytes(12).toString('hex');
const ALPHABETS: Record<string, () => string> = {
  'hex digits': () => randomBytes(16).toString('hex'),
  base64: () => `${randomBytes(16).toString('base64').slice(0, 20)}+/${randomBytes(8).toString('base64')}`,
  'quotes and backslashes': () => `${fresh()}'"\\"\\\\'\`${fresh()}`,
  'beyond ASCII': () => `пароль-${fresh()}-ключ✓é😀`,
  'what URLs escape': () => `%41%zz${fresh()}+/=&?#:@${fresh()}%`,
  'spaces and markup': () => `two words <b>${fresh()}</b> & more ${fresh()}`,
};

let server: TargetServer;
let proxy: Listening;
let files: Listening;
let place: Place;
const skipped = mustSkipServer();

/** A server of 18.16 takes up a changed password by itself, some seconds later. */
async function setPassword(password: string): Promise<void> {
  const path = join(server.folder, 'users.xml');
  const digest = createHash('sha256').update(password).digest('hex');
  const users = readFileSync(path, 'utf8');
  writeFileSync(
    path,
    users.replace(
      /<guarded><password.*?<networks>/,
      `<guarded><password_sha256_hex>${digest}</password_sha256_hex><networks>`,
    ),
  );
  const authorization = `Basic ${Buffer.from(`guarded:${password}`).toString('base64')}`;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // It compares whole seconds, so a change within the same second goes unseen without this.
    utimesSync(path, new Date(), new Date(Date.now() + 1000 * (attempt + 1)));
    if ((await fetch(`${server.url}/?query=SELECT%201`, { headers: { authorization } })).ok) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('the server did not take the password');
}

beforeAll(async () => {
  if (skipped) return;
  server = await startTargetServer();
  proxy = await listen(
    http.createServer((request, response) => {
      const { method, headers, url = '' } = request;
      const { 'proxy-authorization': authorization, ...onwards } = headers;
      if (authorization === undefined) return response.writeHead(407).end('who are you?');
      const onward = http.request(url, { method, headers: onwards }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    }),
  );
  files = await listen(
    http.createServer((request, response) => {
      const open = request.headers.authorization !== undefined;
      response.writeHead(open ? 200 : 401).end(open ? 'id,name\n3,from afar\n' : 'no');
    }),
  );
});
afterAll(async () => {
  await Promise.allSettled([proxy?.close(), files?.close()]);
  await server?.stop();
});
beforeEach(async () => {
  place = await openPlace();
  await server.sql('CREATE DATABASE IF NOT EXISTS zakaz');
  await server.sql('CREATE TABLE zakaz.orders_2025 (id UInt32, name String) ENGINE = MergeTree ORDER BY id');
});
afterEach(async () => {
  await place.close();
  await server.sql('DROP TABLE zakaz.orders_2025');
});

const csv = (text: string) => `"${text.replaceAll('"', '""')}"`;
const verdictOf = ({ code, run }: Witnessed) => ({
  code,
  load: run?.ingestion.status,
  checks: run?.checks.map(({ phase, id, status }) => `${phase}/${id} ${status}`),
  causes: run?.findings.map(({ cause, side, confidence }) => ({ cause, side, confidence })),
  complete: run?.run.complete,
});

/** Every place where something of a run may be seen later. What the test itself wrote is left out. */
function leaksOf(run: Witnessed, secrets: Readonly<Record<string, string>>, own: readonly string[]): string[] {
  const seen = [
    { path: 'standard output', bytes: Buffer.from(run.stdout) },
    { path: 'standard error', bytes: Buffer.from(run.stderr) },
    ...run.archives.flatMap((archive) => everythingIn(archive)),
    ...filesBelow(place.folder)
      .filter(({ path }) => !own.includes(join(place.folder, path)))
      .flatMap(({ path, bytes }) => [
        { path, bytes: Buffer.from(path) },
        ...layersOf(bytes).map((layer) => ({ path, bytes: layer })),
      ]),
  ];
  return seen.flatMap(({ path, bytes }) => leaksIn(bytes, secrets).map((leak) => `${path}: ${leak}`));
}

interface Scene {
  secrets: Record<'CLICKHOUSE_PASSWORD' | 'QTICKETS_TOKEN', string> & Record<string, string>;
  own: string[];
  env: { CLICKHOUSE_URL: string } & Record<string, string>;
  args: string[];
}

const ORDINARY = 'ORG_NAME=zakaz\nREPORT_YEAR=2025\nMETRICS_PORT=8123\nJOB_NAME=zakaz\n';

/** Secrets in the environment, an env-file, the configuration, the proxy's URL, a source's URL, DDL, file names and rows. */
function scene(make: (nth: number) => string, kind: 'good' | 'bad'): Scene {
  const secrets = {
    CLICKHOUSE_PASSWORD: make(0),
    // A letter first: of a token that begins with digits a server reads those as the number it expects, and quotes the rest alone.
    QTICKETS_TOKEN: `t${make(1)}`,
    PARTNER_CODE: make(2).replaceAll('/', '~'),
    proxy: make(3),
    source: make(4),
    'DDL user': make(5),
    'DDL key': make(6),
  };
  const quoted = (text: string) => text.replace(/[\\']/g, '\\$&');
  const own = [
    place.file('.env.prod', `${ORDINARY}QTICKETS_TOKEN=${secrets.QTICKETS_TOKEN}\n`),
    place.file(
      'chwitness.yaml',
      `${kind === 'good' ? 'env_file: [.env.prod]\n' : ''}secrets: [PARTNER_CODE]\nload: { settings: { max_threads: "2" } }\n`,
    ),
    place.file(
      'sql/schema/orders.sql',
      `CREATE USER loader IDENTIFIED BY '${quoted(secrets['DDL user'])}';
CREATE TABLE zakaz.orders_2025 (id UInt32, name String) ENGINE = MergeTree ORDER BY id;
CREATE TABLE zakaz.far (id UInt32) ENGINE = S3('https://bucket.invalid/a.csv', 'AKIAEXAMPLE', '${quoted(secrets['DDL key'])}', 'CSV');\n`,
    ),
    place.file(
      kind === 'good' ? `rows-2025-${secrets.PARTNER_CODE}.csv` : `bad-2025-${secrets.PARTNER_CODE}.csv`,
      kind === 'good'
        ? `id,name\n1,${csv(secrets.QTICKETS_TOKEN)}\n2,${csv(secrets.PARTNER_CODE)}\n`
        : `id,name\n8123,zakaz\n${csv(secrets.QTICKETS_TOKEN)},${csv(secrets.CLICKHOUSE_PASSWORD)}\n`,
    ),
  ];
  const from = files.url.replace('//', `//reader:${encodeURIComponent(secrets.source)}@`);
  return {
    secrets,
    own,
    env: {
      CLICKHOUSE_URL: server.url,
      CLICKHOUSE_USER: 'guarded',
      CLICKHOUSE_PASSWORD: secrets.CLICKHOUSE_PASSWORD,
      CHWITNESS_PROXY: proxy.url.replace('//', `//gate:${encodeURIComponent(secrets.proxy)}@`),
      PARTNER_CODE: secrets.PARTNER_CODE,
    },
    args: [
      'load',
      own[3] ?? '',
      ...(kind === 'good' ? [`${from}/more.csv?sig=${encodeURIComponent(secrets.source)}`] : []),
      ...(kind === 'bad' ? ['--env-file', '.env.prod'] : []),
      '--table',
      'zakaz.orders_2025',
    ],
  };
}

describe.skipIf(skipped)('a run full of fresh secrets shows and keeps none of them, in no form', () => {
  const alphabets = Object.values(ALPHABETS);
  const names = Object.keys(ALPHABETS);
  // Each secret has another alphabet, and with each turn the next one.
  const turns = names.flatMap((name, turn) => [
    { name, turn, kind: turn % 3 === 0 ? ('good' as const) : ('bad' as const) },
  ]);
  const without = new Map<string, ReturnType<typeof verdictOf>>();

  test.for(turns)('$kind rows, password of $name; the verdict is the one without secrets', async ({ turn, kind }) => {
    const make: (nth: number) => string = (nth: number) => alphabets[(turn + nth) % alphabets.length]?.() ?? '';
    const { secrets, own, env, args } = scene(make, kind);
    await setPassword(secrets.CLICKHOUSE_PASSWORD);
    const run = await place.run(args, { env });
    expect(run.code, run.stdout + run.stderr).toBe(kind === 'good' ? 0 : 1);
    expect(leaksOf(run, secrets, own)).toEqual([]);
    // What only looks like a value of the env-file stays readable.
    for (const ordinary of ['zakaz', '2025', ...(kind === 'bad' ? ['8123'] : [])])
      expect(run.stdout).toContain(ordinary);
    expect(run.run).toMatchObject({ run: { job: 'zakaz' } });
    // The finder does find them where they are, and they were where they could have been kept.
    expect(own.flatMap((path) => leaksIn(readFileSync(path), secrets)).length).toBeGreaterThan(4);
    const rules = new Set(run.run?.redactions.map(({ rule }) => rule));
    expect([...rules]).toEqual(
      expect.arrayContaining(['known:PARTNER_CODE', ...(kind === 'bad' ? ['known:QTICKETS_TOKEN'] : [])]),
    );

    if (!without.has(kind)) {
      await server.sql('TRUNCATE TABLE zakaz.orders_2025');
      const { env, args } = scene(() => 'word', kind);
      without.set(kind, verdictOf(await place.run(args, { env: { CLICKHOUSE_URL: env.CLICKHOUSE_URL } })));
    }
    expect(verdictOf(run)).toEqual(without.get(kind));
  });
});

describe('the embedded engine', () => {
  test('leaves no secret of rows, DDL or variables beside the data itself', async () => {
    const [token = '', key = ''] = [ALPHABETS['quotes and backslashes']?.(), ALPHABETS.base64?.()];
    const secrets = { QTICKETS_TOKEN: token, 'DDL key': key };
    const own = [
      place.file('rows.csv', `id,name\n1,a\n${csv(token)},b\n`),
      place.file(
        'sql/schema/rows.sql',
        `CREATE TABLE rows (id UInt32, name String) ENGINE = MergeTree ORDER BY id;
CREATE TABLE far (id UInt32) ENGINE = S3('https://bucket.invalid/a.csv', 'AKIAEXAMPLE', '${key}', 'CSV');\n`,
      ),
    ];
    const args = ['load', 'rows.csv', '--table', 'rows', '--embedded', 'data', '--force'];
    const made = await place.run([
      'load',
      place.file('first.csv', 'id,name\n1,a\n'),
      '--table',
      'rows',
      '--create',
      '--embedded',
      'data',
      '--skip',
      'target-schema',
    ]);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    const run = await place.run(args, { env: { QTICKETS_TOKEN: token } });
    expect(run.code, run.stdout + run.stderr).toBe(1);
    expect(run.run?.ingestion).toMatchObject({ status: 'failed' });
    expect(leaksOf(run, secrets, own)).toEqual([]);
  });
});

describe('a server that throws our own credentials back at us', () => {
  test.for(Object.entries(ALPHABETS))('%s', async ([, make]) => {
    const password = make();
    const secrets = { CLICKHOUSE_PASSWORD: password };
    const echo = await startStub(({ headers }, response) => {
      const sent = headers.authorization ?? '';
      const pair = Buffer.from(sent.replace(/^Basic /, ''), 'base64').toString();
      const said = pair.slice(pair.indexOf(':') + 1);
      const ways = [
        sent,
        pair,
        said,
        encodeURIComponent(said),
        Buffer.from(`x${said}y`).toString('base64'),
        JSON.stringify(headers),
        Buffer.from(said).toString('hex'),
      ];
      response.writeHead(500, { 'content-type': 'text/plain; charset=UTF-8' });
      response.end(`Code: 1000. DB::Exception: proxy says ${ways.join(' | ')}. (POCO_EXCEPTION)`);
    });
    try {
      const own = [place.file('rows.csv', 'id,name\n1,a\n')];
      const env = { CLICKHOUSE_URL: echo.url, CLICKHOUSE_USER: 'guarded', CLICKHOUSE_PASSWORD: password };
      const run = await place.run(['load', 'rows.csv', '--table', 'orders', '--force'], { env });
      expect(run.code, run.stdout + run.stderr).toBe(1);
      expect(leaksOf(run, secrets, own)).toEqual([]);
      expect(run.stdout).toContain('proxy says');
      for (const command of [
        ['probe', 'orders'],
        ['preflight', '--json'],
        ['schema', 'diff', 'rows.csv'],
      ]) {
        const other = await place.run(command, { env });
        expect(leaksOf(other, secrets, own)).toEqual([]);
      }
    } finally {
      await echo.close();
    }
  });
});
