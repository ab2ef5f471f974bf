import { expect, test } from 'vitest';
import check from '../../checks/changed-settings.ts';
import { say } from './say.ts';

function settings(values: Record<string, string>, mergeTree: Record<string, string> | null = {}) {
  const list = (from: Record<string, string>) =>
    Object.entries(from).map(([name, value]) => ({ name, value, default_value: '0' }));
  return { user: 'loader', settings: list(values), merge_tree_settings: mergeTree && list(mergeTree) };
}

test('says how many settings differ, and lists each with its default', () => {
  const verdict = say(check, settings({ max_threads: '2' }, { parts_to_throw_insert: '10' }));
  expect(verdict).toMatchObject({
    status: 'pass',
    message: '1 setting of loader and 1 setting of MergeTree tables differ from the defaults',
    because: [{ text: 'max_threads = 2 (default 0)' }, { text: 'parts_to_throw_insert = 10 (default 0)' }],
  });
});

test('names what changed during the load', () => {
  const before = settings({ max_threads: '2' });
  expect(say(check, settings({ max_threads: '4', readonly: '1' }), { before })).toMatchObject({
    message: expect.stringContaining('; changed since before the load: max_threads, readonly'),
    because: expect.arrayContaining([
      { text: 'max_threads = 4 now, and 2 before' },
      { text: 'readonly = 1 now, and the default before' },
    ]),
  });
  const many = settings({ a: '1', b: '1', c: '1', d: '1' });
  expect(say(check, many, { before: settings({}) }).message).toContain('changed since before the load: 4 of them');
  expect(say(check, before, { before }).message).not.toContain('changed since');
});

test('skips where neither kind of setting is visible', () => {
  expect(say(check, { user: 'loader', settings: null, merge_tree_settings: null }).status).toBe('skip');
});
