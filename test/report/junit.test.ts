import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { junitReport } from '../../src/report/junit.ts';
import { lastSuccessIn, metricsReport } from '../../src/report/metrics.ts';
import { failedLoad } from '../golden/report/failed-load.run.ts';

const run = failedLoad;
const parser = spawnSync('python3', ['-c', '']).status === 0;
if (!parser) {
  console.warn('skipped: no python3 found to parse XML with (apt-get install python3)');
  if (process.env.CHWITNESS_REQUIRE_ENGINES === '1') throw new Error('python3 is not here');
}

test.skipIf(!parser)('JUnit XML counts what stands in it, and any text may', () => {
  const nasty = {
    ...run,
    checks: run.checks.map((check) => ({ ...check, message: 'a "b" <c> & \u0000\u001b\ud800 d' })),
  };
  const text = junitReport(nasty);
  // An XML parser that knows nothing of us.
  const counted = execFileSync(
    'python3',
    [
      '-c',
      'import sys,xml.etree.ElementTree as e;s=e.fromstring(sys.stdin.buffer.read())[0];c=s.findall("testcase");print(len(c)==int(s.get("tests")),len(s.findall("testcase/failure"))==int(s.get("failures")),len(s.findall("testcase/error"))==int(s.get("errors")),len(s.findall("testcase/skipped"))==int(s.get("skipped")))',
    ],
    { input: text },
  );
  expect(counted.toString()).toBe('True True True True\n');
});

/** What both schemas in use allow: of the children of a suite all must be there, in this order. */
const SUITE = ['properties', 'testcase', 'system-out', 'system-err'];
const ATTRIBUTES: Record<string, string> = {
  testsuites: '',
  testsuite: 'errors failures hostname id name package skipped tests time timestamp',
  properties: '',
  property: 'name value',
  testcase: 'classname name time',
  failure: 'message type',
  error: 'message type',
  skipped: 'message',
  'system-out': '',
  'system-err': '',
};

test('JUnit XML keeps to what the schemas of Ant and of Jenkins have in common', () => {
  const [first, ...others] = run.checks;
  if (!first) throw new Error('the golden run has checks');
  const states = ['pass', 'warn', 'fail', 'skip', 'error', 'timeout', 'canceled'] as const;
  const text = junitReport({ ...run, checks: [...states.map((status) => ({ ...first, status })), ...others] });
  const elements = [...text.matchAll(/<([a-z-]+)((?: [a-z]+="[^"]*")*)\/?>/g)];
  expect(new Set(elements.map(([, name]) => name))).toEqual(new Set(Object.keys(ATTRIBUTES)));
  for (const [, name = '', attributes = ''] of elements)
    expect(
      [...attributes.matchAll(/ ([a-z]+)=/g)]
        .map(([, one]) => one)
        .sort()
        .join(' '),
    ).toBe(ATTRIBUTES[name]);
  const children = elements.map(([, name = '']) => name).filter((name) => SUITE.includes(name));
  expect(children).toEqual([...children].sort((a, b) => SUITE.indexOf(a) - SUITE.indexOf(b)));
  expect(text).not.toMatch(/<testcase[^>]*>\s*<system-out/);
});

test('metrics are families with help, and remember the last success over failures', () => {
  const good = { ...run, run: { ...run.run, job: 'a "b"', exit_code: 0 } };
  const first = metricsReport(good, '');
  const success = (Date.parse(run.run.finished_at) / 1000).toFixed(3);
  expect(lastSuccessIn(first, 'a "b"')).toBe(success);
  const second = metricsReport({ ...good, run: { ...good.run, exit_code: 1 } }, first);
  expect(second).toContain('chwitness_run_exit_code{job="a \\"b\\""} 1\n');
  expect(lastSuccessIn(second, 'a "b"')).toBe(success);
  expect(lastSuccessIn(metricsReport({ ...good, run: { ...good.run, exit_code: 1 } }, ''), 'a "b"')).toBeUndefined();
  for (const line of second.trimEnd().split('\n'))
    expect(line).toMatch(/^# (HELP|TYPE) chwitness_\w+ .+|^chwitness_\w+\{job="[^\n]*"[^\n]*\} -?\d+(\.\d+)?$/);
});
