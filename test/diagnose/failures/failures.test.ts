import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../../src/kernel/package.ts';
import { mutate } from './mutate.ts';
import { certainAndWrong, type Failure, type Scored, score, shareRight, tableOf } from './score.ts';

const own = z.array(
  z.strictObject({
    cause: z.string(),
    text: z.string(),
    side: z.string().optional(),
    /** The public thread, or the situation, that the entry was written from. */
    seen: z.string().optional(),
  }),
);
/** Entries of a file of failures somebody else collected, named by CHWITNESS_CORPUS. */
const foreign = z.array(z.object({ id: z.string(), kind: z.string(), excerpt: z.string(), true_cause: z.string() }));

const FIXTURES = join(packageRoot, 'test', 'fixtures', 'failures');
const SEEDS = [1, 2, 3];
/**
 * Sets with the share that must be named first, as it stands and mutated. The first two are what the rules were written
 * from. The others were held out: of heldout-a the rules named 78 % at first sight, of heldout-b 82 % after tuning on
 * heldout-a, of heldout-c 87 % after tuning on both, of heldout-d 80 % after tuning on all three; afterwards they were tuned on, so these floors only keep what is there.
 */
const SETS: [name: string, least: number, mutated: number][] = [
  ['messages.json', 0.97, 0.95],
  ['shapes.json', 0.97, 0.95],
  ['heldout-a.json', 0.95, 0.9],
  ['heldout-b.json', 0.95, 0.9],
  ['heldout-c.json', 0.95, 0.9],
  ['heldout-d.json', 0.9, 0.85],
];

function fixtures(name: string): Failure[] {
  const entries = own.parse(JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')));
  return entries.map(({ cause, text }, at) => ({ id: `${name.replace('.json', '')}-${at + 1}`, cause, text }));
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
  test.each(SETS)(
    '%s: most are named first, none wrongly for certain, with three alternatives at most',
    (name, least) => {
      const scored = score(fixtures(name));
      show(name, scored);
      expect(certainAndWrong(scored)).toEqual([]);
      expect(shareRight(scored)).toBeGreaterThanOrEqual(least);
      expect(scored.flatMap(({ findings }) => findings).filter(({ alternatives }) => alternatives.length > 3)).toEqual(
        [],
      );
    },
  );

  test.each(SETS)('%s with other hosts, tables, versions, line breaks and prefixes', (name, _, least) => {
    const scored = score(mutated(fixtures(name)));
    show(`${name}, mutated`, scored);
    expect(certainAndWrong(scored)).toEqual([]);
    expect(shareRight(scored)).toBeGreaterThanOrEqual(least);
  });

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
