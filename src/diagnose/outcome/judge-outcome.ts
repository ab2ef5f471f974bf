import { z } from 'zod';
import { formatCount, plural } from '../../kernel/format.ts';
import type { CommandFacts, LogLine, RowClaim } from '../../model/command.ts';
import type { LoadFacts } from '../../model/load.ts';
import { type Because, fail, pass, skip, type Verdict, warn } from '../../model/verdict.ts';
import { attribute, insertsOf, rowsOf } from '../attribution/attribute.ts';
import { writers } from '../attribution/facts.ts';

/** As many lines of the log are quoted. */
const LINES = 8;

export const commandOutcome = z.strictObject({
  /** Rows of each table in question; null: not counted. */
  counts: z.array(z.strictObject({ table: z.string(), rows: z.string().nullable() })),
  /** null before the command. */
  writers: writers.nullable(),
});
export type CommandOutcome = z.infer<typeof commandOutcome>;

export interface OutcomeOptions {
  /** What it is when a command that says it went well wrote nothing. */
  empty: 'fail' | 'warn' | 'pass';
  /** What it is when errors stand in the log of a command that says it went well. */
  errors: 'fail' | 'warn' | 'pass';
  /** Lines with one of these texts are no errors. */
  ignore: string[];
}

/** Least number of rows that the lines claim: totals and steps of one table may both be told, so the largest of each counts. */
export function claimedRows(claims: readonly RowClaim[]): number {
  const byTable = new Map<string, number>();
  for (const { table = '', rows } of claims) byTable.set(table, Math.max(byTable.get(table) ?? 0, rows));
  const unnamed = byTable.get('') ?? 0;
  byTable.delete('');
  const named = [...byTable.values()].reduce((total, rows) => total + rows, 0);
  return Math.max(unnamed, named);
}

/** Rows that the tables have more than before; undefined where one was not counted both times. */
function growth(now: CommandOutcome, before: CommandOutcome | undefined): bigint | undefined {
  if (now.counts.length === 0) return undefined;
  let total = 0n;
  for (const { table, rows } of now.counts) {
    const was = before?.counts.find((one) => one.table === table)?.rows;
    if (rows === null || was === null || was === undefined) return undefined;
    total += BigInt(rows) - BigInt(was);
  }
  return total;
}

/** What is known of rows that arrived, from both sides. */
interface Stored {
  /** INSERTs of the command's by the log; undefined where the log does not tell whose they are. */
  inserts?: number | undefined;
  /** The most that either side tells. */
  rows?: bigint | undefined;
  /** Whether an absence in the log means anything. */
  sure: boolean;
  lines: string[];
}

function storedBy(facts: CommandOutcome, before: CommandOutcome | undefined, command: CommandFacts): Stored {
  const grown = growth(facts, before);
  const log = facts.writers;
  const found = log && attribute(log, command);
  const sure = log?.control.query_log.outcome === 'seen' && log.control.covers === 'window';
  const told = found !== null && found.how !== 'unknown' && (found.how !== 'none' || sure);
  const written = told && found.how !== 'none' ? rowsOf(found.mine) : undefined;
  const known = [grown, written].filter((rows) => rows !== undefined);
  return {
    inserts: told ? insertsOf(found.mine, 'finished') : undefined,
    rows: known.sort((a, b) => (a < b ? 1 : -1))[0],
    sure,
    lines: [
      ...(told
        ? [
            `query_log: ${plural(insertsOf(found.mine, 'finished'), 'INSERT')} (${found.how})${written === undefined ? '' : `, ${plural(written, 'row')} written`}`,
          ]
        : []),
      ...(grown === undefined
        ? []
        : [`count(): ${formatCount(grown)} more in ${facts.counts.map(({ table }) => table).join(', ')}`]),
    ],
  };
}

function quoted(lines: readonly LogLine[], command: CommandFacts): Because[] {
  const file = (stream: LogLine['stream']) => command.output.find((one) => one.stream === stream)?.path;
  return lines.slice(0, LINES).map(({ stream, line, text }) => ({ text, file: file(stream), line }));
}

