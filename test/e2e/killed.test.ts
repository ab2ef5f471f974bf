import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveJson } from '../../src/archive/open.ts';
import { openPlace, type Place, type Running } from '../helpers/cli.ts';
import { mustSkipServer, startTargetServer, type TargetServer } from '../helpers/target-server.ts';

let place: Place;
beforeEach(async () => {
  place = await openPlace();
});
afterEach(() => place.close());

/** A check of the user's own that stays in the middle of what it does, and says so in a file. */
const staying = (phase: 'before' | 'after', what: string) => `import { writeFileSync } from 'node:fs';
const stay = () => { writeFileSync(${JSON.stringify(join(place.folder, 'staying'))}, ''); return new Promise(() => {}); };
export default (api) => api.defineCheck({
  id: 'stays', title: 'It ends', failureTitle: 'It does not end', why: 'Someone waits for it.', phases: ['${phase}'],
  factsVersion: 1, facts: api.z.strictObject({}), judge: () => api.pass('never'),
  collect: async (probe) => { ${what} } });`;

/** A check that keeps so much that packing takes seconds. */
const heavy = `import { randomBytes } from 'node:crypto';
export default (api) => api.defineCheck({
  id: 'heavy', title: 'It is kept', failureTitle: 'It is not kept', why: 'Packing it takes a while.', phases: ['after'],
  factsVersion: 1, facts: api.z.strictObject({}), judge: () => api.pass('kept'),
  collect: async (probe) => {
    const lines = async function* () {
      for (let at = 0; at < 200; at += 1) yield Buffer.from(randomBytes(30000).toString('base64') + '\\n');
    };
    await probe.artifact('heavy.txt', lines());
    return {};
  } });`;

async function until(what: string, is: () => unknown): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (await is()) return;
    await sleep(10);
  }
  throw new Error(`30 s went by before ${what}`);
}

async function kill(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
}

const below = (...path: string[]) => (existsSync(join(...path)) ? readdirSync(join(...path)) : []);
const stays = () => existsSync(join(place.folder, 'staying'));

