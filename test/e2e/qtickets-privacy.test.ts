import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everythingIn, filesBelow, layersOf } from '../helpers/archive-bytes.ts';
import { CANARIES, CUSTOMER, openStage, ordersOf, type Scene, type Stage } from '../helpers/qtickets/scene.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Every byte of the archives, of the state, of the files for others, and of what was printed. */
function everythingOf({ place }: Scene, printed: string): { path: string; bytes: Buffer }[] {
  const told = ['junit.xml', 'run.prom'].map((name) => join(place.folder, name)).filter(existsSync);
  return [
    ...place.archives().flatMap((archive) => everythingIn(archive)),
    ...filesBelow(place.state).flatMap(({ path, bytes }) => layersOf(bytes).map((layer) => ({ path, bytes: layer }))),
    ...told.map((path) => ({ path, bytes: readFileSync(path) })),
    { path: '(printed)', bytes: Buffer.from(printed) },
  ];
}

/** Where a canary stands, with what is around it. */
function leaks(files: readonly { path: string; bytes: Buffer }[]): string[] {
  return files.flatMap(({ path, bytes }) => {
    const text = bytes.toString();
    return CANARIES.flatMap((canary) => {
      const found = canary.exec(text);
      return found === null ? [] : [`${path}: ${text.slice(Math.max(0, found.index - 120), found.index + 60)}`];
    });
  });
}

/** Those that read what the server says, and what the load says of itself. */
const CHECKS = ['source-answers', 'job-runs', 'query-log', 'text-log', 'server-errors', 'target-schema'];
const ONLY = CHECKS.flatMap((id) => ['--only', id]);

async function holds(scene: Scene, code: number, args: readonly string[] = []) {
  const ended = await scene.load([...args, '--force', ...ONLY, '--junit', 'junit.xml', '--textfile', 'run.prom']);
  expect(ended.code, ended.stderr).toBe(code);
  expect(ended.archives.length).toBeGreaterThan(0);
  const files = everythingOf(scene, ended.stdout + ended.stderr);
  expect(files.length).toBeGreaterThan(20);
  expect(leaks(files)).toEqual([]);
  const row = await scene
    .value(
      `SELECT concat(status, ' ', message, metrics) FROM ${scene.database}.meta_job_runs ORDER BY started_at DESC LIMIT 1`,
    )
    .catch(() => '');
  expect(leaks([{ path: 'meta_job_runs', bytes: Buffer.from(row) }])).toEqual([]);
  return { ...ended, row };
}

test('answers whose shape drifted: paths and types are kept, neither keys that are people nor their values', async () => {
  const [first = {}] = ordersOf(1);
  const scene = await stage.open({
    data: {
      orders: [
        { ...first, Sidorova: 1, '9112223344': 1, 'Olga.Sidorova@Mail.example.test': 1, client: CUSTOMER.email },
        { ...first, id: CUSTOMER.email, payed_at: CUSTOMER.details.surname },
        { ...first, id: 9005, currency_id: 'Sidorova' },
        { ...first, id: 9006, price: CUSTOMER.details.phone, baskets: CUSTOMER.details.surname },
      ],
    },
  });
  const { run } = await holds(scene, 1);
  expect(run?.checks.find(({ id }) => id === 'source-answers')?.status).toBe('fail');
  expect(run?.ingestion.api?.drift.length).toBeGreaterThan(4);
});

test('an INSERT that a constraint refuses quotes the whole row: code, name, row and constraint are kept, no value', async () => {
  const scene = await stage.open();
  await scene.target.command(
    `ALTER TABLE ${scene.database}.stg_qtickets_api_orders_raw ADD CONSTRAINT no_sale CHECK length(payload_json) < 5`,
  );
  // First in the rehearsal, whose engine quotes as a server does.
  await holds(scene, 1, ['--rehearse']);
  expect(await scene.value(`SELECT count() FROM ${scene.database}.stg_qtickets_api_orders_raw`)).toBe('0');
  const { run, row, stdout } = await holds(scene, 1);
  expect(run?.ingestion.error).toMatchObject({ code: 469, name: 'VIOLATED_CONSTRAINT' });
  expect(run?.ingestion.error?.message).toMatch(/Constraint `no_sale` .*is violated at row \d/);
  expect(row).toContain('no_sale');
  expect(stdout).toContain('VIOLATED_CONSTRAINT');
});

test('a view that cannot read what is inserted quotes it bare; who asks for samples sees it', async () => {
  const scene = await stage.open();
  const { database } = scene;
  await scene.target.command(
    `CREATE MATERIALIZED VIEW ${database}.ids ENGINE = Memory AS SELECT base58Decode(JSONExtractString(payload_json, 'client', 'details', 'surname')) AS id FROM ${database}.stg_qtickets_api_orders_raw`,
  );
  const { run } = await holds(scene, 1);
  expect(run?.ingestion.error?.message).toMatch(/Invalid base58Decode value \(‹/);
  const shown = await scene.load(['--keep-samples', '--force', ...ONLY]);
  expect(shown.run?.ingestion.error?.message).toContain(CUSTOMER.details.surname);
});

test('a run that was killed in the middle, and the next one that packs what it left', async () => {
  const scene = await stage.open({
    intercept: ({ path, number }) => (path === '/clients' && number === 0 ? { hang: 'headers' } : undefined),
  });
  const started = scene.place.start(['load', 'qtickets', '--env-file', '.env.qtickets_api']);
  await started.until('clients are asked for', () => scene.api.of('/clients').length > 0);
  started.child.kill('SIGKILL');
  const { stdout, stderr } = await started.ended;
  expect(leaks(everythingOf(scene, stdout + stderr))).toEqual([]);
  const { archives } = await holds(scene, 0);
  expect(archives).toHaveLength(2);
});
