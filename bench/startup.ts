/**
 * Start-up: `chwitness --help` beside `node -e 0`, in turn, as whole processes.
 *   npm run build && npx tsx bench/startup.ts [runs]
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package.ts';

const runs = Number(process.argv[2] ?? 21);
const cli = join(packageRoot, 'dist', 'src', 'cli.js');

function time(args: string[]): number {
  const started = performance.now();
  spawnSync(process.execPath, args, { stdio: 'ignore' });
  return performance.now() - started;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const pairs = Array.from({ length: runs + 1 }, () => ({ help: time([cli, '--help']), node: time(['-e', '0']) })).slice(
  1,
);
const ratio = median(pairs.map(({ help, node }) => help / node));
console.log(`node -e 0         median ${median(pairs.map((pair) => pair.node)).toFixed(0)} ms of ${runs}`);
console.log(`chwitness --help  median ${median(pairs.map((pair) => pair.help)).toFixed(0)} ms of ${runs}`);
console.log(`ratio             median ${ratio.toFixed(2)}`);
