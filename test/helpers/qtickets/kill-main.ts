/**
 * A load in a process of its own, to be killed: `node kill-main.ts <json>`. Talks to an API and a target of its parent's.
 * Writes one line for each statement sent, so that the parent can choose its moment.
 */
import { mkdirSync } from 'node:fs';
import { ingestQtickets } from '../../../src/commands/qtickets/ingest.ts';
import { openTarget } from '../../../src/engine/http.ts';
import { openStore } from '../../../src/evidence/store.ts';
import type { TargetConfig } from '../../../src/model/target.ts';
import { createOracle } from '../../../src/pipeline/oracle.ts';
import { createRedactor } from '../../../src/redact/redactor.ts';
import { QUICK, settingsFor } from './bench.ts';

export interface KillOrder {
  target: TargetConfig;
  api: string;
  folder: string;
  hours: number;
  now: number;
  id: string;
}

const order: KillOrder = JSON.parse(process.argv[2] ?? '{}');
mkdirSync(order.folder, { recursive: true });
const target = await openTarget(order.target, {
  runId: order.id,
  onStatement: ({ sql }) => process.stdout.write(`${sql.replace(/\s+/g, ' ').slice(0, 120)}\n`),
});
const redactor = createRedactor({ known: [] });
await ingestQtickets(
  {
    id: order.id,
    ledger: `${order.folder}/${order.id}.jsonl`,
    workDir: order.folder,
    target,
    redactor,
    store: await openStore(`${order.folder}/${order.id}`, redactor),
    oracle: createOracle(order.target, order.id),
    batches: { append: () => undefined, close: async () => undefined },
    clean: (file, value) => JSON.parse(redactor.json(file, value).toString()),
    plan: {
      job: 'qtickets_api',
      clock: { now: () => new Date(order.now * 1000), elapsed: () => performance.now() },
      listen: () => undefined,
      config: { stateDir: `${order.folder}/state`, load: { settings: {} } },
    },
  },
  {
    settings: settingsFor(order.api, { sinceHours: order.hours }),
    rehearse: false,
    signal: new AbortController().signal,
    patience: QUICK,
  },
);
await target.close();
