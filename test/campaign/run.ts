/**
 * The campaign of interrupted loads: killed at random instants, the server killed under them, connections cut by a proxy before
 * the request, in the middle of its body, and after the server has committed; then resumed, and compared with the source by hash.
 *   npm run campaign -- [trials] [seed] [embedded|server|replicated …]
 * `trials` is how often each scene is harmed in each way; the same seed is the same campaign.
 */
import { GROUNDS, type GroundName, SCENES } from './scenes.ts';
import { HARMS, seeded, trial } from './trial.ts';

const trials = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? 1);
const named = process.argv.slice(4);
const random = seeded(seed);
let wrong = 0;
for (const name of Object.keys(SCENES) as GroundName[]) {
  if (named.length > 0 && !named.includes(name)) continue;
  const ground = await GROUNDS[name]();
  try {
    for (const scene of SCENES[name]) {
      for (const harm of HARMS) {
        const counts = { exact: 0, unknown: 0, wrong: 0 };
        for (let at = 0; at < trials; at += 1) {
          const { verdict, story } = await trial(ground, scene, harm, random);
          counts[verdict] += 1;
          if (verdict === 'wrong') console.log(`WRONG  ${scene.name}: ${story}`);
        }
        wrong += counts.wrong;
        console.log(
          `${scene.name}, ${harm}: ${counts.exact} exact, ${counts.unknown} unknown and none twice, ${counts.wrong} wrong`,
        );
      }
    }
  } finally {
    await ground.close();
  }
}
console.log(wrong === 0 ? `seed ${seed}: every row is accounted for` : `seed ${seed}: ${wrong} trials are wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
