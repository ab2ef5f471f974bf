/**
 * `diagnose` on a large log beside `grep -c Exception` on the same file: `npx tsx bench/diagnose.ts [GiB, default 2]`.
 * The log is of a loader and a server, one line in a thousand an exception; it lies in the system's temporary folder and is removed.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { BUILT_CLI, ensureBuilt } from '../test/helpers/build.ts';

const GIB = Number(process.argv[2] ?? 2);

/** About 100 bytes a line, alternating between two programs. */
function block(from: number, lines: number): string {
  const made: string[] = [];
  for (let at = from; at < from + lines; at += 1) {
    const second = String(at % 60).padStart(2, '0');
    if (at % 1000 === 999)
      made.push(
        `2025.06.01 03:${second}:00.120000 [ ${at % 90} ] {q-${at}} <Error> executeQuery: Code: 252. DB::Exception: Too many parts (${300 + (at % 7)}). Merges are processing significantly slower than inserts. (TOO_MANY_PARTS) (version 24.8.4.13 (official build))`,
      );
    else if (at % 2 === 0)
      made.push(
        `2025.06.01 03:00:${second}.120000 [ ${at % 90} ] {q-${at}} <Debug> executeQuery: Read 1000 rows, 98.00 KiB in 0.4 sec., 2500 rows/sec.`,
      );
    else made.push(`2025-06-01 03:00:${second},101 DEBUG etl.sink: batch ${at} of dwh.orders prepared, 1000 values`);
  }
  return `${made.join('\n')}\n`;
}

async function write(path: string, bytes: number): Promise<void> {
  const file = createWriteStream(path);
  let written = 0;
  for (let at = 0; written < bytes; at += 20_000) {
    const text = block(at, 20_000);
    written += text.length;
    if (!file.write(text)) await new Promise<void>((done) => file.once('drain', () => done()));
  }
  file.end();
  await finished(file);
}

function timed(name: string, command: string, args: readonly string[], bytes: number): void {
  const run = spawnSync('/usr/bin/time', ['-f', '%e %M', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  const [seconds = 0, kib = 0] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  const speed = bytes / 1024 ** 2 / seconds;
  console.log(
    `${name.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${speed.toFixed(0).padStart(6)} MiB/s  ${(kib / 1024).toFixed(0).padStart(5)} MiB at most`,
  );
}

await ensureBuilt();
const folder = mkdtempSync(join(tmpdir(), 'chwitness-bench-'));
try {
  const path = join(folder, 'large.log');
  await write(path, GIB * 1024 ** 3);
  const { size } = statSync(path);
  console.log(`${(size / 1024 ** 3).toFixed(2)} GiB`);
  for (let round = 0; round < 2; round += 1) {
    timed('grep -c Exception', 'grep', ['-c', 'Exception', path], size);
    timed('chwitness diagnose', process.execPath, [BUILT_CLI, 'diagnose', '--json', path], size);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
