import { existsSync, readdirSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { type Listening, listen } from '../helpers/http-stub.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';
import { mountTmpfs } from '../helpers/tmpfs.ts';

let server: TargetServer;
let silentTcp: Listening;
let silentHttp: Listening;
/** The real server, but an INSERT of the load is taken in and never answered. */
let hangingInsert: Listening;
let place: Place;

const skipped = mustSkipServer();
beforeAll(async () => {
  if (skipped) return;
  server = await startTargetServer();
  silentTcp = await listen(net.createServer());
  silentHttp = await listen(http.createServer((request) => request.resume()));
  hangingInsert = await listen(
    http.createServer((request, response) => {
      if (/INSERT/.test(decodeURIComponent(request.url ?? '')) && /-load-/.test(request.url ?? '')) {
        request.resume();
        return;
      }
      const { method, url, headers } = request;
      const onward = http.request(`${server.url}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    }),
  );
});
afterAll(async () => {
  await Promise.allSettled([silentTcp, silentHttp, hangingInsert].map((stub) => stub?.close()));
  await server?.stop();
});
beforeEach(async () => {
  place = await openPlace();
  await server.sql('CREATE TABLE orders (id UInt32, name String) ENGINE = MergeTree ORDER BY id');
});
afterEach(async () => {
  await place.close();
  await server.sql('DROP TABLE orders');
});

interface Condition {
  condition: string;
  /** Default: a good file of two rows. */
  file?: () => [name: string, content: string | Uint8Array];
  url?: () => string;
  args?: readonly string[];
  env?: Record<string, string>;
  before?: () => void;
  code: number;
  load: string;
  /** A distinctive part of what is said on the terminal and in the archive. */
  sentence: string | RegExp;
  /** Causes that the diagnosis names. */
  causes: string[];
  /** Rows in the table afterwards; default 0. */
  rows?: number;
  /** Checks whose results tell, `phase/id status`. */
  checks?: string[];
}

const rows = (count: number) => Array.from({ length: count }, (_, at) => `${at},name ${Math.sin(at)}\n`).join('');
const cutGzip = () => gzipSync(`id,name\n${rows(5000)}`).subarray(0, 20_000);
const hangs = (phase: 'before' | 'after') => `export default (api) => api.defineCheck({
  id: 'hangs', title: 'It ends', failureTitle: 'It does not end', why: 'Someone waits for it.', phases: ['${phase}'],
  factsVersion: 1, facts: api.z.strictObject({}), collect: () => new Promise(() => {}), judge: () => api.pass('never') });`;

const table: Condition[] = [
  {
    condition: 'a wrong password',
    args: ['--user', 'guarded'],
    env: { CLICKHOUSE_PASSWORD: 'surely-not-the-password' },
    code: 1,
    load: 'not-started',
    sentence: 'Wrong password for user guarded',
    causes: ['auth_wrong_password'],
    checks: ['before/target-reachable fail', 'before/row-counts skip', 'after/target-reachable fail'],
  },
  {
    condition: 'a host that refuses',
    url: () => 'http://127.0.0.1:1',
    code: 1,
    load: 'not-started',
    sentence: 'nothing listens at http://127.0.0.1:1: the connection was refused',
    causes: ['connection_refused'],
  },
  {
    condition: 'a host name that nobody knows',
    url: () => 'http://no-such-host.invalid:8123',
    code: 1,
    load: 'not-started',
    sentence: 'the host name of http://no-such-host.invalid:8123 is not known to the name service',
    causes: ['dns_unresolvable'],
  },
  {
    condition: 'the port of the native protocol',
    url: () => `http://127.0.0.1:${server.nativePort}`,
    code: 1,
    load: 'not-started',
    sentence: /native/,
    causes: ['http_client_on_native_port'],
  },
  {
    condition: 'an empty file',
    file: () => ['empty.csv', ''],
    code: 1,
    load: 'failed',
    sentence: 'empty.csv: empty: 0 bytes, so there was nothing to load',
    causes: ['input_empty'],
  },
  {
    condition: 'a header and no rows',
    file: () => ['header.csv', 'id,name\n'],
    code: 1,
    load: 'failed',
    sentence: 'header.csv: without rows, so there was nothing to load',
    causes: ['input_empty'],
  },
  {
    condition: 'a gzip that is cut off',
    file: () => ['cut.csv.gz', cutGzip()],
    code: 1,
    load: 'failed',
    sentence: 'cut.csv.gz ends in the middle of its gzip stream, after 20000 bytes: it is cut off',
    causes: ['gzip_file_damaged'],
  },
  {
    condition: 'a Parquet file that is random bytes',
    file: () => ['not.parquet', Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7919 + (at >> 3)) % 256))],
    code: 1,
    load: 'failed',
    sentence: /not\.parquet .*Parquet/,
    causes: ['client_sent_wrong_format'],
  },
  {
    condition: 'a Parquet file that is cut off',
    file: () => ['cut.parquet', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(2000, 'x')])],
    code: 1,
    load: 'failed',
    sentence: /cut\.parquet .*(cut off|end)/,
    causes: ['input_truncated'],
  },
  {
    condition: 'a column too many in the header',
    file: () => ['extra.csv', 'id,name,extra\n1,a,x\n'],
    code: 1,
    load: 'failed',
    sentence: 'extra.csv has a header that names extra, which the table does not have (it has id, name)',
    causes: ['csv_header_names_mismatch'],
  },
  {
    condition: 'a column too many in a row',
    file: () => ['wide.csv', 'id,name\n1,a\n2,b,c\n'],
    code: 1,
    load: 'failed',
    sentence: /Expected end of line: \(at row 2\)/,
    causes: ['surplus_fields_in_text_row'],
  },
  {
    condition: 'a server that takes connections and never speaks',
    url: () => silentTcp.url,
    args: ['--timeout', '2s'],
    code: 1,
    load: 'not-started',
    sentence: 'the server did not answer within 2.0 s',
    causes: ['client_timeout_shorter_than_query'],
  },
  {
    condition: 'a server that takes requests and never answers',
    url: () => silentHttp.url,
    args: ['--timeout', '2s'],
    code: 1,
    load: 'not-started',
    sentence: 'the server did not answer within 2.0 s',
    causes: ['client_timeout_shorter_than_query'],
  },
  {
    condition: 'an INSERT that is never answered',
    url: () => hangingInsert.url,
    args: ['--timeout', '2s'],
    code: 1,
    load: 'failed',
    sentence: 'the server did not answer within 2.0 s',
    causes: ['client_timeout_shorter_than_query'],
  },
  {
    condition: 'a check that never ends',
    args: ['--only', 'foreign/hangs', '--only', 'row-counts'],
    before() {
      place.file('foreign/hangs.mjs', hangs('before'));
      place.file('chwitness.yaml', 'plugins: [./foreign/hangs.mjs]\nchecks: { foreign/hangs: { timeout_ms: 1000 } }\n');
    },
    code: 1,
    load: 'ok',
    sentence: 'foreign/hangs',
    causes: [],
    rows: 2,
    checks: ['before/foreign/hangs timeout', 'before/row-counts pass', 'after/row-counts pass'],
  },
];

