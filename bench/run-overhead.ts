/**
 * How much longer a command takes under `chwitness run` than under `tee`, checks apart: 100 000 lines in about 10 s, in turn.
 * Compared is the life of the command: what comes before and after it are checks and the archive.
 * The command prints 100 blocks of 1000 lines and rests 100 ms after each; whatever slows its output makes it longer.
 *   npm run build && CLICKHOUSE_URL=http://127.0.0.1:8123 npx tsx bench/run-overhead.ts [pairs]
 */
import { type SpawnSyncOptionsWithStringEncoding, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/kernel/package.ts';

const url = process.env.CLICKHOUSE_URL;
if (!url) throw new Error('name a server with CLICKHOUSE_URL');
const pairs = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'chwitness-overhead-'));
const loader = join(folder, 'loader.mjs');
writeFileSync(
  loader,
  `import { writeSync } from 'node:fs';
let row = 0;
for (let block = 0; block < 100; block += 1) {
  for (let line = 0; line < 1000; line += 1, row += 1)
    writeSync(1, \`2025-10-29T12:10:20Z loader INFO row \${row} of the load, order \${row * 7919}, written into shop.orders\\n\`);
  await new Promise((resolve) => setTimeout(resolve, 100));
}
`,
);
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  CLICKHOUSE_PASSWORD: 'a-secret-to-look-for',
  API_TOKEN: 'another-secret-1',
};
const options: SpawnSyncOptionsWithStringEncoding = {
  cwd: folder,
  env,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  maxBuffer: 1e9,
};

function underTee(): number {
  const started = performance.now();
  spawnSync('bash', ['-c', `set -o pipefail; ${process.execPath} ${loader} 2>&1 | tee run.log`], options);
  return performance.now() - started;
}

function underWitness(): number {
  const cli = join(packageRoot, 'dist', 'src', 'cli.js');
  const args = ['run', '--job', 'bench', '--url', url ?? '', '--user', 'default', '--only', 'server-version', '--json'];
  const { stdout } = spawnSync(process.execPath, [cli, ...args, '--', process.execPath, loader], {
    ...options,
    env: { ...env, CLICKHOUSE_PASSWORD: process.env.CLICKHOUSE_PASSWORD ?? '' },
  });
  const { ingestion } = JSON.parse(stdout);
  if (ingestion.command.output[0].lines !== 100_000) throw new Error('not every line was kept');
  const { started_at, ended_at } = ingestion.command;
  return Date.parse(ended_at) - Date.parse(started_at);
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const ratios: number[] = [];
try {
  for (let pair = 1; pair <= pairs; pair += 1) {
    // In turn first, so that whatever else the machine does meets both.
    const first = pair % 2 === 0 ? underWitness() : undefined;
    const tee = underTee();
    const witness = first ?? underWitness();
    ratios.push(witness / tee);
    console.log(
      `pair ${pair}: tee ${(tee / 1000).toFixed(2)} s, chwitness run ${(witness / 1000).toFixed(2)} s, ${((witness / tee - 1) * 100).toFixed(2)} % longer`,
    );
  }
  console.log(`median of ${pairs}: ${((median(ratios) - 1) * 100).toFixed(2)} % longer`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
