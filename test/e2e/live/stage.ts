import http from 'node:http';
import { join } from 'node:path';
import type { RunJson } from '../../../src/model/run.ts';
import { openPlace, type Place, type Witnessed } from '../../helpers/cli.ts';
import { type Endpoint, startEndpoint } from '../../helpers/embedded-http.ts';
import { type Listening, listen } from '../../helpers/http-stub.ts';
import { startTargetServer, type TargetServer } from '../../helpers/target-server.ts';
import { mountTmpfs } from '../../helpers/tmpfs.ts';
import type { Condition, End, Way } from './conditions.ts';

/** Both engines, and a place to run chwitness in against them. */
export interface Stage {
  /** Brings a condition about in one way on one end; undefined where this machine does not let it. */
  play(one: Condition, end: End, way: Way): Promise<{ ended: Witnessed; table: string } | undefined>;
  close(): Promise<void>;
}

interface Ground {
  url: string;
  user: string;
  password: string;
  nativePort: number;
  sql(statement: string): Promise<string>;
  /** Where the table keeps its files. */
  folderOf(table: string): Promise<string>;
  kill(): Promise<void>;
  /** Makes it answer again, with nothing in it that is still needed. */
  restart(): Promise<void>;
}

const CLOSED = `<closed><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
<allow_databases><database>elsewhere</database></allow_databases></closed>`;

async function serverGround(): Promise<{ ground: Ground; server: TargetServer }> {
  const server = await startTargetServer({ users: CLOSED });
  const ground: Ground = {
    url: server.url,
    user: 'default',
    password: '',
    nativePort: server.nativePort,
    sql: server.sql,
    folderOf: async (table) => join(server.folder, 'data', 'data', 'default', table),
    kill: server.kill,
    restart: server.crash,
  };
  return { ground, server };
}

/** The sandbox: killed, it is started anew on the next use. */
async function sandboxGround(): Promise<Ground & { stop(): Promise<void> }> {
  let endpoint: Endpoint = await startEndpoint();
  const ground = {
    get url() {
      return endpoint.engine.url;
    },
    get user() {
      return endpoint.engine.user;
    },
    get password() {
      return endpoint.engine.password;
    },
    nativePort: 0,
    sql: (statement: string) => endpoint.sql(statement, { async_insert: 0 }),
    async folderOf(table: string) {
      const paths = await endpoint.sql(`SELECT data_paths[1] FROM system.tables WHERE name = '${table}' FORMAT TSV`);
      return paths.trim();
    },
    async kill() {
      process.kill(endpoint.engine.pid, 'SIGKILL');
      await endpoint.engine.exited;
    },
    async restart() {
      await endpoint.engine.stop();
      endpoint = await startEndpoint();
    },
    stop: () => endpoint.engine.stop(),
  };
  return ground;
}

