import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import { notEstablished, somethingFailed } from '../../../src/diagnose/not-established.ts';
import { readText } from '../../../src/diagnose/read/texts.ts';
import { viewOf } from '../../../src/diagnose/view.ts';
import { packageRoot } from '../../../src/kernel/package.ts';

const FOLDER = join(packageRoot, 'test', 'fixtures', 'healthy');
const logs = readdirSync(FOLDER).sort();

test('there are at least forty healthy logs', () => {
  expect(logs.length).toBeGreaterThanOrEqual(40);
});

test.each(logs)('nothing is found in %s', (name) => {
  const view = viewOf({}, [readText(name, readFileSync(join(FOLDER, name), 'utf8'))]);
  const findings = diagnose(view);
  expect(findings.map(({ cause }) => cause)).toEqual([]);
  expect(somethingFailed(view, findings)).toBe(false);
  expect(notEstablished(view, findings)).toBeUndefined();
});
