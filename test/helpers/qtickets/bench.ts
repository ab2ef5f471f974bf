import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IngestOptions, ingestQtickets } from '../../../src/commands/qtickets/ingest.ts';
import { type EmbeddedEngine, startEmbedded } from '../../../src/engine/embedded/child.ts';
import { openTarget } from '../../../src/engine/http.ts';
import type { Target } from '../../../src/engine/target.ts';
import { schemaFiles } from '../../../src/evidence/schema-files.ts';
import { openStore } from '../../../src/evidence/store.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { createAll, wantedBy } from '../../../src/load/create-missing.ts';
import type { LoadFacts } from '../../../src/model/load.ts';
import type { QticketsConfig } from '../../../src/model/qtickets-config.ts';
import type { RunEvent } from '../../../src/pipeline/events.ts';
import { createOracle } from '../../../src/pipeline/oracle.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { embeddedConfig } from '../engine.ts';
import { probeHooks } from '../target-hooks.ts';

export const TOKEN = 'fixture-token';

/** One engine for a test file; each case has a database of its own in it. */
export interface LoadBench {
  engine: EmbeddedEngine;
  /** A database with the tables of the load in it. */
  open(): Promise<Case>;
  close(): Promise<void>;
}

export interface Case {
  target: Target;
  /** One value of one row; texts and numbers as texts. */
  value(sql: string): Promise<string>;
  rows<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  load(api: { url: string }, change?: LoadChange): Promise<LoadFacts>;
  notices: string[];
}

export interface LoadChange {
  settings?: Partial<QticketsConfig>;
  /** Unix seconds at which the run begins. */
  now?: number;
  patience?: IngestOptions['patience'];
  rehearse?: boolean;
  signal?: AbortSignal;
  target?: Target;
}

export function settingsFor(url: string, change: Partial<QticketsConfig> = {}): QticketsConfig {
  return {
    baseUrl: url,
    token: TOKEN,
    sinceHours: 24,
    backfillHours: 0,
    guardTable: 'meta_job_runs',
    dryRun: false,
    keys: 'id',
    currency: 'RUB',
    partners: { baseUrl: url, token: undefined, findRequests: undefined },
    skip: {
      clients: true,
      price_shades: true,
      discounts: true,
      promo_codes: true,
      barcodes: true,
      partner_tickets: true,
      inventory: false,
    },
    ...change,
  };
}

/** Quick repeats, since no test wants to wait. */
export const QUICK = { retries: { attempts: 3, pauseMs: 5, longestMs: 10_000 }, timeoutMs: 5000 };

export async function startBench(): Promise<LoadBench> {
  const engine = await startEmbedded();
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-qtickets-'));
  const targets: Target[] = [];
  const base = {
    ...embeddedConfig(),
    kind: 'server' as const,
    url: engine.url,
    user: engine.user,
    password: engine.password,
  };
  const files = await schemaFiles(join(packageRoot, 'sql', 'schema', 'qtickets'));
  let number = 0;
  return {
    engine,
    async open() {
      number += 1;
      const database = `case_${number}`;
      const own = join(folder, database);
      const admin = await openTarget(base, probeHooks());
      await admin.command(`CREATE DATABASE ${database}`);
      await admin.close();
      const target = await openTarget({ ...base, database }, probeHooks());
      targets.push(target);
      const { wanted } = wantedBy(files, database);
      await createAll(target, wanted, new AbortController().signal, () => undefined);
      const notices: string[] = [];
      let runs = 0;
      const rows = <Row>(sql: string) => target.all<Row>(sql);
      return {
        target,
        notices,
        rows,
        async value(sql) {
          const [row] = await rows<Record<string, unknown>>(sql);
          return String(Object.values(row ?? {})[0]);
        },
        async load(api, change = {}) {
          runs += 1;
          const redactor = createRedactor({ known: [{ label: 'QTICKETS_TOKEN', value: TOKEN }] });
          const id = `${database}r${runs}`;
          const store = await openStore(join(own, id), redactor);
          const oracle = createOracle(base, id);
          const signal = change.signal ?? new AbortController().signal;
          const at = change.now;
          try {
            return await ingestQtickets(
              {
                id,
                ledger: join(folder, `${id}.jsonl`),
                workDir: own,
                target: change.target ?? target,
                redactor,
                store,
                oracle,
                batches: { append: () => undefined, close: async () => undefined },
                clean: (file, value) => JSON.parse(redactor.json(file, value).toString()),
                plan: {
                  job: 'qtickets_api',
                  clock: {
                    now: () => (at === undefined ? new Date() : new Date(at * 1000)),
                    elapsed: () => performance.now(),
                  },
                  listen: (event: RunEvent) => {
                    if (event.type === 'notice') notices.push(event.text);
                  },
                  config: {
                    stateDir: join(own, 'state'),
                    load: { settings: {} },
                  },
                },
              },
              {
                settings: settingsFor(api.url, change.settings),
                rehearse: change.rehearse ?? false,
                signal,
                patience: change.patience ?? QUICK,
              },
            );
          } finally {
            await store.close();
            await oracle.close();
          }
        },
      };
    },
    async close() {
      for (const target of targets) await target.close();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
