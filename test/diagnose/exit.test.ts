import { describe, expect, test } from 'vitest';
import { exitOf } from '../../src/diagnose/exit.ts';
import { type LoadFacts, noLoad } from '../../src/model/load.ts';
import type { CheckResult } from '../../src/model/run.ts';

function check(status: CheckResult['status'], id = 'disk-headroom'): CheckResult {
  return {
    id,
    phase: 'before',
    status,
    title: id,
    message: '',
    because: [],
    remedies: [],
    duration_ms: 1,
    blocking: false,
  };
}

const loaded: LoadFacts = { ...noLoad, kind: 'load', status: 'ok' };

describe('exit code of a run', () => {
  test.each([
    ['a pass and a skip are clean', [check('pass'), check('skip')], loaded, 'fail', 0],
    ['a warning is clean', [check('warn')], loaded, 'fail', 0],
    ['a warning is not clean under --fail-on warn', [check('warn')], loaded, 'warn', 1],
    ['a failure is 1', [check('pass'), check('fail')], loaded, 'fail', 1],
    ['a check that threw is 1: what it would have seen is not known', [check('error')], loaded, 'fail', 1],
    ['a check out of time is 1', [check('timeout')], loaded, 'fail', 1],
    ['a failed load is 1 whatever the checks say', [check('pass')], { ...loaded, status: 'failed' }, 'fail', 1],
    [
      'a load that a check blocked is 1',
      [{ ...check('fail'), blocking: true }],
      { ...loaded, status: 'not-started' },
      'fail',
      1,
    ],
    ['a load stopped by hand is 1', [check('pass')], { ...loaded, status: 'canceled' }, 'fail', 1],
    ['nothing but skips and no load is 2', [check('skip')], noLoad, 'fail', 2],
    ['no checks and no load is 2', [], noLoad, 'fail', 2],
  ] as const)('%s', (_, checks, ingestion, failOn, code) => {
    expect(exitOf(checks, ingestion, failOn).code).toBe(code);
  });

  test('the reason names the checks', () => {
    expect(exitOf([check('fail', 'freshness')], loaded, 'fail').reason).toBe(
      '1 check did not pass: freshness (before)',
    );
  });
});
