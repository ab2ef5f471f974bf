import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mustSkipServer } from '../helpers/target-server.ts';
import { CONDITIONS, type Condition, type End, type Named, type Way } from './live/conditions.ts';
import { firstOf, openStage, type Stage } from './live/stage.ts';

/*
 * Each failure is brought about for real, and the run's first finding must name it: by our own loader, and by a wrapped curl and a
 * wrapped clickhouse-client. One way of each condition is played here, another for each; all of them with CHWITNESS_CAMPAIGN=1.
 */
const skipped = mustSkipServer();
const CAMPAIGN = process.env.CHWITNESS_CAMPAIGN === '1';

interface Played {
  condition: string;
  end: End;
  way: Way;
  one: Condition;
  finds: Named;
}

function waysOf(one: Condition): Played[] {
  const { condition, on = ['server', 'sandbox'], but = {} } = one;
  return on.flatMap((end) =>
    (['load', 'curl', 'client'] as const).flatMap((way) => {
      const can = way === 'load' ? one.load !== undefined : one.statement !== undefined;
      // The sandbox speaks HTTP alone.
      if (!can || (way === 'client' && end === 'sandbox')) return [];
      const finds = but[`${end}/${way}`] ?? but[way] ?? but[end] ?? one.finds;
      return finds === 'cannot be brought about' ? [] : [{ condition, end, way, one, finds }];
    }),
  );
}

const all = CONDITIONS.map(waysOf);
const played = CAMPAIGN ? all.flat() : all.flatMap((ways, at) => ways[at % ways.length] ?? []);

describe.skipIf(skipped)('a failure that is brought about is named by the first finding', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());

  test.for(played)('$condition, $way on the $end', async ({ one, end, way, finds }, { skip }) => {
    const done = await stage.play(one, end, way);
    if (!done) return skip('no tmpfs can be mounted here');
    const { ended, table } = done;
    const { named, lines } = firstOf(ended.run, table);
    expect({ named, archives: ended.archives.length }, `${ended.stdout}\n${ended.stderr}`).toEqual({
      named: finds,
      archives: 1,
    });
    expect(lines).toMatch(one.cites);
  });
});
