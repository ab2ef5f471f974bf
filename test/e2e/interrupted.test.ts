import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GROUNDS, type Ground, SCENES, type Scene } from '../campaign/scenes.ts';
import { type Harm, seeded, trial } from '../campaign/trial.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { mustSkipServer } from '../helpers/target-server.ts';

const [staged, bare] = SCENES.server as readonly Scene[];
const [remembered] = SCENES.embedded as readonly Scene[];

/** A part of `npm run campaign`, always the same. */
const chosen: { ground: 'server' | 'embedded'; scene: Scene | undefined; harms: Harm[]; skipped: boolean }[] = [
  { ground: 'server', scene: staged, harms: ['kill', 'crash'], skipped: mustSkipServer() },
  { ground: 'server', scene: bare, harms: ['cut', 'kill'], skipped: mustSkipServer() },
  { ground: 'embedded', scene: remembered, harms: ['kill', 'cut'], skipped: false },
];

describe.each(chosen)('$scene.name', ({ ground: name, scene, harms, skipped }) => {
  describe.skipIf(skipped)('harmed once and resumed', () => {
    let ground: Ground;
    beforeAll(async () => {
      ground = await GROUNDS[name]();
    });
    afterAll(() => ground?.close());

    test.each(harms)('%s: holds each row of the source once', async (harm) => {
      if (!scene) throw new Error('no scene');
      const { verdict, story } = await trial(ground, scene, harm, seeded(5));
      expect(verdict, story).toBe('exact');
    });
  });
});

describe.skipIf(mustSkipServer())('an interrupted load', () => {
  let ground: Ground;
  let place: Place;
  beforeAll(async () => {
    ground = await GROUNDS.server();
    place = await openPlace(ground.env);
    await ground.sql('CREATE TABLE default.orders (id UInt32) ENGINE = MergeTree ORDER BY id');
  });
  afterAll(async () => {
    await place?.close();
    await ground?.close();
  });

  const rows = (count: number) => Array.from({ length: count }, (_, id) => `{"id":${id}}\n`).join('');
  const load = (...more: string[]) => place.run(['load', ...more, '--only', 'row-counts', '--retry-for', '1s']);
  const waiting = () => readdirSync(join(place.state, 'loads'));

  test('says how to go on, refuses another input and another target, goes on, and is then over', async () => {
    writeFileSync(join(place.folder, 'orders.ndjson'), rows(3000));
    for (let passes = 0; passes < 3; passes += 1) ground.proxy.next(undefined);
    // The fourth of six batches is cut, and then nobody answers any more.
    for (let cut = 0; cut < 20; cut += 1) ground.proxy.next({ cut: 'before' });
    const failed = await load(
      'orders.ndjson',
      '--table',
      'default.orders',
      '--batch-rows',
      '500',
      '--connections',
      '1',
    );
    ground.proxy.calm();
    expect(failed.code).toBe(1);
    const [id = ''] = waiting();
    expect(failed.stdout).toContain(`chwitness load --resume ${id} (or --give-up ${id})`);
    expect(failed.run?.ingestion).toMatchObject({ status: 'failed', resumable: id, rows_written: 1500 });

    expect((await load('--resume', 'nothing')).stderr).toContain(`Waiting to be resumed: ${id}`);
    const elsewhere = await load('--resume', id, '--database', 'system');
    expect(elsewhere.code).toBe(2);
    expect(elsewhere.stderr).toContain('and the target now is');

    appendFileSync(join(place.folder, 'orders.ndjson'), '{"id":9999}\n');
    const grown = await load('--resume', id);
    expect(grown.code).toBe(2);
    expect(grown.stderr).toMatch(/orders\.ndjson had \d+ bytes, and has \d+ now/);
    writeFileSync(join(place.folder, 'orders.ndjson'), rows(3000).replace('{"id":7}', '{"id":8}'));
    const other = await load('--resume', id);
    expect(other.run?.ingestion).toMatchObject({ status: 'failed', rows_sent: 0, error: { code: 'INPUT_CHANGED' } });

    writeFileSync(join(place.folder, 'orders.ndjson'), rows(3000));
    const done = await load('--resume', id);
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expect(done.run?.ingestion).toMatchObject({ status: 'ok', resumed: id, rows_sent: 1500 });
    expect(done.run?.ingestion.tables[0]).toMatchObject({ rows_before: 1500, rows_read: 3000 });
    expect(await ground.sql('SELECT count(), uniqExact(id) FROM default.orders')).toBe('3000\t3000\n');
    expect(waiting()).toEqual([]);
  });

  test('can be given up', async () => {
    for (let cut = 0; cut < 20; cut += 1) ground.proxy.next({ cut: 'before' });
    await load('orders.ndjson', '--table', 'default.orders', '--atomic');
    ground.proxy.calm();
    const [id = ''] = waiting();
    expect(await ground.sql('SHOW TABLES FROM default')).toContain('_chwitness_load_');
    const given = await place.run(['load', '--give-up', id]);
    expect(given.stdout).toContain('what it staged is gone');
    expect(await ground.sql('SHOW TABLES FROM default')).not.toContain('_chwitness_load_');
    expect(waiting()).toEqual([]);
  });
});
