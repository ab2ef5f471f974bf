import { describe, expect, test } from 'vitest';
import { diagnose, RULES } from '../../src/diagnose/diagnose.ts';
import type { Match, Pattern } from '../../src/diagnose/pattern.ts';
import { readText } from '../../src/diagnose/read/texts.ts';
import { fitting, isTooNew, SINCE, type Version } from '../../src/diagnose/versions.ts';
import { viewOf } from '../../src/diagnose/view.ts';

/** Words with an underscore that are no setting of ClickHouse: of clients, proxies, Keeper, columns of system tables. */
const FOREIGN = new Set(
  'autogenerate_session_id best_effort block_numbers ca_cert clickhouse_connect clickhouse_driver client_max_body_size column_names errors_count force_restore_data http_port idle_socket_ttl insert_df is_session_expired keep_alive keeper_server last_exception max_open_conns max_request_bytes proxy_read_timeout read_timeout request_timeout reset_index send_receive_timeout server_host_name session_timeout_ms socket_timeout types_check use_numpy zookeeper_exception'.split(
    ' ',
  ),
);

const view = viewOf({});
const bare: Match = {
  event: {
    ...{ file: 'run.log', line: 1, origin: 'client', text: '', flat: '', exceptions: [] },
    ...{ trouble: true, count: 1, again: [] },
  },
  view,
  groups: {},
  code: undefined,
};
const patterns: [name: string, pattern: Pattern][] = RULES.flatMap((rule) =>
  ('patterns' in rule ? (rule.patterns as Pattern[]) : []).map((pattern): [string, Pattern] => [
    `${rule.id}: ${pattern.cause}`,
    pattern,
  ]),
);
const remediesOf = ({ remedies }: Pattern) => (typeof remedies === 'function' ? remedies(bare) : remedies);

test('every setting that a remedy names has the release from which on a server has it', () => {
  const named = patterns.flatMap(([, pattern]) =>
    fitting(remediesOf(pattern), undefined).flatMap((text) => text.match(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g) ?? []),
  );
  expect(named.length).toBeGreaterThan(60);
  expect([...new Set(named)].filter((name) => SINCE[name] === undefined && !FOREIGN.has(name))).toEqual([]);
});

describe('no advice for a version that the server is not', () => {
  const releases: Version[] = [
    [18, 16],
    [20, 3],
    [21, 8],
    [22, 3],
    [23, 8],
    [26, 7],
  ];
  test.each(patterns)('%s', (_, pattern) => {
    for (const release of releases) {
      const told = fitting(remediesOf(pattern), release);
      expect(told.filter((text) => isTooNew(text, release))).toEqual([]);
      // Only of what old servers do not know at all nothing is left to say.
      if (!pattern.cause.startsWith('async_')) expect(told.length).toBeGreaterThan(0);
    }
  });

  const said = (text: string) => diagnose(viewOf({}, [readText('run.log', text)]))[0];
  const parts = (tail: string) =>
    `2025-01-01T00:00:00Z ERROR Code: 252. DB::Exception: Too many parts (300). Merges are processing significantly slower than inserts. (TOO_MANY_PARTS)${tail}`;
  test.each([
    ['19.17.4.11', false, 'parts_to_throw_insert (300 by default in 19.17)'],
    ['21.8.15.7', false, 'parts_to_throw_insert (300 by default in 21.8)'],
    ['22.3.2.1', true, 'parts_to_throw_insert (300 by default in 22.3)'],
    ['24.8.4.13', true, 'parts_to_throw_insert (3000 by default in 24.8)'],
  ])('too many parts on %s', (version, async, limit) => {
    const text = said(parts(` (version ${version})`))?.remedies.join('\n') ?? '';
    expect(text.includes('async_insert')).toBe(async);
    expect(text).toContain(limit);
  });

  test('an old server that says no version, and a run that asked for it', () => {
    const text =
      'Code: 252, e.displayText() = DB::Exception: Too many parts (300). Merges are processing significantly slower than inserts., e.what() = DB::Exception';
    const target = {
      kind: 'server' as const,
      url: 'http://ch:8123',
      database: 'default',
      user: 'default',
      version: '18.16.1',
    };
    const [first] = diagnose(viewOf({ target }, [readText('run.log', text)]));
    expect(first?.remedies.join()).not.toContain('async_insert');
    expect(said(text)?.remedies.join()).toContain('async_insert');
  });

  test('the effective value stands before the default', () => {
    const settings = { settings: [{ name: 'parts_to_throw_insert', value: '600' }] };
    const checks = [{ id: 'server-settings', phase: 'after' as const, facts: 'data/facts/after/server-settings.json' }];
    const run = { checks: checks as never, facts: (id: string) => (id === 'server-settings' ? settings : undefined) };
    const [first] = diagnose(viewOf(run, [readText('run.log', parts(' (version 24.8.4.13)'))]));
    expect(first?.remedies.join()).toContain('parts_to_throw_insert (here 600, data/facts/after/server-settings.json)');
  });
});
