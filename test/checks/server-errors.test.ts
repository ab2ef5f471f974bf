import { expect, test } from 'vitest';
import check from '../../checks/server-errors.ts';
import { loadOf, say } from './say.ts';

function errors(values: Record<string, [number, string]>, change: object = {}) {
  const list = Object.entries(values).map(([name, [code, value]]) => ({
    name,
    code,
    value,
    last_error_time: '2026-11-24 11:59:00',
    last_error_message: `about ${name}`,
    last_query_id: '',
    remote: false,
  }));
  return { hostname: 'ch', errors: list, own: [], ...change };
}
const before = errors({ UNKNOWN_TABLE: [60, '3'] });

test('before a load the counters are a baseline', () => {
  expect(say(check, before, { phase: 'before' })).toMatchObject({
    status: 'pass',
    message: '1 counter noted as the baseline',
  });
});

test('counters that stand still pass', () => {
  expect(say(check, before, { before })).toMatchObject({ status: 'pass', message: 'no counter moved' });
});

test('growth is told with code, message and time', () => {
  const verdict = say(check, errors({ UNKNOWN_TABLE: [60, '5'], MEMORY_LIMIT_EXCEEDED: [241, '1'] }), { before });
  expect(verdict).toMatchObject({ status: 'warn', message: 'UNKNOWN_TABLE (60) +2, MEMORY_LIMIT_EXCEEDED (241) +1' });
  expect(verdict.because[0]?.text).toContain('about UNKNOWN_TABLE');
});

test('what our own questions met is told apart', () => {
  const own = { own: [{ code: 60, count: 2 }] };
  expect(say(check, errors({ UNKNOWN_TABLE: [60, '5'] }, own), { before }).status).toBe('pass');
  expect(say(check, errors({ UNKNOWN_TABLE: [60, '6'] }, own), { before }).because[0]?.text).toContain(
    '2 of them chwitness itself',
  );
});

test('the code of the load’s own error is pointed out', () => {
  const load = { ...loadOf({ status: 'failed' }), error: { failure: 'server' as const, code: 60, message: 'gone' } };
  expect(say(check, errors({ UNKNOWN_TABLE: [60, '4'] }), { before, load }).because[0]?.text).toContain(
    'the same code as the load’s error',
  );
});

test('codes that the user ignores say nothing', () => {
  const facts = errors({ UNKNOWN_TABLE: [60, '4'] });
  expect(say(check, facts, { before, options: { ignore: ['UNKNOWN_TABLE'] } }).status).toBe('pass');
  expect(say(check, facts, { before, options: { ignore: [60] } }).status).toBe('pass');
});

test('counters that went back mean a restart, another host name another server', () => {
  expect(say(check, errors({ UNKNOWN_TABLE: [60, '1'] }), { before }).message).toContain('restarted');
  expect(say(check, errors({ UNKNOWN_TABLE: [60, '3'] }, { hostname: 'two' }), { before }).message).toContain(
    'another server',
  );
});

test('without a baseline there is nothing to compare', () => {
  expect(say(check, before, {}).status).toBe('skip');
});
