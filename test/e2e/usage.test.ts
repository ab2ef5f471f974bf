import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlace, type Place } from '../helpers/cli.ts';

let place: Place;
beforeAll(async () => {
  place = await openPlace();
});
afterAll(() => place?.close());

test.each([
  ['', 'no command was named'],
  ['schema', 'no command was named'],
  ['bundle', 'no command was named'],
  ['nope', "unknown command 'nope'"],
  ['bundle nope', "unknown command 'nope'"],
  ['load', 'No input was named'],
  ['probe', "missing required argument 'table'"],
  ['bundle show', "missing required argument 'archive'"],
  ['bundle verify', "missing required argument 'archive'"],
  ['preflight extra', 'too many arguments'],
  ['checks --nope', "unknown option '--nope'"],
  ['sandbox --port', "'--port <n>' argument missing"],
  ['preflight --fail-on never', 'Allowed choices are fail, warn'],
  ['preflight --concurrency x', '--concurrency is "x"'],
  ['preflight --only nope', 'There is no check "nope"'],
  ['collect --since soon', '"soon" is not a time'],
  ['probe a..b', 'is no table name'],
  ['load nothing.csv --table a.b', 'There is no such file'],
  ['bundle verify nope', 'there is no archive named nope'],
  ['bundle show nope report.md', 'there is no archive named nope'],
])(
  'chwitness %s --json: exit code 2, the mistake as one JSON value, and on standard error for people',
  async (line, says) => {
    const words = line === '' ? [] : line.split(' ');
    const { code, stdout, stderr } = await place.start([...words, '--json']).ended;
    expect(code).toBe(2);
    const { error } = JSON.parse(stdout);
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.message).toContain(says);
    expect(stderr).not.toBe('');
    expect(stderr).not.toContain('    at ');
  },
);

test('help and version are one JSON value too', async () => {
  const help = await place.start(['load', '--help', '--json']).ended;
  expect(help.code).toBe(0);
  expect(JSON.parse(help.stdout).help).toContain('Usage: chwitness load');
  const version = await place.start(['--version', '--json']).ended;
  expect(JSON.parse(version.stdout).version).toMatch(/^\d+\.\d+\.\d+/);
  expect((await place.start(['--version']).ended).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