/** Whether a command that says it went well did. Pure. */
export function judgeOutcome(
  facts: CommandOutcome,
  context: { before?: CommandOutcome | undefined; load?: LoadFacts | undefined; options: OutcomeOptions },
): Verdict {
  const { before, load, options } = context;
  const command = load?.command;
  if (command?.started_at === undefined) return skip('no command was started in this run');
  if (load?.status !== 'ok') return skip('the command itself does not say that it went well');
  const stored = storedBy(facts, before, command);
  const errors = command.log.errors.filter(({ text }) => !options.ignore.some((word) => text.includes(word)));
  const claimed = claimedRows(command.log.claims);
  const claims = quoted(command.log.claims, command);
  const say = { fail, warn, pass };

  const nothing = isNothing(stored);
  if (nothing !== undefined && options.empty !== 'pass') {
    const level = nothing === 'likely' ? 'warn' : options.empty;
    return say[level](
      `exit code 0, and nothing was written${claimed > 0 ? `, though its log tells of ${plural(claimed, 'row')}` : ''}`,
      {
        because: [...stored.lines, ...claims, ...quoted(errors, command)],
        remedies: [
          'Look for what the command caught and did not pass on: its log is in the archive',
          'If it may have nothing to load: checks: { command-outcome: { options: { empty: pass } } }',
        ],
      },
    );
  }
  if (stored.rows !== undefined && claimed > stored.rows)
    return fail(`its log tells of ${plural(claimed, 'row')}, and ${plural(stored.rows, 'row')} can be found`, {
      because: [...claims, ...stored.lines, ...quoted(errors, command)],
      remedies: ['Compare what was sent with what was acknowledged; look for blocks that were dropped as duplicates'],
    });
  if (errors.length > 0 && options.errors !== 'pass') {
    const mended = wasMended(errors, command, claimed, stored);
    return say[mended ? 'warn' : options.errors](
      `exit code 0, and ${plural(command.log.error_lines, 'line')} of its log ${command.log.error_lines === 1 ? 'tells' : 'tell'} of errors${mended ? '; the rows it tells of afterwards are there' : ''}`,
      {
        because: [...quoted(errors, command), ...stored.lines],
        remedies: [
          'A command that fails should say so by its exit code; lines that mean no harm are named in checks: { command-outcome: { options: { ignore: [text] } } }',
        ],
      },
    );
  }
  const rows = stored.rows === undefined ? '' : `, ${plural(stored.rows, 'row')} stored`;
  if (stored.rows === undefined && stored.inserts === undefined)
    return skip('exit code 0; whether anything was written is not established', {
      because: stored.lines,
      remedies: ['Name the tables with --table: then their rows are counted before and after'],
    });
  return pass(`exit code 0${rows}${claimed > 0 ? `; its log tells of ${plural(claimed, 'row')}` : ''}`, {
    because: [...stored.lines, ...claims],
  });
}

/** Whether nothing arrived. Rows that are not more may have replaced others: then only the log can tell. */
function isNothing({ inserts, rows, sure }: Stored): 'certain' | 'likely' | undefined {
  if (rows !== undefined && rows > 0n) return undefined;
  if (inserts === 0 && sure) return 'certain';
  if (inserts === undefined && rows !== undefined && rows <= 0n) return 'likely';
  if (inserts !== undefined && inserts > 0 && rows === 0n) return 'likely';
  return undefined;
}

/** Errors that a later try made good: afterwards the log tells of rows, and as many are there. */
function wasMended(errors: readonly LogLine[], command: CommandFacts, claimed: number, stored: Stored): boolean {
  const last = errors.at(-1);
  const after = command.log.claims.some(
    ({ stream, line, rows }) => rows > 0 && last !== undefined && (stream !== last.stream || line > last.line),
  );
  return after && claimed > 0 && stored.rows !== undefined && stored.rows >= BigInt(claimed);
}
