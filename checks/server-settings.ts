import { defineCheck, pass, plural, warn, z } from '../src/api.ts';

const setting = z.strictObject({
  name: z.string(),
  value: z.string(),
  default_value: z.string(),
  changed: z.boolean(),
});
type Setting = z.infer<typeof setting>;
const facts = z.strictObject({ user: z.string(), settings: z.array(setting) });
type Facts = z.infer<typeof facts>;

const options = z.strictObject({
  /** Names that are meant as they are: no warning about them. */
  accept: z.array(z.string()).default([]),
});

interface Concern {
  name: string;
  /** Whether the value in force is one to warn about. */
  bad(value: string, all: (name: string) => string | undefined): boolean;
  /** The trade-off, one sentence. */
  says: string;
  remedy: string;
}

const isOn = (value: string) => value !== '0' && value !== '' && value !== 'false';

const CONCERNS: readonly Concern[] = [
  {
    name: 'wait_for_async_insert',
    bad: (value, all) => !isOn(value) && isOn(all('async_insert') ?? '0'),
    says: 'the server answers before it has parsed or stored anything: rows that do not parse vanish without an error to the client',
    remedy: 'SET wait_for_async_insert = 1 for the loading user, or send it with the INSERT',
  },
  {
    name: 'readonly',
    bad: isOn,
    says: 'this user may not insert at all',
    remedy: 'Load with another user, or change the profile of this one: readonly = 0',
  },
  {
    name: 'insert_deduplicate',
    bad: (value) => !isOn(value),
    says: 'blocks sent again after a lost answer are stored twice in replicated tables',
    remedy: 'Set insert_deduplicate = 1 unless the load never retries',
  },
  {
    name: 'async_insert_deduplicate',
    bad: (value, all) =>
      !isOn(value) &&
      isOn(all('async_insert') ?? '0') &&
      isOn(all('insert_deduplicate') ?? '0') &&
      all('deduplicate_insert') === undefined,
    says: 'asynchronous inserts are not deduplicated in replicated tables, whatever insert_deduplicate says: a retry stores rows twice',
    remedy: 'Set async_insert_deduplicate = 1, or async_insert = 0 for the load',
  },
  {
    name: 'input_format_allow_errors_num',
    bad: isOn,
    says: 'so many rows that do not parse are dropped without an error',
    remedy: 'Set input_format_allow_errors_num = 0 and let bad rows be seen',
  },
  {
    name: 'input_format_allow_errors_ratio',
    bad: (value) => Number(value) > 0,
    says: 'that share of rows that do not parse is dropped without an error',
    remedy: 'Set input_format_allow_errors_ratio = 0 and let bad rows be seen',
  },
  {
    name: 'input_format_defaults_for_omitted_fields',
    bad: (value) => !isOn(value),
    says: 'fields that are left out become the zero of their type, not the DEFAULT of the column',
    remedy: 'Set input_format_defaults_for_omitted_fields = 1',
  },
  {
    name: 'log_queries',
    bad: (value) => !isOn(value),
    says: 'no query is logged: whether an INSERT reached the server cannot be told afterwards',
    remedy: 'Set log_queries = 1 in the profile of the loading user',
  },
  {
    name: 'log_queries_min_type',
    bad: (value) => value !== 'QUERY_START' && value !== '1' && value !== '',
    says: 'part of the queries is not logged: "no INSERT in the log" then means nothing',
    remedy: 'Set log_queries_min_type = QUERY_START',
  },
  {
    name: 'log_queries_min_query_duration_ms',
    bad: (value) => Number(value) > 0,
    says: 'short queries are not logged: "no INSERT in the log" then means nothing',
    remedy: 'Set log_queries_min_query_duration_ms = 0',
  },
  {
    name: 'log_queries_probability',
    bad: (value) => Number(value) < 1,
    says: 'only a sample of the queries is logged: "no INSERT in the log" then means nothing',
    remedy: 'Set log_queries_probability = 1',
  },
  {
    name: 'throw_on_max_partitions_per_insert_block',
    bad: (value) => !isOn(value),
    says: 'a block that touches too many partitions is stored all the same, in as many parts',
    remedy: 'Set throw_on_max_partitions_per_insert_block = 1 and sort the rows by partition',
  },
  {
    name: 'insert_distributed_sync',
    bad: () => false,
    says: 'Distributed tables pass rows on in the background where it is 0',
    remedy: '',
  },
];

/** Listed with their value in force, never warned about: each is a choice with two sides. */
const TOLD = [
  'async_insert',
  'async_insert_busy_timeout_ms',
  'async_insert_max_data_size',
  'distributed_foreground_insert',
  'deduplicate_insert',
  'insert_null_as_default',
  'insert_quorum',
  'input_format_null_as_default',
  'input_format_skip_unknown_fields',
  'date_time_input_format',
  'date_time_overflow_behavior',
  'max_execution_time',
  'max_insert_block_size',
  'max_memory_usage',
  'max_partitions_per_insert_block',
  'max_query_size',
  'min_insert_block_size_rows',
  'send_progress_in_http_headers',
] as const;

export default defineCheck<Facts, z.infer<typeof options>>({
  id: 'server-settings',
  title: 'No setting in force loses or hides rows',
  failureTitle: 'A setting in force can lose or hide rows',
  why: 'The same INSERT behaves differently under another profile: the value in force for this user counts, not the default of the version.',
  phases: ['before', 'after'],
  needs: ['http', 'system.settings'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const names = [...CONCERNS.map((one) => one.name), ...TOLD];
    const rows = await probe.sql<{ name: string; value: string; default_value?: string; changed: number }>(
      'insert-settings',
      { names },
    );
    const settings = rows.map((row) => ({
      name: row.name,
      value: row.value,
      default_value: row.default_value ?? '',
      changed: Boolean(row.changed),
    }));
    return { user: probe.capabilities.user, settings };
  },
  judge(facts, { options }) {
    const value = (name: string) => facts.settings.find((one) => one.name === name)?.value;
    const bad = CONCERNS.filter((concern) => {
      const found = value(concern.name);
      return found !== undefined && !options.accept.includes(concern.name) && concern.bad(found, value);
    });
    const changed = facts.settings.filter((one) => one.changed);
    const lines = changed.map(line);
    if (bad.length === 0)
      return pass(
        changed.length === 0
          ? 'all at the defaults of this version'
          : `${plural(changed.length, 'setting')} of ${facts.user} changed from the default, none that loses rows`,
        {
          because: lines,
        },
      );
    const said = bad.map((one) => `${one.name} = ${value(one.name)}: ${one.says}`);
    return warn(said[0] ?? '', { because: [...said.slice(1), ...lines], remedies: bad.map((one) => one.remedy) });
  },
});

function line(one: Setting): string {
  const from = one.default_value === '' || one.default_value === one.value ? '' : ` (default ${one.default_value})`;
  return `${one.name} = ${one.value}${from}`;
}
