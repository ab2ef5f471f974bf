import { z } from 'zod';
import type { Finding } from '../../model/finding.ts';
import type { EvidenceView, Rule } from '../../model/rule.ts';
import { tableText } from '../../model/table.ts';
import type { Because } from '../../model/verdict.ts';
import { attribute, rowsOf } from '../attribution/attribute.ts';
import { writers } from '../attribution/facts.ts';
import { claimedRows } from '../outcome/judge-outcome.ts';
import { pagePath } from '../page.ts';

const counted = z.object({
  tables: z.array(z.object({ table: z.string(), engine: z.string(), rows: z.string().nullable() })),
});
const structures = z.object({
  tables: z.array(z.object({ name: z.object({ database: z.string(), table: z.string() }), engine_full: z.string() })),
});
const outcome = z.object({ writers: writers.nullable() });

/** Engines whose merges join rows of one key: fewer rows than were sent are their purpose. */
const MERGING = /Replacing|Collapsing|Summing|Aggregating|Graphite|Null|View|Buffer/;

/** The server said ok to every INSERT, the counts say otherwise: nothing in the error channels can name this, only the counts. */
export const rowsMissing: Rule = {
  id: 'rows-missing',
  page: 'silent',
  causes: ['dedup_identical_block'],
  explain(view) {
    if (view.ingestion.status !== 'ok') return [];
    const check = view.checks.find(({ id, phase }) => id === 'row-counts' && phase === 'after');
    const found = shortfalls(view);
    if (found.length === 0 && (check?.status !== 'fail' || view.ingestion.kind === 'command')) return [];
    const file = check?.facts === undefined ? {} : { file: check.facts };
    return [finding(check?.message ?? '', found, file, view)];
  },
};

interface Shortfall {
  text: string;
  /** Whether the table drops a block that it had before. */
  drops: string | undefined;
}

/** Tables that grew by nothing although rows were acknowledged. */
function shortfalls(view: EvidenceView): Shortfall[] {
  const before = counted.safeParse(view.facts('row-counts', 'before')).data?.tables ?? [];
  const after = counted.safeParse(view.facts('row-counts', 'after')).data?.tables ?? [];
  return after.flatMap(({ table, engine, rows }) => {
    const was = before.find((one) => one.table === table)?.rows;
    const written = acknowledged(view, table);
    if (MERGING.test(engine) || rows === null || was === null || was === undefined || written === 0n) return [];
    if (BigInt(rows) !== BigInt(was)) return [];
    return [{ text: `${table}: ${written} acknowledged, not one more in the table`, drops: dropsBlocks(view, table) }];
  });
}

function acknowledged(view: EvidenceView, table: string): bigint {
  const { ingestion } = view;
  if (ingestion.kind === 'load') {
    const own = ingestion.tables.filter((one) => tableText(one.table) === table && one.replaces !== true);
    return own.reduce((sum, { rows_written }) => sum + BigInt(rows_written), 0n);
  }
  if (ingestion.command === undefined) return 0n;
  const { claims, tables } = ingestion.command.log;
  const claimed = tables.length > 1 ? 0n : BigInt(claimedRows(claims));
  const facts = outcome.safeParse(view.facts('command-outcome', 'after')).data?.writers;
  if (!facts) return claimed;
  const { how, mine } = attribute(facts, ingestion.command);
  const logged = how === 'certain' || how === 'likely' ? rowsOf(mine.filter((group) => group.table === table)) : 0n;
  return logged || claimed;
}

function dropsBlocks(view: EvidenceView, table: string): string | undefined {
  const known = structures.safeParse(view.facts('target-schema', 'after') ?? view.facts('target-schema', 'before'));
  const full = known.data?.tables.find(({ name }) => tableText(name) === table)?.engine_full ?? '';
  if (/^(?:Replicated|Shared)/.test(full))
    return `${table} is replicated, and drops a block that is equal to an earlier one`;
  const size = /non_replicated_deduplication_window = ([1-9]\d*)/.exec(full)?.[1];
  return size === undefined ? undefined : `${table} remembers its last ${size} blocks, and drops one that is equal`;
}

function finding(
  message: string,
  found: readonly Shortfall[],
  file: Partial<Because>,
  { ingestion }: EvidenceView,
): Finding {
  const sent = ingestion.tables.map(
    (load) => `${tableText(load.table)}: ${load.rows_sent} sent, ${load.rows_written} acknowledged`,
  );
  const drops = found.flatMap((one) => one.drops ?? []);
  return {
    cause: 'dedup_identical_block',
    side: 'silent',
    confidence: drops.length > 0 ? 'likely' : 'possible',
    summary:
      drops.length > 0
        ? `The block had been inserted before: the server dropped it as a duplicate and said ok (${message})`
        : `No error anywhere, and yet the table does not hold what was sent: ${message}`,
    because: [...new Set([message, ...found.map(({ text }) => text), ...drops, ...sent])].map((text) => ({
      text,
      ...file,
    })),
    alternatives: [
      {
        cause: 'mv_failed_then_retry_deduplicated',
        summary: 'an earlier attempt stored the block',
        question: 'Was the same input loaded before? Then its blocks are dropped as duplicates',
      },
      {
        cause: 'async_insert_parse_error_hidden',
        summary: 'asynchronous inserts failed after the answer',
        question: 'Is async_insert on with wait_for_async_insert = 0? See server-settings',
      },
    ],
    remedies: [
      'Compare system.part_log of the window with the rows sent',
      'If the same data was meant to be stored twice, load it with another insert_deduplication_token',
    ],
    page: pagePath('silent'),
  };
}
