import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import type { BatchRecord } from '../../src/load/batch.ts';
import { pastOf } from '../../src/load/journal/past.ts';
import type { LoadJournal } from '../../src/load/journal/state.ts';
import { startEngine } from '../helpers/engine.ts';
import { probeHooks } from '../helpers/target-hooks.ts';
import { mustSkipServer, startTargetServer } from '../helpers/target-server.ts';
import { loadFile } from './kit.ts';

const ROWS = 30;
const BATCH = 10;

/** A journal in memory that knows how much of it would be on the disk. */
function watchedJournal() {
  const records: BatchRecord[] = [];
  let synced = 0;
  const journal: LoadJournal = {
    id: 'j',
    append: (record) => void records.push(record),
    async sync() {
      synced = records.length;
    },
    close: async () => undefined,
  };
  return { records, journal, synced: () => synced };
}

/** The same target, on which the power fails as the INSERT after so many begins. */
function failingAfter(target: Target, inserts: number, onLast: () => void, onNext: () => void): Target {
  let begun = 0;
  return new Proxy(target, {
    get(from, name) {
      if (name !== 'insert') return Reflect.get(from, name);
      const insert: Target['insert'] = async (...args) => {
        begun += 1;
        if (begun > inserts) {
          onNext();
          throw new EngineError({ failure: 'other', message: 'the power failed' });
        }
        const answer = await from.insert(...args);
        if (begun === inserts) onLast();
        return answer;
      };
      return insert;
    },
  });
}

interface Scene {
  name: string;
  engine: string;
  atomic: boolean;
  /** Other blocks come meanwhile, more than the table remembers. */
  forgets: boolean;
}

interface Place {
  name: string;
  skipped: boolean;
  open(): Promise<{ target: Target; close(): Promise<void> }>;
  scenes: Scene[];
}

async function openServer() {
  const server = await startTargetServer();
  const target = await openTarget(server.config(), probeHooks());
  return {
    target,
    async close() {
      await target.close();
      await server.stop();
    },
  };
}

const PARTITIONED = 'MergeTree PARTITION BY p ORDER BY id';
const remembering = (blocks: number) => `${PARTITIONED} SETTINGS non_replicated_deduplication_window = ${blocks}`;
const places: Place[] = [
  {
    name: 'the embedded engine',
    skipped: false,
    open: () => startEngine(),
    scenes: [
      { name: 'a table that remembers blocks', engine: remembering(1000), atomic: false, forgets: false },
      { name: 'a table that has forgotten them since', engine: remembering(8), atomic: false, forgets: true },
      { name: 'a scratch table', engine: remembering(8), atomic: true, forgets: false },
    ],
  },
  {
    name: '18.16',
    skipped: mustSkipServer(),
    open: openServer,
    scenes: [
      { name: 'a table that remembers nothing', engine: PARTITIONED, atomic: false, forgets: false },
      { name: 'a scratch table', engine: PARTITIONED, atomic: true, forgets: false },
    ],
  },
];

describe.each(places)('power lost on $name, with any part kept of what was not synced', ({ skipped, open, scenes }) => {
  describe.skipIf(skipped)('in a load into', () => {
    let target: Target;
    let close: () => Promise<void>;
    let folder: string;
    let file: string;
    beforeAll(async () => {
      ({ target, close } = await open());
      // Its log is believed of what came seconds after its start.
      for (let up = 0; up < 4; [{ up = 0 } = {}] = await target.all<{ up: number }>('SELECT toUInt32(uptime()) AS up'))
        await new Promise((done) => setTimeout(done, 250));
      folder = mkdtempSync(join(tmpdir(), 'chwitness-power-'));
      file = join(folder, 'rows.ndjson');
      writeFileSync(file, Array.from({ length: ROWS }, (_, id) => `{"id":${id},"p":${id % 2}}\n`).join(''));
    });
    afterAll(async () => {
      await close?.();
      rmSync(folder, { recursive: true, force: true });
    });

    test.each(scenes)('$name, none is lost, and none is twice', async ({ name: scene, engine, atomic, forgets }) => {
      const way = { atomic, batchRows: BATCH, connections: 1, retryForMs: 0 };
      /** Loads until so many batches are stored. @returns its journal, and how much of it is at least and at most on the disk then */
      const interrupted = async (name: string, stored: number) => {
        await target.command(`CREATE TABLE default.${name} (id UInt32, p UInt8) ENGINE = ${engine}`);
        const table = { database: 'default', table: name };
        const { records, journal, synced } = watchedJournal();
        let [least, most] = [0, 0];
        const looks = [() => (least = synced()), () => (most = records.length)] as const;
        await loadFile(failingAfter(target, stored, ...looks), file, table, { ...way, runId: name, journal });
        return { name, table, stored, records, least, most };
      };
      const cases = [];
      const prefix = scene.replaceAll(' ', '_');
      for (let stored = 0; stored < ROWS / BATCH; stored += 1) {
        const first = await interrupted(`${prefix}_${stored}`, stored);
        expect(first.most).toBeGreaterThan(first.least);
        for (let kept = first.least; kept <= first.most; kept += 1) {
          const again = kept === first.least ? first : await interrupted(`${prefix}_${stored}_${kept}`, stored);
          cases.push({ ...again, records: again.records.slice(0, kept) });
        }
      }
      for (const { table } of forgets ? cases : [])
        for (let block = 0; block < 10; block += 1)
          await target.insert(table, 'JSONEachRow', Buffer.from(`{"id":${1000 + block},"p":1}\n`));
      const found = await Promise.all(
        cases.map(async ({ name, table, stored, records }) => {
          const past = { run: name, batches: pastOf(records) };
          const { status, error } = await loadFile(target, file, table, { ...way, runId: `${name}_on`, past });
          const [row] = await target.all<{ n: string; ids: string }>(
            `SELECT toString(count()) AS n, toString(uniqExact(id)) AS ids FROM default.${name} WHERE id < 1000`,
          );
          return { stored, kept: records.at(-1)?.state, status, error: error?.message, ...row };
        }),
      );
      expect(found.filter(({ n, ids }) => n !== ids)).toEqual([]);
      // Nothing is unknown where the table, its log or a count can tell.
      expect(found.filter(({ status, n }) => status !== 'ok' || n !== String(ROWS))).toEqual([]);
    });
  });
});
