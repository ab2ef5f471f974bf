import { formatCount, plural } from '../../kernel/format.ts';
import type { TableLoad } from '../../model/load.ts';

/** What others than the loader say of one table's rows; undefined where nobody could be asked. */
export interface Witnesses {
  engine: string;
  /** `count()`. */
  before?: bigint | undefined;
  after?: bigint | undefined;
  /** `count()` with FINAL. */
  finalBefore?: bigint | undefined;
  finalAfter?: bigint | undefined;
  /** `written_rows` of the load's INSERTs in query_log, where a control showed that it can be believed. */
  logged?: bigint | undefined;
  /** Rows of new parts of this table that the load's INSERTs made, of part_log. */
  inParts?: bigint | undefined;
}

export interface Reconciled {
  /** Each number with its name, in the order in which rows pass. */
  numbers: { name: string; rows: bigint }[];
  /** Sentences that explain why neighbouring numbers differ. */
  explained: string[];
  /** Differences that nothing explains; empty when the account is even. */
  differences: string[];
}

const MERGING = /(Replacing|Collapsing|Summing|Aggregating|Graphite)/;

/** The account of one table: where each row that was read has gone, number by number. Pure. */
export function reconcile(own: TableLoad, seen: Witnesses): Reconciled {
  const rows = (value: number | undefined) => BigInt(value ?? 0);
  const explained: string[] = [];
  const differences: string[] = [];
  const [sent, written] = [rows(own.rows_sent), rows(own.rows_written)];
  const [rejected, earlier] = [rows(own.rows_rejected), rows(own.rows_before)];
  const [repeated, unknown] = [rows(own.rows_repeated), rows(own.rows_unknown)];
  const numbers = [
    ...(own.rows_read === undefined ? [] : [{ name: 'read', rows: rows(own.rows_read) }]),
    ...(rejected === 0n ? [] : [{ name: 'rejected', rows: rejected }]),
    ...(earlier === 0n ? [] : [{ name: 'stored by the interrupted run', rows: earlier }]),
    { name: 'sent', rows: sent },
    {
      name: own.rows_written_from === 'summary' ? 'acknowledged (X-ClickHouse-Summary)' : 'acknowledged',
      rows: written,
    },
    ...(unknown === 0n ? [] : [{ name: 'unknown', rows: unknown }]),
  ];
  const say = (name: string, value: bigint | undefined) => value !== undefined && numbers.push({ name, rows: value });

  if (own.rows_read !== undefined) {
    const left = rows(own.rows_read) - rejected - earlier - sent;
    // Of what is unknown, what this run sent is among the sent rows, and what the one before sent is not.
    if (left < 0n) differences.push(`${plural(-left, 'row')} more were sent than were read`);
    else if (left > unknown && own.status === 'ok')
      differences.push(`${plural(left, 'row')} were read and neither sent nor rejected`);
    else if (left > 0n && own.status !== 'ok')
      explained.push(`${plural(left, 'row')} were read and not sent: the load ended as ${own.status}`);
  }
  if (written < sent && own.status === 'ok')
    differences.push(`${plural(sent - written, 'row')} were sent and not acknowledged`);
  if (written < sent && own.status !== 'ok')
    explained.push(`${plural(sent - written, 'row')} were sent and got no answer that they are stored`);

  say('query_log.written_rows', seen.logged);
  if (seen.logged !== undefined && seen.logged > written)
    explained.push(
      `query_log counts ${plural(seen.logged - written, 'row')} more: what materialized views wrote, or what was sent again, is in it`,
    );
  say('part_log', seen.inParts);
  const dropped = seen.inParts === undefined || seen.inParts >= written ? 0n : written - seen.inParts;
  if (dropped > 0n) {
    const why = `${plural(dropped, 'row')} were acknowledged and are in no new part: their blocks were dropped as duplicates`;
    if (dropped <= repeated) explained.push(`${why}, stored when they were sent first`);
    else if (MERGING.test(seen.engine)) explained.push(`${why}, or rows of one key were joined as they were written`);
    else differences.push(why);
  }

  if (seen.before !== undefined && seen.after !== undefined) {
    say('count() before', seen.before);
    say('count() after', seen.after);
    const gap = written - (seen.after - seen.before);
    if (gap > 0n && gap <= repeated)
      explained.push(`${plural(gap, 'row')} were sent again and not stored again: the interrupted run had stored them`);
    else if (gap > 0n && MERGING.test(seen.engine))
      explained.push(`${seen.engine} has joined ${plural(gap, 'row')} with others of their key`);
    else if (gap > 0n && dropped < gap)
      differences.push(`${plural(gap, 'row')} were acknowledged and are not in the table`);
    else if (gap < 0n && -gap <= sent - written) explained.push(`${plural(-gap, 'row')} without an answer are stored`);
    else if (gap < 0n)
      explained.push(
        `the table holds ${plural(-gap, 'row')} more than were acknowledged: others wrote to it, or a batch is there twice (row-counts judges that)`,
      );
  }
  if (seen.finalBefore !== undefined && seen.finalAfter !== undefined) {
    say('count() FINAL before', seen.finalBefore);
    say('count() FINAL after', seen.finalAfter);
  }
  if (unknown > 0n) differences.push(`of ${plural(unknown, 'row')} it is not known whether they are stored`);
  return { numbers, explained, differences };
}

/** The numbers in one line: `read 3 000 · sent 3 000 · acknowledged 3 000`. */
export function accountLine({ numbers }: Reconciled): string {
  return numbers.map(({ name, rows }) => `${name} ${formatCount(rows)}`).join(' · ');
}

/** What a resumed load's counts say where they would otherwise look wrong; undefined where there is nothing special. Pure. */
export function resumedCounts(own: TableLoad, delta: bigint): string | undefined {
  const [before, repeated] = [BigInt(own.rows_before ?? 0), BigInt(own.rows_repeated ?? 0)];
  const sent = BigInt(own.rows_sent);
  if (own.status !== 'ok' || before + repeated === 0n || delta > sent || delta < sent - repeated) return undefined;
  const again = sent - delta;
  return `${formatCount(sent)} sent, ${formatCount(delta)} more in the table, ${formatCount(before + again)} there since the interrupted run`;
}
