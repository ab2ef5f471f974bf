import { expect, test } from 'vitest';
import check from '../../checks/server-version.ts';
import { say } from './say.ts';

const status = (version: string, now = '2026-11-24') =>
  say(check, { version, embedded: false }, { now: new Date(now) }).status;

test('a long-term release passes for a year, another for some months', () => {
  expect(status('26.8.1.1')).toBe('pass');
  expect(status('26.3.1.1')).toBe('pass');
  expect(status('26.3.1.1', '2027-06-01')).toBe('warn');
  expect(status('26.9.2.1')).toBe('pass');
  expect(status('26.5.2.1')).toBe('warn');
});

test('releases numbered before months were used are long over', () => {
  expect(status('18.16.1')).toBe('warn');
  expect(status('1.1.54343')).toBe('warn');
});

test('a known defect is named with its source, until the patch that mended it', () => {
  const lines = (version: string) =>
    say(check, { version, embedded: false }, { now: new Date('2025-02-01') }).because.map((line) => line.text);
  expect(lines('24.8.14.26').join('\n')).toMatch(/CVE-2025-1385.*https:\/\/clickhouse\.com/);
  expect(lines('24.8.14.27')).toEqual([]);
  expect(lines('24.9.1.1').join('\n')).toContain('CVE-2025-1385');
  expect(lines('25.2.1.1')).toEqual([]);
  expect(lines('23.8.15.34').join('\n')).toContain('CVE-2024-6873');
  expect(lines('23.8.15.35').join('\n')).not.toContain('CVE-2024-6873');
});

test('the embedded engine is as old as its package: no end of support is counted', () => {
  expect(say(check, { version: '26.3.1.1', embedded: true }, { now: new Date('2030-01-01') }).status).toBe('pass');
});