/** Answers 200 to each INSERT of a load before the server has, as servers do that have sent a progress header. */
function earlyAnswers(url: string): Promise<Listening> {
  return listen(
    http.createServer((request, response) => {
      const { method, url: path = '', headers } = request;
      const onward = http.request(`${url}${path}`, { method, headers }, (answer) => {
        const isInsert = /-load-/.test(path);
        response.writeHead(isInsert ? 200 : (answer.statusCode ?? 500), answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    }),
  );
}

export async function openStage(): Promise<Stage> {
  const { ground: real, server } = await serverGround();
  const sandbox = await sandboxGround();
  const early = await earlyAnswers(real.url);
  const place = await openPlace();
  let made = 0;

  return {
    async play(one, end, way) {
      made += 1;
      const own = `t${made}`;
      const ground = end === 'server' ? real : sandbox;
      const filled = (text: string) => text.replace(/\bT(?=\b|_)/g, own);
      for (const ddl of one.ddl ?? []) await ground.sql(filled(ddl));
      const table = one.table ?? own;
      const disk = one.disk === undefined ? undefined : mountTmpfs(await ground.folderOf(own), one.disk);
      if (one.disk !== undefined && disk === undefined) return undefined;
      try {
        const args = wordsOf({ one, way, table, ground, place, folder: `at${made}`, filled });
        const login =
          way === 'load' && one.user !== undefined ? { user: one.user, password: one.password ?? '' } : ground;
        const env = {
          CLICKHOUSE_URL: one.early ? early.url : ground.url,
          CLICKHOUSE_USER: login.user,
          ...(login.password === '' ? {} : { CLICKHOUSE_PASSWORD: login.password }),
        };
        const running = place.run(args, { env, timeoutMs: 90_000 });
        if (one.killed) {
          await insertRuns(ground, own);
          await ground.kill();
        }
        return { ended: await running, table: own };
      } finally {
        disk?.unmount();
        if (one.killed) await ground.restart();
      }
    },
    async close() {
      await place.close();
      await early.close();
      await sandbox.stop();
      await server.stop();
    },
  };
}

/** Waits until the INSERT has reached the engine: its view takes a second a row. */
async function insertRuns(ground: Ground, table: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const running = await ground
      .sql(`SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO%${table}%' AND elapsed > 0.3 FORMAT TSV`)
      .catch(() => '0');
    if (Number(running) > 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('the INSERT never came');
}

const CHECKS = ['target-reachable', 'row-counts', 'target-schema', 'command-outcome'].flatMap((id) => ['--only', id]);

function wordsOf(at: {
  one: Condition;
  way: Way;
  table: string;
  ground: Ground;
  place: Place;
  folder: string;
  filled(text: string): string;
}): string[] {
  const { one, way, table, ground, place, folder, filled } = at;
  const { settings = {}, user = ground.user, headers = [], curl = [], client = [], statement = '' } = one;
  const password = one.password ?? (one.user === undefined ? ground.password : '');
  if (way === 'load') {
    const [name, content, ...options] = one.load ?? ['', ''];
    const sent = Object.entries(settings).flatMap(([key, value]) => ['--setting', `${key}=${value}`]);
    return [
      ...['load', place.file(join(folder, name), content), '--table', table, '--retry-for', '1s', ...CHECKS],
      ...sent,
      ...options,
    ];
  }
  const body = place.file(join(folder, 'body'), one.body ?? '');
  const run = ['run', '--table', table, ...CHECKS];
  if (way === 'curl') {
    const url = new URL(ground.url);
    for (const [key, value] of Object.entries({ ...settings, query: filled(statement) }))
      url.searchParams.set(key, value);
    const login = user === 'default' && password === '' ? [] : ['-u', `${user}:${password}`];
    const said = headers.flatMap((header) => ['-H', header]);
    const sends = curl.includes('-G') ? [] : ['--data-binary', `@${body}`];
    return [...run, '--', 'curl', '-sS', '-i', ...login, ...curl, ...said, ...sends, url.href];
  }
  const words = [
    ...['clickhouse-client', '--host', '127.0.0.1', '--port', String(ground.nativePort), '--user', user],
    ...(password === '' ? [] : ['--password', password]),
    ...Object.entries(settings).flatMap(([key, value]) => [`--${key}`, value]),
    ...[...client, '--query', filled(statement)],
  ];
  return [...run, '--shell', '--', `${words.map((word) => `'${word}'`).join(' ')} < ${body}`];
}

/** What the first finding says, with its table named as in the condition. */
export function firstOf(run: RunJson | undefined, table: string): { named: string[]; lines: string } {
  const [first] = run?.findings ?? [];
  const lines = (first?.because ?? []).map(({ text, file = '', line = '' }) => `${file}:${line} ${text}`).join('\n');
  return {
    named: first === undefined ? [] : [first.cause, first.side, first.confidence],
    lines: lines.replaceAll(new RegExp(`\\b${table}(?=\\b|_)`, 'g'), 'T'),
  };
}
