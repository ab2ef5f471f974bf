import { expect, test } from 'vitest';
import check from '../../checks/stuck-mutations.ts';
import { say } from './say.ts';

const mutation = {
  database: 'shop',
  table: 'sales',
  mutation_id: 'mutation_7.txt',
  command: 'DELETE WHERE n = 1',
  created: '2026-11-24 11:00:00',
  age_seconds: '3599',
  parts_to_do: '2',
  latest_fail_reason: '',
};

test('a mutation under way is no fault', () => {
  expect(say(check, { tables: [], mutations: [mutation] })).toMatchObject({
    status: 'pass',
    message: '1 mutation under way, none of them failing',
  });
});

test('an error of its own makes it stuck at once, with the statement that gives it up', () => {
  const verdict = say(check, { tables: [], mutations: [{ ...mutation, latest_fail_reason: 'Code: 6' }] });
  expect(verdict.status).toBe('fail');
  expect(verdict.remedies[0]).toContain(
    "KILL MUTATION WHERE database = 'shop' AND table = 'sales' AND mutation_id = 'mutation_7.txt'",
  );
});

test('warns when it takes more than an hour', () => {
  expect(say(check, { tables: [], mutations: [{ ...mutation, age_seconds: '3600' }] }).status).toBe('warn');
});

test('mutations of other tables are not this load’s business', () => {
  const failing = { ...mutation, table: 'other', latest_fail_reason: 'Code: 6' };
  expect(say(check, { tables: ['shop.sales'], mutations: [failing] }).status).toBe('pass');
});
