/**
 * Broken inputs for each reader of `diagnose`, half with one line broken and half with any bytes changed:
 * `npx tsx bench/diagnose-fuzz.ts [inputs per reader, default 100000] [first seed] [forms, comma-separated]`.
 */
import { anyBytes, breakOneLine } from '../test/diagnose/read/fuzz.ts';
import { SAMPLES } from '../test/diagnose/read/samples.ts';

const count = Number(process.argv[2] ?? 100_000);
const first = Number(process.argv[3] ?? 1);
let bad = 0;
const forms = process.argv[4]?.split(',');
for (const sample of SAMPLES.filter(({ form }) => forms?.includes(form) ?? true)) {
  const started = performance.now();
  let slowest = 0;
  for (let seed = first; seed < first + count / 2; seed += 1) {
    const at = performance.now();
    const problem = breakOneLine(sample, seed);
    anyBytes(sample, seed);
    slowest = Math.max(slowest, performance.now() - at);
    if (problem === undefined) continue;
    bad += 1;
    if (bad <= 20) console.log(problem);
  }
  const resident = process.memoryUsage().rss / 1024 ** 2;
  console.log(
    `${sample.form.padEnd(16)} ${count} inputs in ${((performance.now() - started) / 1000).toFixed(0)} s, slowest ${slowest.toFixed(0)} ms, ${resident.toFixed(0)} MiB resident`,
  );
}
console.log(bad === 0 ? 'no crash, no hang, and nothing lost outside the broken lines' : `${bad} inputs lost entries`);
process.exitCode = bad === 0 ? 0 : 1;
