import { describe, expect, test } from 'vitest';
import { GROUNDS, type GroundName } from '../campaign/scenes.ts';
import { seeded } from '../campaign/trial.ts';
import { type Kill, openKillBench } from '../helpers/qtickets/kill-trial.ts';
import { mustSkipServer } from '../helpers/target-server.ts';

/** Five whole runs of the command line, on a machine that may be busy, ms. */
const PATIENCE = 300_000;

async function tried(name: GroundName, orders: number, kill: Kill, seed: number): Promise<void> {
  const ground = await GROUNDS[name]();
  const bench = await openKillBench({ url: ground.proxy.url, env: ground.env, sql: ground.sql }, orders);
  try {
    const { story, found, expected, runs } = await bench.trial(kill, seeded(seed));
    expect(story).toContain('killed after');
    expect(found, story).toBe(expected);
    expect(runs, story).toMatch(/^ok\t[1-9]/m);
  } finally {
    await bench.close();
    await ground.close();
  }
}

/** A part of `npm run campaign:qtickets`. These seeds choose statements, so that every kill falls within the load. */
describe('the built command line, killed at random instants and in the middle of statements, and then run to its end', () => {
  // More than are stored together, so that a kill may leave a part of them.
  test(
    'on the sandbox, where a part of a day is staged: all sums are those of one load left in peace',
    () => tried('embedded', 2400, { state: 'afternoon', times: 1 }, 17),
    PATIENCE,
  );

  test.skipIf(mustSkipServer())(
    'on a real server, after orders were refunded, cancelled and moved: all sums are those of the same loads left in peace',
    () => tried('server', 800, { state: 'changed', times: 2 }, 5),
    PATIENCE,
  );
});
