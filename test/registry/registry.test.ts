import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WitnessError } from '../../src/kernel/errors.ts';
import { loadRegistry } from '../../src/registry/registry.ts';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'chwitness-project-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(path: string, content: string) {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), content);
}

const code = (id: string, change = '') => `export default (api) => api.defineCheck({
  id: '${id}', title: 'It holds', failureTitle: 'It does not hold', why: 'Someone cares.', phases: ['before'],
  factsVersion: 1, facts: api.z.strictObject({}), collect: async () => ({}), judge: () => api.pass('fine'), ${change} });`;

const load = (checkFiles: string[] = [], bundles = {}) => loadRegistry({ checkFiles, bundles }, project);
async function refusal(work: Promise<unknown>): Promise<WitnessError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof WitnessError) return error;
  throw new Error('it was not refused', { cause: error });
}

test('the built-in checks are valid, and the bundles name only them', async () => {
  const { checks, bundles, digest } = await load();
  expect(checks.every(({ source }) => source === 'built in')).toBe(true);
  expect(checks.map(({ check }) => check.id)).toContain('row-counts');
  expect(bundles.map((bundle) => bundle.id)).toEqual(['insert-failure', 'preflight', 'qtickets', 'task-evidence']);
  for (const bundle of bundles) {
    for (const phase of ['before', 'after'] as const) {
      const wrong = bundle[phase].filter(
        (id) => !checks.find(({ check }) => check.id === id)?.check.phases.includes(phase),
      );
      expect([bundle.id, phase, wrong]).toEqual([bundle.id, phase, []]);
    }
    expect(bundle.blocking.filter((id) => !bundle.before.includes(id))).toEqual([]);
  }
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
});

describe('checks of a project', () => {
  test('are found in chwitness/checks, with their folder before their id', async () => {
    write('chwitness/checks/fresh.mjs', code('fresh'));
    write('chwitness/checks/none-late.sql', '-- title: No late rows\n-- expect: empty\nSELECT 1 WHERE 0');
    const ids = (await load()).checks.map(({ check }) => check.id);
    expect(ids).toEqual(expect.arrayContaining(['chwitness/fresh', 'chwitness/none-late']));
  });

  test('are found by path, glob and package name', async () => {
    write('smoke/one.sql', 'SELECT 1');
    write('smoke/two.sql', 'SELECT 2');
    write('node_modules/their-checks/package.json', '{"name":"their-checks","type":"module","main":"index.js"}');
    write(
      'node_modules/their-checks/index.js',
      `export default (api) => [${code('a').slice('export default (api) => '.length, -1)}];`,
    );
    const ids = (await load(['smoke/*.sql', './smoke/one.sql', 'their-checks'])).checks.map(({ check }) => check.id);
    expect(ids).toEqual(expect.arrayContaining(['smoke/one', 'smoke/two', 'their-checks/a']));
  });

  test('change the digest', async () => {
    const without = (await load()).digest;
    write('chwitness/checks/fresh.mjs', code('fresh'));
    const first = (await load()).digest;
    rmSync(join(project, 'chwitness/checks/fresh.mjs'));
    write('chwitness/checks/other.mjs', code('other'));
    expect(new Set([without, first, (await load()).digest]).size).toBe(3);
  });
});

describe('a check that is not as it should be is refused with its file', () => {
  test.each([
    ['another id than its file', code('other'), 'its id is "other" and its file says "bad"'],
    ['no phase', code('bad', 'phases: [],'), 'phases: no phase is named'],
    ['a missing sentence', code('bad', "why: '',"), 'why: a sentence is missing'],
    ['an unknown key', code('bad', 'judges: 1,'), 'judges'],
    [
      'options that need values',
      code('bad', 'options: api.z.strictObject({ a: api.z.string() }),'),
      'its options do not parse {}',
    ],
    ['no default export', 'export const x = 1;', 'exports no check by default'],
    ['a syntax error', 'export default (', 'could not be loaded'],
  ])('%s', async (_, content, says) => {
    write('chwitness/checks/bad.mjs', content);
    const error = await refusal(load());
    expect(error.message).toContain(says);
    expect(error.where).toContain('chwitness/checks/bad.mjs');
  });

  test('two of one id', async () => {
    write('chwitness/checks/same.mjs', code('same'));
    write('chwitness/checks/same.sql', 'SELECT 1');
    const error = await refusal(load());
    expect(error.message).toBe('Two checks have the id "chwitness/same"');
    expect(error.where).toMatch(/same\.mjs and .*same\.sql$/);
  });

  test('a path where nothing lies, a package that is not installed', async () => {
    expect((await refusal(load(['./nowhere.sql']))).message).toBe('No check lies here');
    expect((await refusal(load(['chwitness-no-such-package']))).message).toContain(
      'neither a file nor an installed package',
    );
  });

  test('a parameter that nothing binds', async () => {
    write('chwitness/checks/bad.sql', 'SELECT {day:Date}');
    expect((await refusal(load())).message).toBe('Nothing binds the parameter {day}');
  });
});

describe('bundles of the user', () => {
  test('take what they do not say from the one they extend', async () => {
    const { bundles } = await load([], { nightly: { extends: 'preflight', before: ['row-counts'], blocking: [] } });
    const preflight = bundles.find((bundle) => bundle.id === 'preflight');
    expect(bundles.find((bundle) => bundle.id === 'nightly')).toEqual({
      ...preflight,
      id: 'nightly',
      before: ['row-counts'],
      blocking: [],
    });
  });

  test('may carry on the built-in one of the same name', async () => {
    const { bundles } = await load([], { preflight: { extends: 'preflight', blocking: [] } });
    expect(bundles.find((bundle) => bundle.id === 'preflight')).toMatchObject({ blocking: [], after: [] });
  });

  test('are refused when they go in circles, extend nothing known, or name an unknown check', async () => {
    expect((await refusal(load([], { a: { extends: 'b' }, b: { extends: 'a' } }))).message).toContain(
      'it extends itself: a → b → a',
    );
    expect((await refusal(load([], { a: { extends: 'c' } }))).message).toContain('there is no bundle "c"');
    expect((await refusal(load([], { a: { before: ['rowcounts'] } }))).message).toContain(
      'there is no check "rowcounts"',
    );
  });
});