describe.skipIf(skipped)('each failure ends with its exit code, a clear sentence and a whole archive', () => {
  test.for(table)('$condition → $code', async (row) => {
    const [name, content] = row.file?.() ?? ['orders.csv', 'id,name\n1,a\n2,b\n'];
    place.file(name, content);
    row.before?.();
    const url = row.url?.() ?? server.url;
    const args = ['load', name, '--table', 'orders', '--url', url, ...(row.args ?? [])];
    const { code, stdout, stderr, run, archives } = await place.run(args, { env: row.env ?? {} });
    expect({ code, archives: archives.length, load: run?.ingestion.status }, stdout + stderr).toEqual({
      code: row.code,
      archives: 1,
      load: row.load,
    });
    expect(run?.run).toMatchObject({ exit_code: row.code, complete: true });
    expect(stdout).toMatch(row.sentence);
    expect(JSON.stringify(run)).toMatch(row.sentence);
    expect(run?.findings.map(({ cause }) => cause)).toEqual(row.causes);
    expect(run?.checks.map(({ phase, id, status }) => `${phase}/${id} ${status}`)).toEqual(
      expect.arrayContaining(row.checks ?? []),
    );
    expect(run?.checks.filter(({ status }) => status === 'error')).toEqual([]);
    expect(await server.count('orders')).toBe(row.rows ?? 0);
    expect(await place.verify(archives[0] ?? '')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole/) });
  });
});

