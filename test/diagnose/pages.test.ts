import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownCodes } from '../../src/diagnose/catalogue/codes.ts';
import { MEANINGS } from '../../src/diagnose/catalogue/meanings.ts';
import { diagnose, RULES } from '../../src/diagnose/diagnose.ts';
import { pagePath } from '../../src/diagnose/page.ts';
import { readText } from '../../src/diagnose/read/texts.ts';
import { viewOf } from '../../src/diagnose/view.ts';
import { packageRoot } from '../../src/kernel/package.ts';
import { noLoad } from '../../src/model/load.ts';
import type { EvidenceView } from '../../src/model/rule.ts';
import { explainText } from '../../src/report/diagnosis.ts';
import { createPaint } from '../../src/report/terminal.ts';

const page = (rule: (typeof RULES)[number]) => join(packageRoot, pagePath(rule.page ?? 'causes'));

describe('what is known of causes and codes', () => {
  test.each(RULES.map((rule) => [rule.id, rule] as const))(
    '%s has a page that tells of each of its causes',
    (_, rule) => {
      expect(existsSync(page(rule))).toBe(true);
      const text = readFileSync(page(rule), 'utf8');
      expect(rule.causes.filter((cause) => !text.includes(`## ${cause}\n`))).toEqual([]);
    },
  );

  test('no two rules have one id', () => {
    const ids = RULES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('codes that have a meaning are codes of the engine', () => {
    const codes = new Set(knownCodes().map(({ code }) => code));
    // The JDBC driver’s own, and not in the engine’s list.
    codes.add(1002);
    expect(Object.keys(MEANINGS).filter((code) => !codes.has(Number(code)))).toEqual([]);
    expect(codes.size).toBeGreaterThan(600);
  });

  test('pages and catalogue are in the package', () => {
    const { files } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    expect(files).toEqual(expect.arrayContaining(['src/diagnose/pages/*.md', 'src/diagnose/catalogue/*.tsv']));
  });
});

describe('a finding leads to a page that is shipped', () => {
  const run = (failure: string) =>
    viewOf({
      ingestion: {
        ...noLoad,
        kind: 'load',
        status: 'failed',
        error: { failure, message: 'x' } as never,
      },
    });
  test.each<[string, EvidenceView]>([
    ['of a socket', run('refused')],
    ['of a log', viewOf({}, [readText('run.log', 'ERROR Code: 60. DB::Exception: Table a.b does not exist')])],
    [
      'of an exception without a type',
      viewOf({}, [readText('run.log', '2025-01-01T00:00:00Z ch ERROR Unexpected ClickHouse error: 1')]),
    ],
    ['of an empty table', viewOf({}, [readText('check.txt', '1970-01-01 03:00:00\t0\n')])],
  ])('%s', (_, view) => {
    const findings = diagnose(view);
    expect(findings.length).toBeGreaterThan(0);
    for (const { page: path, cause } of findings) {
      expect([cause, path]).toEqual([cause, expect.stringMatching(/^src\/diagnose\/pages\/[\w-]+\.md$/)]);
      expect(readFileSync(join(packageRoot, path ?? ''), 'utf8')).toContain(`## ${cause}\n`);
    }
  });

  test('--explain-rules shows what fired, what nearly did, and what was missing', () => {
    const view = viewOf({}, [readText('run.log', 'ERROR Code: 252. DB::Exception: what nobody has read yet')]);
    const plain = createPaint(false);
    const nearly = explainText(plain, RULES, [view]);
    expect(nearly).toMatch(/nearly.*its code, run\.log:1.*missing: a text like/);
    const told = explainText(plain, RULES, [
      viewOf({}, [readText('run.log', 'ERROR Code: 60. DB::Exception: Table a.b does not exist. (UNKNOWN_TABLE)')]),
    ]);
    expect(told).toMatch(/fired.*table_missing.*run\.log:1/);
  });
});

test('the page on the Qtickets API answers each of its thirteen ways to lose orders: what is done instead, and how to see it', () => {
  const sections = readFileSync(join(packageRoot, pagePath('qtickets')), 'utf8')
    .split(/^## /m)
    .slice(1);
  expect(sections.map((text) => Number(text.split('.')[0]))).toEqual(
    Array.from({ length: 13 }, (_, index) => index + 1),
  );
  for (const text of sections) expect(text).toMatch(/\n\nInstead: [\s\S]+\n\nSee it: /);
});
