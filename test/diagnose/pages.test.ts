import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownCodes } from '../../src/diagnose/catalogue/codes.ts';
import { MEANINGS } from '../../src/diagnose/catalogue/meanings.ts';
import { RULES } from '../../src/diagnose/diagnose.ts';
import { pagePath } from '../../src/diagnose/page.ts';
import { packageRoot } from '../../src/kernel/package.ts';

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

test('the page on the Qtickets API answers each of its thirteen ways to lose orders: what is done instead, and how to see it', () => {
  const sections = readFileSync(join(packageRoot, pagePath('qtickets')), 'utf8')
    .split(/^## /m)
    .slice(1);
  expect(sections.map((text) => Number(text.split('.')[0]))).toEqual(
    Array.from({ length: 13 }, (_, index) => index + 1),
  );
  for (const text of sections) expect(text).toMatch(/\n\nInstead: [\s\S]+\n\nSee it: /);
});
