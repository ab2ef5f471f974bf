import { expect, test } from 'vitest';
import check from '../../checks/target-reachable.ts';
import type { ServerException } from '../../src/model/load.ts';
import { say } from './say.ts';

const base = { url: 'http://ch:8123', kind: 'server' as const, user: 'loader', database: 'shop', ms: 12 };
const failing = (failure: ServerException) => say(check, { ...base, failure });

test('an answer passes with version and time', () => {
  expect(say(check, { ...base, version: '26.8.1.1', hostname: 'ch' }).message).toBe(
    'ClickHouse 26.8.1.1 at http://ch:8123 answered in 12 ms',
  );
});

test('each way of not answering has its own advice', () => {
  const kinds = ['dns', 'refused', 'reset', 'timeout', 'tls', 'not-clickhouse', 'engine-died', 'other'] as const;
  const advice = kinds.map((failure) => failing({ failure, message: 'no' }).remedies[0]);
  expect(new Set(advice).size).toBe(kinds.length);
});

test('a refused login names user and the way to try it alone', () => {
  const verdict = failing({ failure: 'server', code: 516, message: 'Authentication failed' });
  expect(verdict).toMatchObject({ status: 'fail', message: 'http://ch:8123: Authentication failed' });
  expect(verdict.remedies.join('\n')).toContain('curl -sS -u loader');
});

test('a missing database comes with the statement that makes it', () => {
  expect(failing({ failure: 'server', code: 81, message: 'no database' }).remedies[0]).toMatch(/^CREATE DATABASE/);
});