describe.skipIf(skipped)('Ctrl-C while a large file loads', () => {
  /** Batches of 50 rows: it goes on for far longer than a test. */
  const large = () => {
    place.file('large.csv', `id,name\n${rows(300_000)}`);
    return ['load', 'large.csv', '--table', 'orders', '--url', server.url, '--batch-rows', '50'];
  };
  const someRows = async () => {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      if ((await server.count('orders')) > 200) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error('no row came');
  };

  test.for(['SIGINT', 'SIGTERM'] as const)(
    '%s stops the load; the checks after it and the archive still come',
    async (signal) => {
      const running = place.start(large());
      await someRows();
      running.child.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      expect({ code, said: stderr.includes(`${signal} received: stopping`) }, stdout + stderr).toEqual({
        code: 1,
        said: true,
      });
      const [archive = '', ...others] = place.archives();
      expect(others).toEqual([]);
      const run = await archiveJson(archive);
      const stored = await server.count('orders');
      expect(run.run).toMatchObject({
        exit_code: 1,
        complete: true,
        exit_code_reason: 'the load was stopped before its end',
      });
      expect(run.ingestion).toMatchObject({ status: 'canceled', error: { failure: 'canceled' } });
      expect(run.row_counts).toMatchObject([{ table: 'default.orders', before: '0', after: String(stored) }]);
      expect(run.ingestion.rows_written).toBeGreaterThan(0);
      expect(run.ingestion.rows_written).toBeLessThanOrEqual(stored);
      expect(stored).toBeLessThanOrEqual(run.ingestion.rows_sent);
      expect(run.ingestion.rows_sent).toBeLessThan(300_000);
      const after = run.checks.filter(({ phase }) => phase === 'after');
      expect(after.length).toBeGreaterThan(5);
      // A batch that was on its way had no answer any more, and that is said.
      const bad = after.filter(({ status }) => ['error', 'timeout', 'canceled', 'fail'].includes(status));
      expect(
        bad.filter(({ message }) => !/^of \d+ rows it is not known whether they are stored$/.test(message)),
      ).toEqual([]);
      expect(stdout).toContain('the load was stopped before its end');
      expect(await place.verify(archive)).toMatchObject({ code: 0 });
      expect(readdirSync(join(place.state, 'runs'))).toEqual([]);
    },
  );

  test('standard input that gives no more bytes does not hold the run', async () => {
    const args = ['load', '-', '--table', 'orders', '--format', 'CSV', '--url', server.url, '--batch-rows', '50'];
    const running = place.start(args, { openInput: true });
    running.child.stdin?.write(rows(40_000));
    await someRows();
    running.child.kill('SIGINT');
    const { code, stdout, stderr } = await running.ended;
    expect(code, stdout + stderr).toBe(1);
    const run = await archiveJson(place.archives()[0] ?? '');
    expect(run).toMatchObject({ run: { complete: true }, ingestion: { status: 'canceled' } });
  });

  test('standard input that gives nothing at all does not hold the command', async () => {
    const running = place.start(['load', '-', '--table', 'orders', '--url', server.url], { openInput: true });
    running.child.stdin?.write('id,name\n');
    await new Promise((done) => setTimeout(done, 2000));
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('stopped by SIGINT') });
    expect(existsSync(join(place.state, 'runs'))).toBe(false);
  });

  test('twice gives up at once, and the next start packs what is there', async () => {
    place.file('chwitness/checks/hangs.mjs', hangs('after'));
    const running = place.start([...large(), '--only', 'chwitness/hangs', '--only', 'row-counts']);
    await someRows();
    running.child.kill('SIGINT');
    await running.until('the first Ctrl-C was taken', ({ stderr }) => stderr.includes('SIGINT received'));
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130 });
    expect(place.archives()).toEqual([]);

    const next = await place.run(['preflight', '--url', server.url, '--only', 'target-reachable']);
    expect({ code: next.code, archives: next.archives.length }, next.stderr).toEqual({ code: 0, archives: 2 });
    expect(next.stderr).toMatch(/Run \S+ was killed while it was busy with: (load|checks after)/);
    const packed = next.archives.find((path) => path.includes('orders-')) ?? '';
    expect(await archiveJson(packed)).toMatchObject({ run: { complete: false, exit_code: 1, command: 'load' } });
    expect(await place.verify(packed)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole/) });
    expect(readdirSync(join(place.state, 'runs'))).toEqual([]);
  });
});

