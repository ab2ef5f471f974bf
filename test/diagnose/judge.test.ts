import { expect, test } from 'vitest';
import { z } from 'zod';
import { type JudgeInput, judge } from '../../src/diagnose/judge.ts';
import type { Check } from '../../src/model/check.ts';
import type { Collected } from '../../src/model/collected.ts';
import { fail, pass } from '../../src/model/verdict.ts';

const facts = z.strictObject({ n: z.number() });

function check(id: string, change: Partial<Check> = {}): Check {
  return {
    id,
    title: 'All is even',
    failureTitle: 'Something is odd',
    why: 'For the test.',
    phases: ['before', 'after'],
    factsVersion: 1,
    facts,
    collect: async () => ({ n: 0 }),
    judge: (found: { n: number }) => (found.n % 2 === 0 ? pass(`${found.n} is even`) : fail(`${found.n} is odd`)),
    ...change,
  };
}

function collected(id: string, outcome: Collected['outcome']): Collected {
  return {
    id,
    phase: 'before',
    started_at: '2026-11-24T12:00:00.000Z',
    duration_ms: 3,
    factsPath: `data/facts/before/${id}.json`,
    outcome,
  };
}
const found = (id: string, n: unknown) => collected(id, { status: 'collected', facts: { n } });
const input: JudgeInput = { phase: 'before', now: new Date('2026-11-24T12:00:00Z'), blocking: [] };

test('results come in the order of the checks, whatever the order of the facts', () => {
  const results = judge([check('b'), check('a')], [found('a', 2), found('b', 1)], input);
  expect(results.map((one) => [one.id, one.status, one.title, one.message])).toEqual([
    ['b', 'fail', 'Something is odd', '1 is odd'],
    ['a', 'pass', 'All is even', '2 is even'],
  ]);
});

test('could-not-run is told apart: a skip, an error, a timeout, a stop', () => {
  const outcomes: Collected['outcome'][] = [
    { status: 'unmet', reason: 'no table is named', remedies: ['name one'] },
    { status: 'error', message: 'broke' },
    { status: 'timeout', message: 'slow' },
    { status: 'canceled', message: 'stopped' },
  ];
  const results = outcomes.flatMap((outcome) => judge([check('a')], [collected('a', outcome)], input));
  expect(results.map((one) => [one.status, one.message, one.remedies])).toEqual([
    ['skip', 'no table is named', ['name one']],
    ['error', 'broke', []],
    ['timeout', 'slow', []],
    ['canceled', 'stopped', []],
  ]);
});

test('a judge that throws, or says nothing that is a verdict, is an error of that check alone', () => {
  const throwing = check('throws', {
    judge: () => {
      throw new Error('no such thing');
    },
  });
  const vague = check('vague', { judge: () => ({ status: 'maybe' }) as never });
  const results = judge([throwing, vague, check('a')], [found('throws', 1), found('vague', 1), found('a', 2)], input);
  expect(results.map((one) => one.status)).toEqual(['error', 'error', 'pass']);
  expect(results[0]?.message).toBe('the facts could not be judged: no such thing');
});

test('the configuration says what a failure counts as, over what the check says', () => {
  const status = (change: Partial<Check>, severity?: 'fail' | 'warn') =>
    judge([check('a', change)], [found('a', 1)], { ...input, ...(severity ? { configs: { a: { severity } } } : {}) })[0]
      ?.status;
  expect([status({}), status({}, 'warn'), status({ severity: 'warn' }), status({ severity: 'warn' }, 'fail')]).toEqual([
    'fail',
    'warn',
    'warn',
    'fail',
  ]);
});

test('facts from before are handed over where they have the same shape', () => {
  const comparing = check('a', { judge: (now, { before }) => pass(`${before?.n ?? 'nothing'} → ${now.n}`) });
  const message = (before: unknown) =>
    judge([comparing], [found('a', 4)], { ...input, phase: 'after', before: () => before })[0]?.message;
  expect([message({ n: 2 }), message({ m: 2 }), message(undefined)]).toEqual(['2 → 4', 'nothing → 4', 'nothing → 4']);
});

test('only a check before the load blocks it', () => {
  const blocking = (phase: 'before' | 'after') =>
    judge([check('a')], [found('a', 1)], { ...input, phase, blocking: ['a'] })[0]?.blocking;
  expect([blocking('before'), blocking('after')]).toEqual([true, false]);
});

test('options are read by the check’s own schema, a wrong one is an error that names its key', () => {
  const optional = check('a', {
    options: z.strictObject({ most: z.number().default(7) }),
    judge: (_, { options }) => pass(String(options.most)),
  });
  const result = (options: unknown) => judge([optional], [found('a', 1)], { ...input, configs: { a: { options } } })[0];
  expect([result(undefined)?.message, result({ most: 3 })?.message]).toEqual(['7', '3']);
  expect(result({ most: 'many' })).toMatchObject({
    status: 'error',
    message: expect.stringContaining('An option of the check a'),
  });
});
