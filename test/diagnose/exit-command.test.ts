import { describe, expect, test } from 'vitest';
import { exitOf } from '../../src/diagnose/exit.ts';
import type { CommandFacts } from '../../src/model/command.ts';
import { type LoadFacts, noLoad } from '../../src/model/load.ts';
import type { CheckResult } from '../../src/model/run.ts';
import { sampleCommand } from '../helpers/sample-command.ts';

const command = sampleCommand;
const ran = (status: LoadFacts['status'], change: Partial<CommandFacts>): LoadFacts => ({
  ...noLoad,
  kind: 'command',
  status,
  command: command(change),
});
const check = (status: CheckResult['status'], blocking = false): CheckResult => ({
  id: 'row-counts',
  phase: blocking ? 'before' : 'after',
  status,
  title: '',
  message: '',
  because: [],
  remedies: [],
  duration_ms: 1,
  blocking,
});
const of = (load: LoadFacts, checks = [check('pass')], failOn: 'fail' | 'warn' = 'fail') => {
  const { code, origin } = exitOf(checks, load, failOn);
  return `${code} of ${origin}`;
};

describe('exit code of a run with a command', () => {
  test.each([
    ['a command that is fine', ran('ok', { exit_code: 0 }), '0 of command'],
    ['its own code', ran('failed', { exit_code: 3 }), '3 of command'],
    ['a signal as shells tell it', ran('failed', { signal: 'SIGKILL' }), '137 of command'],
    ['one stopped for its time', ran('failed', { signal: 'SIGTERM', ended: 'timeout' }), '143 of command'],
    ['one stopped for its time that said 0', ran('failed', { exit_code: 0, ended: 'timeout' }), '1 of chwitness'],
    ['an interrupted one', ran('canceled', { exit_code: 130, ended: 'interrupted' }), '130 of command'],
    ['an interrupted one that said 0', ran('canceled', { exit_code: 0, ended: 'interrupted' }), '1 of chwitness'],
    [
      'one that is not there',
      ran('not-started', { ended: 'not-started', not_started: { reason: 'not-found', message: '' } }),
      '127 of chwitness',
    ],
    [
      'one that may not be executed',
      ran('not-started', { ended: 'not-started', not_started: { reason: 'not-executable', message: '' } }),
      '126 of chwitness',
    ],
  ])('%s', (_, load, code) => expect(of(load)).toBe(code));

  test('of a command that said 0 the witness may say otherwise', () => {
    expect(of(ran('ok', { exit_code: 0 }), [check('fail')])).toBe('1 of chwitness');
    expect(of(ran('ok', { exit_code: 0 }), [check('warn')], 'warn')).toBe('1 of chwitness');
    expect(of(ran('failed', { exit_code: 3 }), [check('fail')])).toBe('3 of command');
  });

  test('a command that was never started has one of ours', () => {
    const blank = ran('not-started', { ended: 'not-started', started_at: undefined });
    expect(exitOf([check('fail', true)], blank, 'fail')).toEqual({
      code: 121,
      origin: 'chwitness',
      reason: 'the command was not started: row-counts (before)',
    });
    expect(of({ ...blank, status: 'canceled' })).toBe('120 of chwitness');
  });
});
