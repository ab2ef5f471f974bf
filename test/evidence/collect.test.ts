import { expect, test } from 'vitest';
import { z } from 'zod';
import { type CollectOptions, collect } from '../../src/evidence/collect.ts';
import type { PhaseProbes } from '../../src/evidence/probe.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Check, Probe } from '../../src/model/check.ts';
import { pass } from '../../src/model/verdict.ts';

/** An outside in which nothing can be asked: the runner itself is what is tested here. */
const probes: PhaseProbes = {
  phase: 'before',
  target: { kind: 'server', url: 'http://nowhere' },
  tables: [],
  reach: async () => ({ ok: false, failure: { failure: 'refused', message: 'connection refused' }, ms: 1 }),
  dockerEngine: async () => ({ ok: false, problem: { failure: 'no-command', message: 'no docker', remedies: [] } }),
  open: (_, signal) => ({ probe: { signal } as Probe, calls: [] }),
};

function check(id: string, work: (signal: AbortSignal) => Promise<unknown>, change: Partial<Check> = {}): Check {
  return {
    id,
    title: 'It holds',
    failureTitle: 'It does not',
    why: 'For the test.',
    phases: ['before'],
    factsVersion: 1,
    facts: z.strictObject({ n: z.number() }),
    collect: (probe) => work(probe.signal),
    judge: () => pass('fine'),
    ...change,
  };
}

const good = check('good', async () => ({ n: 1 }));
const options = (change: Partial<CollectOptions> = {}): CollectOptions => ({
  concurrency: 2,
  checkMs: 80,
  phaseMs: 5000,
  signal: new AbortController().signal,
  keep: async (path, envelope) => ({ path: `data/${path}`, facts: envelope.facts }),
  clock: systemClock,
  graceMs: 30,
  ...change,
});
const forever = () => new Promise<never>(() => {});
const statuses = (found: Awaited<ReturnType<typeof collect>>) => found.map((one) => [one.id, one.outcome.status]);

test('a check that hangs and ignores its signal costs itself alone', async () => {
  const found = await collect([check('stuck', forever), check('stuck-too', forever), good], probes, options());
  expect(statuses(found)).toEqual([
    ['stuck', 'timeout'],
    ['stuck-too', 'timeout'],
    ['good', 'collected'],
  ]);
  expect(found[2]?.factsPath).toBe('data/facts/before/good.json');
});

test('a check that throws, at once or later, and one that answers nonsense are errors of their own', async () => {
  const found = await collect(
    [
      check('throws', () => {
        throw new Error('at once');
      }),
      check('rejects', async () => Promise.reject(new Error('later'))),
      check('nonsense', async () => ({ n: 'one' })),
      good,
    ],
    probes,
    options(),
  );
  expect(statuses(found)).toEqual([
    ['throws', 'error'],
    ['rejects', 'error'],
    ['nonsense', 'error'],
    ['good', 'collected'],
  ]);
  expect(found[2]?.outcome).toMatchObject({ message: expect.stringContaining('n: Invalid input') });
});

test('a check that rejects after its time is over harms nobody', async () => {
  let late = false;
  const unhandled: unknown[] = [];
  const listen = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', listen);
  const slow = check('slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    late = true;
    throw new Error('too late');
  });
  expect(statuses(await collect([slow], probes, options()))).toEqual([['slow', 'timeout']]);
  await new Promise((resolve) => setTimeout(resolve, 150));
  process.off('unhandledRejection', listen);
  expect([late, unhandled]).toEqual([true, []]);
});

test('a stopped check may tidy up before the next part begins', async () => {
  const done: string[] = [];
  const tidy = check(
    'tidy',
    (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () =>
          setTimeout(() => {
            done.push('tidied');
            reject(new Error('stopped'));
          }, 10),
        ),
      ),
  );
  await collect([tidy], probes, options({ graceMs: 500 }));
  expect(done).toEqual(['tidied']);
});

test('what has not begun when the phase is over is told so', async () => {
  const found = await collect(
    [check('stuck', forever), good],
    probes,
    options({ concurrency: 1, checkMs: 5000, phaseMs: 60 }),
  );
  expect(found.map((one) => one.outcome)).toMatchObject([
    { status: 'timeout', message: expect.stringContaining('what was left of the phase') },
    { status: 'timeout', message: 'the time of this phase was used up before this check began' },
  ]);
});

test('the limit of the configuration goes before that of the check, and that before the common one', async () => {
  const slow = (id: string, timeoutMs?: number) =>
    check(
      id,
      async () => new Promise((resolve) => setTimeout(() => resolve({ n: 1 }), 120)),
      timeoutMs === undefined ? {} : { timeoutMs },
    );
  const found = await collect(
    [slow('common'), slow('own', 2000), slow('told', 2000)],
    probes,
    options({ concurrency: 3, configs: { told: { timeout_ms: 20 } } }),
  );
  expect(statuses(found)).toEqual([
    ['common', 'timeout'],
    ['own', 'collected'],
    ['told', 'timeout'],
  ]);
});

test('Ctrl-C cancels what is under way and what has not begun', async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 30);
  const found = await collect(
    [check('stuck', forever), good],
    probes,
    options({ concurrency: 1, checkMs: 5000, signal: stop.signal }),
  );
  expect(statuses(found)).toEqual([
    ['stuck', 'canceled'],
    ['good', 'canceled'],
  ]);
});

test('no more checks are under way at once than allowed', async () => {
  let now = 0;
  let most = 0;
  const checks = Array.from({ length: 6 }, (_, index) =>
    check(`c${index}`, async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return { n: 1 };
    }),
  );
  await collect(checks, probes, options({ concurrency: 2 }));
  expect(most).toBe(2);
});

test('needs that are not met are named with what would meet them, and nothing is collected', async () => {
  const never = async () => {
    throw new Error('was collected');
  };
  const found = await collect(
    [
      check('a', never, { needs: ['tables'] }),
      check('b', never, { needs: ['http'] }),
      check('c', never, { needs: ['system.parts'] }),
    ],
    probes,
    options(),
  );
  expect(found.map((one) => one.outcome)).toMatchObject([
    { status: 'unmet', reason: 'no table is named' },
    { status: 'unmet', reason: 'the target does not answer: connection refused' },
    { status: 'unmet', reason: 'the target does not answer: connection refused' },
  ]);
});

test('what is judged is what was kept', async () => {
  const kept = options({ keep: async (path) => ({ path, facts: { n: 42 } }) });
  const [found] = await collect([good], probes, kept);
  expect(found?.outcome).toEqual({ status: 'collected', facts: { n: 42 } });
});
