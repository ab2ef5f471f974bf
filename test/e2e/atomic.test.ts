import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { GROUNDS, type Ground } from '../campaign/scenes.ts';
import { openPlace, type Place } from '../helpers/cli.ts';
import { mustSkipServer } from '../helpers/target-server.ts';

const CHECK = `-- title: Every order has a note
-- failure: Orders without a note
-- why: The report groups by it.
-- phases: after
-- expect: empty
SELECT id, p FROM default.orders WHERE note = '' ORDER BY id LIMIT 10
`;
/** The same, and as long at it that a test can end the run meanwhile. */
const SLOW = CHECK.replace("note = ''", "note = '' OR sleepEachRow(0.005) = 1");

const rows = (count: number, empty?: number) =>
  Array.from({ length: count }, (_, id) => `{"id":${id},"p":${id % 3},"note":"${id === empty ? '' : 'n'}"}\n`).join('');

const grounds = [
  { name: 'the sandbox', ground: GROUNDS.embedded, skipped: false, oneStep: true },
  { name: '18.16', ground: GROUNDS.server, skipped: mustSkipServer(), oneStep: false },
];

describe.each(grounds)(
  '--atomic on $name, with a check of the user’s own in SQL',
  ({ ground: open, skipped, oneStep }) => {
    describe.skipIf(skipped)('that asks the staged rows', () => {
      let ground: Ground;
      let place: Place;
      beforeAll(async () => {
        ground = await open();
      });
      afterAll(() => ground?.close());
      beforeEach(async () => {
        place = await openPlace(ground.env);
        place.file('chwitness/checks/notes.sql', CHECK);
        await ground.sql(
          'CREATE TABLE default.orders (id UInt32, p UInt8, note String) ENGINE = MergeTree PARTITION BY p ORDER BY id',
        );
        await ground.sql('INSERT INTO default.orders FORMAT JSONEachRow {"id":9001,"p":1,"note":"old"}');
      });
      afterEach(async () => {
        await place.close();
        await ground.sql('DROP TABLE default.orders');
      });

      const args = ['load', 'orders.ndjson', '--table', 'default.orders', '--atomic', '--batch-rows', '200'];
      const only = ['--only', 'chwitness/notes', '--only', 'row-counts', '--only', 'values-stored'];
      const state = async () =>
        [
          await ground.sql('SELECT count(), sum(cityHash64(id, p, note)) FROM default.orders'),
          await ground.sql(
            "SELECT name, rows FROM system.parts WHERE database = 'default' AND table = 'orders' AND active ORDER BY name",
          ),
        ].join('');
      const scratch = async () =>
        (await ground.sql('SHOW TABLES FROM default')).split('\n').filter((n) => /^_chw/.test(n));
      const waiting = () => (existsSync(join(place.state, 'loads')) ? readdirSync(join(place.state, 'loads')) : []);

      test('a row that fails it leaves the table as it was, no scratch table, and nothing to resume', async () => {
        place.file('orders.ndjson', rows(1000, 777));
        const before = await state();
        // A check of the user is asked without being named.
        const { code, stdout, run } = await place.run(args);
        expect(code, stdout).toBe(1);
        expect(run?.ingestion).toMatchObject({
          status: 'failed',
          rows_sent: 1000,
          rows_written: 0,
          discarded: true,
          error: { code: 'STAGED_CHECK' },
        });
        expect(stdout).toContain(
          'default.orders stays as it was: the staged rows do not pass: chwitness/notes: found 1 row, expected no rows',
        );
        expect(await state()).toBe(before);
        expect([await scratch(), waiting()]).toEqual([[], []]);
      });

      test('rows that pass it come at once: who reads meanwhile sees those from before, or all', async () => {
        place.file('orders.ndjson', rows(1000));
        let over = false;
        const seen = new Set<string>();
        const reading = (async () => {
          while (!over) seen.add((await ground.sql('SELECT count() FROM default.orders')).trim());
        })();
        const { code, stdout, run } = await place.run([...args, ...only]);
        over = true;
        await reading;
        expect(code, stdout).toBe(0);
        const notes = run?.ingestion.tables[0]?.notes?.join() ?? '';
        expect(notes).toContain('staged in a scratch table, checked by chwitness/notes, and moved over');
        // A server that attaches three partitions one after the other says so.
        expect(notes).toContain(oneStep ? 'in one step' : 'cannot attach 3 partitions in one step');
        if (oneStep) expect([...seen].filter((count) => count !== '1' && count !== '1001')).toEqual([]);
        expect(await scratch()).toEqual([]);
        // A sample is laid beside what the table itself stores.
        expect(run?.checks.find(({ id }) => id === 'values-stored')).toMatchObject({ status: 'pass' });
      });

      test('killed while the check asks, nothing is in the table, and the next go-on moves all of it', async () => {
        place.file('orders.ndjson', rows(1000));
        place.file('chwitness/checks/notes.sql', SLOW);
        const before = await state();
        const running = place.start([...args, '--only', 'chwitness/notes']);
        for (let staged = ''; staged !== '1000'; await sleep(20)) {
          const [name] = await scratch();
          staged = name === undefined ? '' : (await ground.sql(`SELECT count() FROM default.${name}`)).trim();
        }
        await sleep(300);
        running.child.kill('SIGKILL');
        await running.ended;
        expect(await state()).toBe(before);
        expect(await scratch()).toHaveLength(1);
        const [id = ''] = waiting();
        place.file('chwitness/checks/notes.sql', CHECK);
        const { code, stdout, run } = await place.run(['load', '--resume', id, '--only', 'chwitness/notes']);
        expect(code, stdout).toBe(0);
        expect(run?.ingestion).toMatchObject({ status: 'ok', resumed: id, rows_written: 1000 });
        expect(await ground.sql('SELECT count(), uniqExact(id) FROM default.orders')).toBe('1001\t1001\n');
        expect([await scratch(), waiting()]).toEqual([[], []]);
      });
    });
  },
);
