import { expect, test } from 'vitest';
import { digestServerLog, zoneByFileTime } from '../../../src/diagnose/logs/digest-server-log.ts';
import { judgeServerLog } from '../../../src/diagnose/logs/judge-server-log.ts';
import { parseServerLog } from '../../../src/diagnose/logs/server-log.ts';
import { localTimes } from '../../../src/diagnose/logs/zone.ts';

const START_UP = '2025.10.29 14:32:02.100000 [ 1 ] {} <Error> : Listen [::]:9009 failed: Poco::Exception. Code: 1000';
const TRACE = `2025.10.29 15:10:30.500000 [ 46 ] {q-1} <Error> executeQuery: Code: 27. DB::Exception: Cannot parse input (from 172.18.0.5:51112) (in query: INSERT INTO t), Stack trace:

0. DB::Exception::Exception(std::string const&, int) @ 0x8f1 in /usr/bin/clickhouse
1. DB::throwReadAfterAssertion() @ 0x8f2 in /usr/bin/clickhouse`;
const LINES = [
  START_UP,
  '2025.10.29 15:10:21.000001 [ 46 ] {} <Information> Application: Ready for connections.',
  TRACE,
  '2025.10.29 15:10:31.000000 [ 47 ] {chwitness-r1-2} <Error> executeQuery: Code: 115. DB::Exception: Unknown setting',
  '2025.10.29 15:10:31.200000 [ 47 ] {} <Debug> MemoryTracker: Peak memory usage: 1.00 MiB.',
].join('\n');
const window = {
  from: '2025-10-29T12:10:20.000Z',
  to: '2025-10-29T12:10:40.000Z',
  server_timezone: 'Europe/Moscow',
  margin_seconds: 30,
};
const digest = (change: object = {}) =>
  digestServerLog({ text: LINES, newest: 2, window, zone: 'Europe/Moscow', cut: false, ownErrors: [], ...change });
const facts = (change: object = {}, discovered = false) => {
  const { content: _, ...file } = digest(change);
  const files = [{ name: 'clickhouse-server.log', from: '/log', kept: 'data/x', ...file }];
  return { embedded: false, window, zone: 'Europe/Moscow', zone_from: 'server' as const, discovered, files };
};

test('a stack trace stays with its error, and an empty line in it too', () => {
  const entries = parseServerLog(LINES);
  expect(entries.map(({ level, logger }) => `${level} ${logger}`)).toEqual([
    'Error ', 'Information Application', 'Error executeQuery', 'Error executeQuery', 'Debug MemoryTracker',
  ]); // biome-ignore format: one line
  expect(entries[2]).toMatchObject({ query_id: 'q-1', lines: TRACE.split('\n') });
});

test('the log in JSON is read as well', () => {
  const line = '{"date_time":"1761739830.500000","thread_id":"46","level":"Error","query_id":"q","logger_name":"executeQuery","message":"Code: 27"}';
  expect(parseServerLog(line)).toMatchObject([{ epoch: 1761739830.5, level: 'Error', logger: 'executeQuery' }]);
}); // biome-ignore format: one line

test('each kept entry has its time in UTC before its own line', () => {
  const { content, lines, window_lines, own_lines } = digest();
  expect(content.split('\n')[0]).toBe(
    '2025-10-29T12:10:21.000Z | 2025.10.29 15:10:21.000001 [ 46 ] {} <Information> Application: Ready for connections.',
  );
  expect(content).toContain(`2025-10-29T12:10:30.500Z | ${TRACE}`);
  expect({ lines, window_lines, own_lines }).toEqual({ lines: 7, window_lines: 7, own_lines: 1 });
});

test('the newest lines are kept whatever their time, and so are all of the window', () => {
  expect(digest({ newest: 0 }).content).not.toContain('Listen');
  expect(digest({ newest: 100 }).content).toContain('2025-10-29T11:32:02.100Z | ');
  expect(digest({ newest: 1, window: { ...window, from: '2026-01-01T00:00:00.000Z', to: '2026-01-01T00:00:01.000Z' } }).lines).toBe(1);
}); // biome-ignore format: one line

