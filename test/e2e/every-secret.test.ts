import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveJson, readArchive } from '../../src/archive/open.ts';
import { type EmbeddedEngine, startEmbedded } from '../../src/engine/embedded/child.ts';
import { runCli } from '../helpers/run-cli.ts';

/** Awkward in every language that could carry it, and never the same twice. */
const password = `p@ss"w'o\\rd/+=% ${randomBytes(6).toString('hex')}é`;
const token = `tok_${randomBytes(15).toString('base64')}`;
let folder = '';
let engine: EmbeddedEngine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chwitness-secrets-'));
  engine = await startEmbedded({ password });
  const basic = `Basic ${Buffer.from(`${engine.user}:${password}`).toString('base64')}`;
  const answer = await fetch(engine.url, {
    method: 'POST',
    headers: { authorization: basic },
    body: 'CREATE TABLE default.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id',
  });
  expect(await answer.text()).toBe('');
  await mkdir(join(folder, 'ddl'));
});
afterAll(async () => {
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

function* forms(secret: string): Generator<[string, Buffer]> {
  const bytes = Buffer.from(secret);
  yield ['raw', bytes];
  yield ['URL-encoded', Buffer.from(encodeURIComponent(secret))];
  yield ['URL-encoded, spaces as +', Buffer.from(new URLSearchParams({ x: secret }).toString().slice(2))];
  yield ['hex', Buffer.from(bytes.toString('hex'))];
  yield ['JSON-escaped', Buffer.from(JSON.stringify(secret).slice(1, -1))];
  yield ['basic-auth pair', Buffer.from(Buffer.from(`default:${secret}`).toString('base64').slice(12, -4))];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset, 'x'), bytes]).toString('base64');
    // Whole groups of three bytes that hold nothing but the secret.
    yield [`base64 at offset ${offset}`, Buffer.from(encoded.slice(offset === 0 ? 0 : 4, -4))];
  }
}

async function everything(path: string): Promise<[string, Buffer][]> {
  const files: [string, Buffer][] = [];
  for await (const entry of readArchive(path)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of entry.content) chunks.push(chunk);
    files.push([entry.path, Buffer.concat([Buffer.from(`${entry.path}\n`), ...chunks])]);
  }
  return files;
}

/** The same run, with secrets in every input or with harmless words in their places. */
async function witness(secret: string) {
  const envFile = join(folder, '.env.prod');
  const port = new URL(engine.url).port;
  await writeFile(
    envFile,
    [
      `CLICKHOUSE_HOST=127.0.0.1`,
      `CLICKHOUSE_PORT=${port}`,
      `CLICKHOUSE_USER=${engine.user}`,
      `CLICKHOUSE_PASSWORD=${password}`,
      `QTICKETS_TOKEN=${secret}`,
      'ORG_NAME=zakaz',
      'REPORT_YEAR=2025',
      'OLD_PORT=8123',
    ].join('\n'),
  );
  const file = join(folder, `zakaz-2025-8123-${secret.replaceAll('/', '')}.csv`);
  await writeFile(file, `id,name\n1,zakaz 2025 8123\nx${secret},bad\n`);
  await writeFile(
    join(folder, 'ddl', 't.sql'),
    `CREATE TABLE default.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id;
CREATE USER reader IDENTIFIED BY '${secret}';
CREATE TABLE default.lake (id UInt64) ENGINE = S3('http://127.0.0.1:1/b/x.csv', 'key-id', '${secret}', 'CSV');`,
  );
  const result = await runCli(
    [
      'load',
      file,
      '--table',
      'default.t',
      '--env-file',
      envFile,
      '--schema-dir',
      join(folder, 'ddl'),
      '--job',
      `zakaz ${secret}`,
      '--force',
    ],
    { cwd: folder },
  );
  const archive = result.archive ?? '';
  return { result, summary: await archiveJson(archive), files: await everything(archive) };
}

test('secrets in configuration, env-file, data, file names, DDL, job name and errors stand nowhere, in no form', async () => {
  const { result, files, summary } = await witness(token);
  expect(files.length).toBeGreaterThan(20);
  const shown: [string, Buffer][] = [['the terminal', Buffer.from(result.stdout + result.stderr)], ...files];
  const leaks = [password, token].flatMap((secret) =>
    [...forms(secret)].flatMap(([form, needle]) =>
      shown.filter(([, bytes]) => bytes.includes(needle)).map(([file]) => `${form} in ${file}`),
    ),
  );
  expect(leaks).toEqual([]);
  expect(summary.redactions.length).toBeGreaterThan(0);
});

test('ordinary values of the same env-file stay readable', async () => {
  const { files } = await witness(token);
  const all = Buffer.concat(files.map(([, bytes]) => bytes)).toString();
  for (const word of ['zakaz', '2025', '8123']) expect(all).toContain(word);
});

test('the verdict is the same with secrets and without', async () => {
  const verdicts = async (secret: string) => {
    const { summary, result } = await witness(secret);
    return {
      code: result.code,
      causes: summary.findings.map((finding) => finding.cause),
      checks: summary.checks.map(({ id, phase, status }) => `${id} ${phase} ${status}`),
    };
  };
  expect(await verdicts(token)).toEqual(await verdicts('harmless'));
});
