/**
 * The campaign of killed Qtickets loads: the built command line, killed with SIGKILL at random instants and in the middle of random
 * statements, up to three times in a row, then run to its end; its sums must be those of the same loads left in peace.
 *   npm run campaign:qtickets -- [trials] [seed] [embedded|server|first|changed|afternoon …]
 * `trials` is how often each state is tried on each engine; the same seed makes the same choices.
 */
import { openKillBench, STATES } from '../helpers/qtickets/kill-trial.ts';
import { GROUNDS, type GroundName } from './scenes.ts';
import { seeded } from './trial.ts';

const trials = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? 1);
const named = process.argv.slice(4);
const chosen = (name: string, among: readonly string[]) =>
  named.includes(name) || !named.some((one) => among.includes(one));
const engines = ['embedded', 'server'] as const satisfies GroundName[];
const orders = Number(process.env.CHWITNESS_CAMPAIGN_ORDERS ?? 6000);
const random = seeded(seed);
let wrong = 0;
for (const name of engines.filter((one) => chosen(one, engines))) {
  const ground = await GROUNDS[name]();
  const bench = await openKillBench({ url: ground.proxy.url, env: ground.env, sql: ground.sql }, orders);
  try {
    for (const state of STATES.filter((one) => chosen(one, STATES))) {
      let good = 0;
      let killed = 0;
      for (let at = 0; at < trials; at += 1) {
        const times = 1 + Math.floor(random() * 3);
        const { story, found, expected } = await bench.trial({ state, times }, random);
        killed += story.split('killed after').length - 1;
        console.log(`${found === expected ? 'same ' : 'WRONG'}  ${name}, ${story}`);
        if (found === expected) good += 1;
        else console.log(`expected\n${expected}\nfound\n${found}`);
      }
      wrong += trials - good;
      console.log(
        `${name}, ${state}: ${trials} trials, ${killed} kills, ${good} with the same sums, ${trials - good} wrong`,
      );
    }
  } finally {
    await bench.close();
    await ground.close();
  }
}
console.log(wrong === 0 ? `seed ${seed}: all sums are the same` : `seed ${seed}: ${wrong} trials are wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
