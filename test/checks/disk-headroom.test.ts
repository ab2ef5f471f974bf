import { expect, test } from 'vitest';
import check from '../../checks/disk-headroom.ts';
import { say } from './say.ts';

const GiB = 1024 ** 3;
function disk(name: string, free: number, change: object = {}) {
  const free_space = String(free * GiB);
  return {
    name,
    type: 'Local',
    free_space,
    total_space: String(100 * GiB),
    keep_free_space: '0',
    unreserved_space: free_space,
    ...change,
  };
}

test('warns below 10 % and fails below 3 %', () => {
  const status = (free: number) => say(check, { disks: [disk('default', free)], used: [] }).status;
  expect([status(10), status(9), status(3), status(2)]).toEqual(['pass', 'warn', 'warn', 'fail']);
});

test('the tightest disk of the tables decides, others are not asked', () => {
  const disks = [disk('hot', 1), disk('cold', 90)];
  expect(say(check, { disks, used: ['cold'] }).status).toBe('pass');
  expect(say(check, { disks, used: ['cold', 'hot'] })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('disk hot'),
  });
});

test('space that configuration keeps free is not usable', () => {
  const kept = disk('default', 20, { keep_free_space: String(19 * GiB) });
  expect(say(check, { disks: [kept], used: [] })).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('1.0 GiB of 100.0 GiB usable'),
  });
});

test('reserved space is not usable', () => {
  expect(say(check, { disks: [disk('default', 50, { unreserved_space: '0' })], used: [] }).status).toBe('fail');
});

test('three times the rows to come must fit', () => {
  const facts = { disks: [disk('default', 50)], used: [] };
  expect(say(check, facts, { options: { expect_bytes: 17 * GiB } }).status).toBe('fail');
  expect(say(check, facts, { options: { expect_bytes: 16 * GiB } }).status).toBe('pass');
});

test('object storage has no limit of its own', () => {
  const endless = disk('s3', 0, {
    free_space: '18446744073709551615',
    total_space: '18446744073709551615',
    unreserved_space: '18446744073709551615',
  });
  expect(say(check, { disks: [endless], used: [] })).toMatchObject({
    status: 'pass',
    message: 's3: without a limit of its own',
  });
});
