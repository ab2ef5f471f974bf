/** How fast redaction is, in MB/s: `npx tsx bench/redact.ts`. */
import { randomBytes } from 'node:crypto';
import { KnownSecrets } from '../src/redact/known.ts';
import { Needles } from '../src/redact/needles.ts';
import { createRedactor } from '../src/redact/redactor.ts';
import { Finds } from '../src/redact/rules/finds.ts';
import { secretlintSpans } from '../src/redact/secretlint.ts';

const MEGABYTES = 64;

function sample(line: (row: number) => string): Buffer {
  const lines: string[] = [];
  let bytes = 0;
  for (let row = 0; bytes < MEGABYTES * 1e6; row += 1) {
    const text = line(row);
    lines.push(text);
    bytes += Buffer.byteLength(text);
  }
  return Buffer.from(lines.join(''));
}

const samples = {
  'server log': sample(
    (row) =>
      `2025.10.29 15:10:${String(row % 60).padStart(2, '0')}.123456 [ 812 ] {q-${row}} <Debug> executeQuery: (from 172.18.0.5:4${row % 10_000}, user: default) SELECT max(sale_ts), count() FROM shop.orders (stage: Complete)\n`,
  ),
  'rows (NDJSON)': sample(
    (row) =>
      `{"event_id":"${(row * 7919).toString(36)}","name":"Концерт ${row}","sale_ts":"2025-10-29 12:10:20","price":"${row % 977}.50","url":"https://tickets.example/e/${row}"}\n`,
  ),
  'full of credentials': sample(
    (row) => `password=${row * 7919}x url=http://u:p${row}@h:8123/ CREATE USER u${row} IDENTIFIED BY 'p${row}'\n`,
  ),
};

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function measure(name: string, bytes: Buffer, work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(`${name.padEnd(60)} ${(bytes.length / 1e6 / seconds).toFixed(0).padStart(6)} MB/s\n`);
}

const secrets = Array.from({ length: 8 }, (_, index) => ({
  label: `SECRET_${index}`,
  value: randomBytes(12).toString(index % 2 === 0 ? 'base64url' : 'hex'),
}));

for (const [name, bytes] of Object.entries(samples)) {
  const needles = new Needles(
    Array.from({ length: 48 }, () => randomBytes(16).toString('latin1')).map((text) => Buffer.from(text, 'latin1')),
  );
  await measure(`${name}: 48 needles of 16 bytes`, bytes, () => needles.search(bytes, 0, () => undefined));
  const known = new KnownSecrets();
  for (const secret of secrets) known.learn(secret);
  await measure(`${name}: 8 known secrets in all their forms`, bytes, () => known.find(bytes, []));
  const text = bytes.subarray(0, 8e6).toString('latin1');
  await measure(`${name}: secretlint's preset alone (8 MB)`, bytes.subarray(0, 8e6), () =>
    secretlintSpans(new Finds(text, () => undefined)),
  );
  await measure(`${name}: stream, everything`, bytes, async () => {
    for await (const _ of createRedactor({ known: secrets }).stream('x', chunks(bytes)));
  });
}
process.stdout.write(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB, samples included\n`);
