import { expect, test } from 'vitest';
import check from '../../checks/server-settings.ts';
import { say } from './say.ts';

function settings(values: Record<string, string>) {
  return {
    user: 'loader',
    settings: Object.entries(values).map(([name, value]) => ({ name, value, default_value: '', changed: true })),
  };
}
const status = (values: Record<string, string>, options = {}) => say(check, settings(values), { options }).status;

test('an answer before the rows are stored warns, where inserts are asynchronous', () => {
  expect(status({ async_insert: '1', wait_for_async_insert: '0' })).toBe('warn');
  expect(status({ async_insert: '0', wait_for_async_insert: '0' })).toBe('pass');
});

test('each setting that loses or hides rows warns', () => {
  for (const [name, value] of [
    ['readonly', '1'],
    ['insert_deduplicate', '0'],
    ['input_format_allow_errors_num', '10'],
    ['input_format_allow_errors_ratio', '0.1'],
    ['input_format_defaults_for_omitted_fields', '0'],
    ['log_queries', '0'],
    ['log_queries_min_type', 'EXCEPTION_BEFORE_START'],
    ['log_queries_probability', '0.5'],
    ['throw_on_max_partitions_per_insert_block', '0'],
  ] as const)
    expect([name, status({ [name]: value })]).toEqual([name, 'warn']);
});

test('what was meant so can be accepted', () => {
  expect(status({ log_queries: '0' }, { accept: ['log_queries'] })).toBe('pass');
});

test('harmless changes are listed', () => {
  expect(say(check, settings({ max_insert_block_size: '5' }))).toMatchObject({
    status: 'pass',
    message: '1 setting of loader changed from the default, none that loses rows',
    because: [{ text: 'max_insert_block_size = 5' }],
  });
});
