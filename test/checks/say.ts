import type { Check, JudgeContext } from '../../src/model/check.ts';
import type { LoadFacts } from '../../src/model/load.ts';
import type { Verdict } from '../../src/model/verdict.ts';

export const NOW = new Date('2026-11-24T12:00:00Z');

/** What a check says of literal facts, options at their defaults unless given. */
export function say<Facts, Options>(
  check: Check<Facts, Options>,
  facts: Facts,
  context: Partial<Omit<JudgeContext<Facts, Options>, 'options'>> & { options?: Record<string, unknown> } = {},
): Verdict {
  const options = check.options ? check.options.parse(context.options ?? {}) : undefined;
  // A check without options never looks at them.
  return check.judge(check.facts.parse(facts), { now: NOW, phase: 'after', ...context, options: options as Options });
}

/** A load of one table `shop.sales`. */
export function loadOf(change: Partial<LoadFacts['tables'][number]> = {}, kind: LoadFacts['kind'] = 'load'): LoadFacts {
  const table: LoadFacts['tables'][number] = {
    table: { database: 'shop', table: 'sales' },
    sources: ['sales.csv'],
    format: 'CSVWithNames',
    created: false,
    rows_read: 10,
    rows_sent: 10,
    rows_written: 10,
    rows_written_from: 'summary',
    bytes: 100,
    batches: 1,
    status: 'ok',
    ...change,
  };
  return {
    kind,
    status: table.status === 'empty' ? 'ok' : table.status,
    tables: kind === 'load' ? [table] : [],
    rows_sent: table.rows_sent,
    rows_written: table.rows_written,
    bytes: table.bytes,
    duration_ms: 5,
  };
}