describe.skipIf(skipped)('a full disk', () => {
  const load = (...more: string[]) => [
    'load',
    place.file('orders.csv', 'id,name\n1,a\n2,b\n'),
    '--table',
    'orders',
    '--url',
    server.url,
    ...more,
  ];

  // From not even the first file to all but the reports.
  test.for(['8k', '24k', '64k', '200k'])(
    'under the runs (%s): exit code 3, one sentence, no archive',
    async (size, { skip }) => {
      const folder = join(place.folder, 'small-state');
      const disk = mountTmpfs(folder, size);
      if (!disk) return skip('no tmpfs can be mounted here');
      try {
        const { code, stdout, stderr, archives } = await place.run(load('--state-dir', folder));
        expect({ code, archives }, stdout + stderr).toEqual({ code: 3, archives: [] });
        expect(stderr).toMatch(/^chwitness: .*disk is full/m);
        expect(stderr).toMatch(/^ {2}next: /m);
        expect(stderr).not.toMatch(/\n\s+at /);
        expect(existsSync(place.out) ? readdirSync(place.out) : []).toEqual([]);
      } finally {
        disk.unmount();
      }
    },
  );

  test.for(['4k', '16k'])(
    'under the archives (%s): exit code 3, one sentence, nothing half written',
    async (size, { skip }) => {
      const folder = join(place.folder, 'small-out');
      const disk = mountTmpfs(folder, size);
      if (!disk) return skip('no tmpfs can be mounted here');
      try {
        const { code, stdout, stderr } = await place.run(load('--out', folder));
        expect(code, stdout + stderr).toBe(3);
        expect(stderr).toMatch(/^chwitness: the archive could not be written: the disk is full$/m);
        expect(stderr).toMatch(/--out/);
        expect(readdirSync(folder)).toEqual([]);
        expect(await server.count('orders')).toBe(2);
        // What could not be written is not lost: the next start packs it where there is room.
        const next = await place.run(['preflight', '--url', server.url, '--only', 'target-reachable']);
        expect({ code: next.code, archives: next.archives.length }, next.stderr).toEqual({ code: 0, archives: 2 });
        const packed = next.archives.find((path) => path.includes('orders-')) ?? '';
        expect(await archiveJson(packed)).toMatchObject({ run: { complete: false }, ingestion: { rows_written: 2 } });
        expect(await place.verify(packed)).toMatchObject({ code: 0 });
        expect(readdirSync(join(place.state, 'runs'))).toEqual([]);
      } finally {
        disk.unmount();
      }
    },
  );
});