const skipped = mustSkipServer();
describe.skipIf(skipped)('kill -9 in the middle of a load into a server', () => {
  let server: TargetServer;
  beforeAll(async () => {
    server = await startTargetServer();
  });
  afterAll(() => server?.stop());
  beforeEach(() => server.sql('CREATE TABLE orders (id UInt32, name String) ENGINE = MergeTree ORDER BY id'));
  afterEach(() => server.sql('DROP TABLE orders'));

  const scratch = async () =>
    (await server.sql('SHOW TABLES')).split('\n').filter((name) => name.startsWith('_chwitness_'));
  const load = (count: number, ...more: string[]) => {
    place.file('orders.csv', `id,name\n${Array.from({ length: count }, (_, at) => `${at},a\n`).join('')}`);
    return place.start(['load', 'orders.csv', '--table', 'orders', '--url', server.url, ...more]);
  };

  const moments: { moment: string; doing: RegExp; status: string; begin(): Promise<Running> }[] = [
    {
      moment: 'in the checks before, while a scratch table stands',
      doing: /^checks before$/,
      status: 'not-started',
      async begin() {
        const what = 'const [table] = await probe.schema(); await probe.scratch(table, stay); return {};';
        place.file('chwitness/checks/stays.mjs', staying('before', what));
        const running = load(2, '--only', 'chwitness/stays', '--only', 'target-reachable');
        await until('the scratch table was made', stays);
        expect(await scratch()).toHaveLength(1);
        return running;
      },
    },
    {
      moment: 'in the load',
      doing: /^load$/,
      status: 'canceled',
      async begin() {
        const running = load(200_000, '--batch-rows', '20', '--only', 'row-counts');
        await until('rows came', async () => (await server.count('orders')) > 60);
        return running;
      },
    },
    {
      moment: 'in the checks after',
      doing: /^checks after$/,
      status: 'ok',
      async begin() {
        place.file('chwitness/checks/stays.mjs', staying('after', 'await stay(); return {};'));
        const running = load(2, '--only', 'chwitness/stays', '--only', 'row-counts');
        await until('the checks after went on', stays);
        return running;
      },
    },
    {
      moment: 'while it packs',
      doing: /^(after checks after|packing.*)$/,
      status: 'ok',
      async begin() {
        place.file('chwitness/checks/heavy.mjs', heavy);
        const running = load(2, '--only', 'chwitness/heavy', '--only', 'row-counts');
        await until('an archive was begun', () => below(place.out).some((name) => name.endsWith('.partial')));
        return running;
      },
    },
  ];

  test.for(moments)(
    '$moment: the next start packs it, the one after has nothing to do',
    async ({ doing, status, begin }) => {
      await kill(await begin());
      const killedAt = Date.now();
      const stored = await server.count('orders');
      expect(place.archives()).toEqual([]);
      const [folder = ''] = below(place.state, 'runs');
      expect(folder).not.toBe('');

      const next = await place.run(['preflight', '--url', server.url, '--only', 'target-reachable']);
      expect({ code: next.code, archives: next.archives.length }, next.stdout + next.stderr).toEqual({
        code: 0,
        archives: 2,
      });
      const said =
        /Run (\S+) was killed while it was busy with: ([^.]+)\. What it had kept is in (\S+), marked incomplete/.exec(
          next.stderr,
        );
      expect(said?.slice(1, 3), next.stderr).toEqual([folder, expect.stringMatching(doing)]);
      const packed = next.archives.find((path) => path.includes(folder)) ?? '';
      expect(packed.endsWith(said?.[3] ?? '?')).toBe(true);
      const { run, ingestion, timeline, row_counts, tool } = await archiveJson(packed);
      expect(run).toMatchObject({ id: folder, command: 'load', complete: false, exit_code: 1 });
      expect(run.incomplete_because.join()).toContain('was killed');
      expect(ingestion).toMatchObject({ status });
      // It ends with its last sign of life, long before the next start packed it, and by the rules that it was under.
      expect(Date.parse(run.finished_at)).toBeLessThanOrEqual(killedAt);
      expect(timeline.at(-1)).toMatchObject({
        label: `${run.exit_code_reason.split(': ')[1]} (killed)`,
        to: run.finished_at,
      });
      expect(tool.rules_digest).toMatch(/^(?!f{64})[0-9a-f]{64}$/);
      if (status === 'canceled') {
        expect(run.window).toMatchObject({ clock_offset_ms: expect.any(Number) });
        expect(ingestion.rows_written).toBeGreaterThan(0);
        expect(ingestion.rows_written).toBeLessThanOrEqual(stored);
        expect(ingestion.rows_sent).toBeGreaterThanOrEqual(stored);
        expect(ingestion.error?.message).toMatch(
          /killed during the load: \d+ of [\d ]+ batches sent were acknowledged/,
        );
        expect(row_counts).toMatchObject([{ before: '0', sent: String(ingestion.rows_sent) }]);
      }
      expect(await place.verify(packed)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whole/) });
      // Nothing is left: no scratch table, no ledger, no raw rows, no half-written archive.
      expect(await scratch()).toEqual([]);
      expect({ runs: below(place.state, 'runs'), ledgers: below(place.state, 'scratch') }).toEqual({
        runs: [],
        ledgers: [],
      });
      expect(readdirSync(place.out).filter((name) => name.endsWith('.partial'))).toEqual([]);

      const again = await place.run(['preflight', '--url', server.url, '--only', 'target-reachable']);
      expect({ code: again.code, stderr: again.stderr, archives: again.archives.length }).toEqual({
        code: 0,
        stderr: '',
        archives: 1,
      });
    },
  );

  test('a run that is killed while it packs another is packed as well, and so is the other', async () => {
    place.file('chwitness/checks/stays.mjs', staying('before', 'await stay(); return {};'));
    await (async () => {
      const running = load(2, '--only', 'chwitness/stays');
      await until('the checks went on', stays);
      await kill(running);
    })();
    const [first = ''] = below(place.state, 'runs');
    const second = place.start(['preflight', '--url', server.url, '--only', 'chwitness/stays']);
    await until(
      'the first run was claimed',
      () => below(place.state, 'runs').some((name) => name.startsWith(`${first}.`)) || place.archives().length > 0,
    );
    await kill(second);
    const third = await place.run(['preflight', '--url', server.url, '--only', 'target-reachable']);
    expect(third.code, third.stdout + third.stderr).toBe(0);
    expect(below(place.state, 'runs')).toEqual([]);
    const runs = await Promise.all(place.archives().map(archiveJson));
    expect(runs.filter(({ run }) => run.id === first)).toHaveLength(1);
    expect(runs).toHaveLength(3);
  });
});

describe('kill -9 with the embedded engine', () => {
  const childrenOf = (pid: number) =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((name) => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
          return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(pid);
        } catch {
          return false;
        }
      })
      .map(Number);
  const alive = (pid: number) => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };

  test('leaves no process behind, and the data folder opens again', async () => {
    place.file('chwitness/checks/stays.mjs', staying('after', 'await stay(); return {};'));
    const args = ['load', place.file('orders.csv', 'id,name\n1,a\n2,b\n'), '--create', '--embedded', 'data'];
    for (const check of ['chwitness/stays', 'row-counts']) args.push('--only', check);
    const running = place.start(args);
    await until('the checks after went on', stays);
    // The target, and the second engine that told the structure of the file.
    const children = childrenOf(running.pid);
    expect(children).toHaveLength(2);
    await kill(running);
    await until('the children ended', () => !children.some(alive));
    expect(below(place.tmp)).toEqual([]);

    const next = await place.run(['preflight', '--embedded', 'data', '--table', 'orders', '--only', 'row-counts']);
    expect({ code: next.code, archives: next.archives.length }, next.stdout + next.stderr).toEqual({
      code: 0,
      archives: 2,
    });
    expect(next.run?.row_counts).toMatchObject([{ table: 'default.orders', before: '2' }]);
    expect(next.stderr).toContain('marked incomplete');
    expect(below(place.state, 'runs')).toEqual([]);
  });
});
