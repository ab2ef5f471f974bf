import { join } from 'node:path';
import { type EmbeddedEngine, startEmbedded } from '../../../src/engine/embedded/child.ts';
import { openTarget } from '../../../src/engine/http.ts';
import type { Target } from '../../../src/engine/target.ts';
import { schemaFiles } from '../../../src/evidence/schema-files.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { createAll, wantedBy } from '../../../src/load/create-missing.ts';
import type { TargetConfig } from '../../../src/model/target.ts';
import { openPlace, type Place } from '../cli.ts';
import { embeddedConfig } from '../engine.ts';
import { probeHooks } from '../target-hooks.ts';
import { type FixtureApi, type FixtureOptions, startFixtureApi } from './fixture-api.ts';
import { basket, event, order, seats } from './invent.ts';

export const TOKEN = 'canary-token-7Qx2';

/** A customer who stands in every order, and every way in which she could be quoted. */
export const CUSTOMER = {
  email: 'Olga.Sidorova@Mail.example.test',
  details: { name: 'Ольга', surname: 'Сидорова-Канарейка', phone: '+7 911 222-33-44' },
};
export const CANARIES: readonly RegExp[] = [
  /canary-token/,
  /Sidorova|sidorova/,
  /Ольга|Канарейка|Сидоров/,
  /\\u041e\\u043b\\u044c|\\xd0\\x9e\\xd0\\xbb|%D0%9E%D0%BB/i,
  /911 222|9112223344/,
  /open-without-login/,
];

/** The CLI in a folder of its own with the original environment file, an API and a database. */
export interface Scene {
  api: FixtureApi;
  place: Place;
  target: Target;
  database: string;
  /** Value of the first column of the first row. */
  value(sql: string): Promise<string>;
  /** `chwitness load qtickets --env-file …` */
  load(args?: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<Place['run']>;
  close(): Promise<void>;
}

export interface SceneOptions extends FixtureOptions {
  /** Tables that are not made. */
  without?: readonly string[] | undefined;
  /** Lines of the environment file, over those that are there. */
  env?: Readonly<Record<string, string>>;
  orders?: number;
}

export interface Stage {
  open(options?: SceneOptions): Promise<Scene>;
  close(): Promise<void>;
}

/** Orders of the last hours, each of the same customer. */
export function ordersOf(count: number): Record<string, unknown>[] {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: count }, (_, index) =>
    order(9000 + index, now - 600 - index, {
      client: CUSTOMER,
      utm: { utm_source: 'vk' },
      baskets: [
        basket({ id: index + 1, client_email: CUSTOMER.email, client_name: CUSTOMER.details.name }),
        basket({ id: index + 100, client_phone: CUSTOMER.details.phone, client_surname: CUSTOMER.details.surname }),
      ],
    }),
  );
}

/** One engine behind its HTTP interface for a file of tests; each scene has a database of its own in it. */
export async function openStage(server?: TargetConfig): Promise<Stage> {
  const engine: EmbeddedEngine | undefined = server === undefined ? await startEmbedded() : undefined;
  const base: TargetConfig = server ?? {
    ...embeddedConfig(),
    kind: 'server',
    url: engine?.url ?? '',
    user: engine?.user ?? '',
    password: engine?.password ?? '',
  };
  const scenes: Scene[] = [];
  const files = await schemaFiles(join(packageRoot, 'sql', 'schema', 'qtickets'));
  return {
    async open({ without = [], env = {}, orders = 3, data, ...fixture } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const database = `scene_${scenes.length + 1}`;
      const admin = await openTarget(base, probeHooks());
      await admin.command(`CREATE DATABASE ${database}`);
      await admin.close();
      const target = await openTarget({ ...base, database }, probeHooks());
      const { wanted } = wantedBy(files, database);
      const asked = wanted.filter(({ name }) => !without.includes(name.table));
      await createAll(target, asked, new AbortController().signal, () => undefined);
      const api = await startFixtureApi({
        token: TOKEN,
        data: {
          orders: ordersOf(orders),
          events: [event(77, now + 86_400)],
          seats: new Map([['771', seats([{ max: 100, free: 40 }])]]),
          clients: [{ id: 7001, ...CUSTOMER }],
          ...data,
        },
        ...fixture,
      });
      const place = await openPlace();
      const url = new URL(base.url);
      const lines: Record<string, string> = {
        CLICKHOUSE_HOST: url.hostname,
        CLICKHOUSE_PORT: url.port,
        CLICKHOUSE_DB: database,
        CLICKHOUSE_USER: base.user,
        CLICKHOUSE_PASSWORD: base.password,
        CLICKHOUSE_SECURE: 'false',
        QTICKETS_TOKEN: TOKEN,
        QTICKETS_BASE_URL: api.url,
        QTICKETS_PARTNERS_BASE_URL: api.url,
        QTICKETS_SINCE_HOURS: '24',
        ORG_NAME: 'canary',
        TZ: 'Europe/Moscow',
        REPORT_TZ: 'Europe/Moscow',
        JOB_NAME: 'qtickets_api',
        DRY_RUN: 'false',
        ...env,
      };
      place.file(
        '.env.qtickets_api',
        `${Object.entries(lines)
          .map(([name, value]) => `${name}=${value}`)
          .join('\n')}\n`,
      );
      const scene: Scene = {
        api,
        place,
        target,
        database,
        async value(sql) {
          const [row] = await target.all<Record<string, unknown>>(sql);
          return String(Object.values(row ?? {})[0]);
        },
        load: (args = [], more = {}) =>
          place.run(['load', 'qtickets', '--env-file', '.env.qtickets_api', ...args], { env: more, timeoutMs: 90_000 }),
        async close() {
          await place.close();
          await api.close();
          await target.close();
        },
      };
      scenes.push(scene);
      return scene;
    },
    async close() {
      for (const scene of scenes) await scene.close();
      await engine?.stop();
    },
  };
}