test('start-up noise outside the window and our own refusals are not this run’s errors', () => {
  const { errors, errors_count, errors_outside } = digest();
  expect(errors.map(({ query_id }) => query_id)).toEqual(['q-1']);
  expect({ errors_count, errors_outside }).toEqual({ errors_count: 1, errors_outside: 1 });
  const said = judgeServerLog(facts());
  expect(said).toMatchObject({ status: 'warn', message: '1 entry of level Error or worse in the window: Error of executeQuery 1' });
  const lines = said.because.map(({ text }) => text);
  expect(lines[0]).toMatch(/^2025-10-29T12:10:30.* \(2025-10-29 15:10:30 Europe\/Moscow\) Error executeQuery, query_id q-1: .*Cannot parse input.*and 3 lines of its own/);
  expect(lines.join('\n')).toContain('1 error outside the window, not of this run');
}); // biome-ignore format: one line

test('an error of the attempt before this one is kept, and not this run’s', () => {
  const late = { window: { ...window, from: '2025-10-29T12:10:33.000Z' } };
  expect(digest(late)).toMatchObject({ errors_count: 0, errors_outside: 2, window_lines: 7 });
});

test('what a level cannot show is said', () => {
  const information = LINES.split('\n').slice(1, 2).join('\n');
  const said = judgeServerLog(facts({ text: information }));
  expect(said).toMatchObject({ status: 'pass', message: expect.stringContaining('finest level: Information') });
  expect(said.because.map(({ text }) => text).join()).toContain('lines of single queries need Debug');
});

test('a log that was found and knows nothing of our questions is another server’s', () => {
  const others = LINES.replaceAll('chwitness-r1-2', 'someone');
  expect(judgeServerLog(facts({ text: others }, true))).toMatchObject({ status: 'skip', message: expect.stringContaining('another server’s') });
  expect(judgeServerLog(facts({}, true)).status).toBe('warn');
}); // biome-ignore format: one line

test('of a log whose first half is missing it is said whether the window is whole', () => {
  expect(digest({ cut: true }).reaches_back).toBe(false);
  expect(digest().reaches_back).toBe(true);
});

test('local times across the change of clocks', () => {
  const berlin = localTimes('Europe/Berlin');
  expect(new Date(berlin('2025.10.26 01:30:00.000')).toISOString()).toBe('2025-10-25T23:30:00.000Z');
  expect(new Date(berlin('2025.10.26 12:00:00')).toISOString()).toBe('2025-10-26T11:00:00.000Z');
  expect(new Date(localTimes('Asia/Kathmandu')('2025.10.26 12:00:00.5')).toISOString()).toBe('2025-10-26T06:15:00.500Z');
}); // biome-ignore format: one line

test('the zone of a log whose server is gone is told by the time of its file', () => {
  expect(zoneByFileTime(LINES, Date.parse('2025-10-29T12:10:31.300Z'))).toBe('Etc/GMT-3');
  expect(zoneByFileTime(LINES, Date.parse('2025-10-29T15:10:31.300Z'))).toBe('UTC');
  expect(zoneByFileTime(LINES, Date.parse('2025-10-29T12:40:31.300Z'))).toBeUndefined();
});

test('an error without a query id that our own statements met is ours, as often as they met it', () => {
  const nameless = '2025.10.29 15:10:32.000000 [ 47 ] {} <Error> HTTPHandler: Code: 46, e.displayText() = DB::Exception: Unknown function x';
  const text = [LINES, nameless, nameless].join('\n');
  expect(digest({ text, ownErrors: [{ code: 46, count: 1 }] })).toMatchObject({ errors_count: 2, own_errors: 1 });
}); // biome-ignore format: one line
