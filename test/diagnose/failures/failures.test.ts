import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../../src/kernel/package.ts';
import { mutate } from './mutate.ts';
import { certainAndWrong, type Failure, type Scored, score, shareRight, tableOf } from './score.ts';

const own = z.array(z.strictObject({ cause: z.string(), text: z.string() }));
/** Entries of a file of failures somebody else collected, named by CHWITNESS_CORPUS. */
const foreign = z.array(z.object({ id: z.string(), kind: z.string(), excerpt: z.string(), true_cause: z.string() }));

const FIXTURES = join(packageRoot, 'test', 'fixtures', 'failures');
const SEEDS = [1, 2, 3];

function fixtures(name: string): Failure[] {
  const entries = own.parse(JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')));
  return entries.map((entry, at) => ({ id: `${name.replace('.json', '')}-${at + 1}`, ...entry }));
}

function mutated(failures: readonly Failure[]): Failure[] {
  return failures.flatMap((failure, at) =>
    SEEDS.map((seed) => ({ ...failure, id: `${failure.id}.${seed}`, text: mutate(failure.text, seed * 7919 + at) })),
  );
}

function show(title: string, scored: readonly Scored[]): void {
  process.stdout.write(`${tableOf(title, scored)}\n`);
}

describe('causes of failures by what somebody logged', () => {
  test.each(['messages.json', 'shapes.json'])('%s: most are named first, none wrongly for certain', (name) => {
    const scored = score(fixtures(name));
    show(name, scored);
    expect(certainAndWrong(scored)).toEqual([]);
    expect(shareRight(scored)).toBeGreaterThanOrEqual(0.9);
  });

  test.each(['messages.json', 'shapes.json'])(
    '%s with other hosts, tables, versions, line breaks and prefixes',
    (name) => {
      const scored = score(mutated(fixtures(name)));
      show(`${name}, mutated`, scored);
      expect(certainAndWrong(scored)).toEqual([]);
      expect(shareRight(scored)).toBeGreaterThanOrEqual(0.9);
    },
  );

  const path = process.env.CHWITNESS_CORPUS;
  if (path !== undefined) {
    test('a corpus from elsewhere, and its mutated copies', () => {
      const entries = foreign.parse(JSON.parse(readFileSync(path, 'utf8')));
      const failures = entries
        .filter(({ kind }) => kind === 'log')
        .map(({ id, excerpt, true_cause }) => ({ id, text: excerpt, cause: true_cause }));
      for (const [title, set] of [
        ['corpus', failures],
        ['corpus, mutated', mutated(failures)],
      ] as const) {
        const scored = score(set);
        show(title, scored);
        expect(certainAndWrong(scored)).toEqual([]);
        expect(shareRight(scored)).toBeGreaterThanOrEqual(0.9);
      }
    });
  }
});
