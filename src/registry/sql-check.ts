import { basename } from 'node:path';
import { z } from 'zod';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { plural } from '../kernel/format.ts';
import type { Check, Probe, SqlValue } from '../model/check.ts';
import { type Phase, phase } from '../model/run.ts';
import type { SqlFile } from '../model/sql.ts';
import { tableText } from '../model/table.ts';
import { fail, pass, skip, type Verdict } from '../model/verdict.ts';
import { type Expectation, holds, parseExpectation } from './expect.ts';
import { adapt, readHeader, readNeeds } from './sql-file.ts';
import { onlyReads, type Statement, splitStatements, withoutFormat } from './statements.ts';

const partFacts = z.strictObject({
  /** Position of the statement in the file, from 1, and its line. */
  statement: z.int(),
  line: z.int(),
  title: z.string(),
  /** The table bound to it; absent when it binds none. */
  table: z.string().optional(),
  outcome: z.discriminatedUnion('status', [
    z.strictObject({
      status: z.literal('answered'),
      rows: z.int(),
      value: z.string().nullable().optional(),
      sample: z.array(z.record(z.string(), z.unknown())),
    }),
    z.strictObject({ status: z.literal('error'), message: z.string() }),
    z.strictObject({ status: z.literal('refused'), message: z.string() }),
  ]),
});
const sqlFacts = z.strictObject({ parts: z.array(partFacts) });
type SqlFacts = z.infer<typeof sqlFacts>;
type Part = z.infer<typeof partFacts>;

interface Planned {
  statement: Statement;
  title: string;
  expectation: Expectation;
  perTable: boolean;
  /** Undefined for a statement that does not only read: it is never sent. */
  file: SqlFile | undefined;
}

const SAMPLE_ROWS = 5;

/** A check made of a `.sql` file, and the statements that its probe must know. Throws a `WitnessError` naming the file. */
export function sqlCheck(id: string, source: string, path: string): { check: Check<SqlFacts>; statements: SqlFile[] } {
  const header = readHeader(source);
  const parsed = splitStatements(source);
  if (parsed.length === 0)
    throw new WitnessError({
      code: 'SQL_CHECK_EMPTY',
      what: 'There is no statement in this check',
      where: path,
      next: 'Write a SELECT',
    });
  const needs = readNeeds(header, path);
  const planned = parsed.map((statement, index) => plan(id, statement, index, parsed.length, path, needs));
  const name = basename(path).replace(/\.sql$/, '');
  const title =
    header.get('title')?.[0] ??
    `${name.replace(/[-_]+/g, ' ')}: ${plural(planned.length, 'statement')} run without an error`;
  const severity = header.get('severity')?.[0];
  const only = (header.get('tables') ?? []).flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== '');
  const check: Check<SqlFacts> = {
    id,
    title,
    failureTitle: header.get('failure')?.[0] ?? `Does not hold: ${title}`,
    why: header.get('why')?.[0] ?? `Whoever wrote ${basename(path)} relies on it.`,
    phases: phases(header, path),
    needs: [
      ...new Set(['http' as const, ...(planned.some((part) => part.perTable) ? (['tables'] as const) : []), ...needs]),
    ],
    ...(severity === 'warn' ? { severity } : {}),
    staged: true,
    factsVersion: 1,
    facts: sqlFacts,
    collect: async (probe) => ({ parts: await askAll(planned, probe, only) }),
    judge: (facts) => verdictOf(planned, facts, only),
  };
  return { check, statements: planned.flatMap((part) => (part.file ? [part.file] : [])) };
}

function phases(header: Map<string, string[]>, path: string): Phase[] {
  const words = (header.get('phases')?.[0] ?? 'after').split(/[\s,]+/).filter((word) => word !== '');
  return words.map((word) => {
    const known = phase.safeParse(word);
    if (known.success) return known.data;
    throw new WitnessError({
      code: 'SQL_CHECK_PHASE',
      what: `"${word}" is no phase`,
      where: path,
      next: 'Write before, after, or both',
    });
  });
}

function plan(
  id: string,
  statement: Statement,
  index: number,
  count: number,
  path: string,
  needs: SqlFile['needs'],
): Planned {
  const comment = readHeader(
    statement.comment
      .split('\n')
      .filter((line) => line.trimStart().startsWith('--'))
      .join('\n'),
  );
  const where = `${path}:${statement.line}`;
  const expected = comment.get('expect')?.[0];
  const text = withoutFormat(statement.text);
  const params = [...new Set([...text.matchAll(/\{(\w+):\s*[^{}]+\}/g)].map((found) => found[1] ?? ''))];
  const unknown = params.find((name) => name !== 'database' && name !== 'table' && name !== 'limit');
  if (unknown !== undefined)
    throw new WitnessError({
      code: 'SQL_CHECK_PARAMETER',
      what: `Nothing binds the parameter {${unknown}}`,
      where,
      next: 'Use {database:String}, {table:String} or {table:Identifier}: they are bound for each table in question',
    });
  const file: SqlFile = {
    name: `${id}#${index + 1}`,
    title: comment.get('title')?.[0] ?? id,
    needs,
    params,
    format: 'JSONEachRow',
    // One row more than the budget, so that the reader can tell a full answer from a cut one.
    settings: (rows) => ({ readonly: 2, max_result_rows: rows + 1, result_overflow_mode: 'break' }),
    text: (system) => (/--\s*(?:if|unless):/.test(text) ? adapt(text, system) : text),
  };
  return {
    statement,
    title: count === 1 ? '' : (comment.get('title')?.[0] ?? (text.split('\n')[0] ?? '').slice(0, 80)),
    expectation: expected === undefined ? { of: 'runs' } : parseExpectation(expected, where),
    perTable: params.includes('database') || params.includes('table'),
    file: onlyReads(text) ? file : undefined,
  };
}

/** @param only names of the tables that the check is about; none: all that are in question */
async function askAll(planned: readonly Planned[], probe: Probe, only: readonly string[]): Promise<Part[]> {
  const parts: Part[] = [];
  const tables = only.length === 0 ? probe.tables : probe.tables.filter(({ table }) => only.includes(table));
  for (const [index, part] of planned.entries()) {
    for (const table of part.perTable ? tables : [undefined]) {
      parts.push({
        statement: index + 1,
        line: part.statement.line,
        title: part.title,
        ...(table === undefined ? {} : { table: tableText(table) }),
        outcome: await ask(part, probe, table === undefined ? {} : { database: table.database, table: table.table }),
      });
    }
  }
  return parts;
}

async function ask(part: Planned, probe: Probe, names: Record<string, SqlValue>): Promise<Part['outcome']> {
  if (!part.file) return { status: 'refused', message: 'not sent: only statements that read are' };
  const bound = Object.fromEntries(Object.entries(names).filter(([name]) => part.file?.params.includes(name)));
  try {
    const rows = await probe.sql<Record<string, unknown>>(part.file.name, bound);
    const [first] = rows;
    const value = first === undefined ? undefined : Object.values(first)[0];
    return {
      status: 'answered',
      rows: rows.length,
      ...(value === undefined
        ? {}
        : { value: value === null ? null : typeof value === 'object' ? JSON.stringify(value) : String(value) }),
      sample: rows.slice(0, SAMPLE_ROWS),
    };
  } catch (error) {
    // A stop of the whole check is not this statement's answer.
    if (probe.signal.aborted) throw error;
    return { status: 'error', message: messageOf(error) };
  }
}

function verdictOf(planned: readonly Planned[], facts: SqlFacts, only: readonly string[]): Verdict {
  if (facts.parts.length === 0 && only.length > 0)
    return skip(`${only.join(', ')} is not among the tables in question`);
  const judged = facts.parts.map((part) => {
    const { outcome } = part;
    const name = [part.title, part.table].filter(Boolean).join(', ');
    const lead = name === '' ? '' : `${name}: `;
    if (outcome.status !== 'answered') return { ok: false, text: `${lead}${outcome.message} (line ${part.line})` };
    const { ok, found, expected } = holds(planned[part.statement - 1]?.expectation ?? { of: 'runs' }, outcome);
    return { ok, text: ok ? `${lead}${found}` : `${lead}found ${found}, expected ${expected}` };
  });
  const bad = judged.filter((part) => !part.ok);
  const samples = facts.parts.flatMap(({ outcome }, index) =>
    judged[index]?.ok === false && outcome.status === 'answered'
      ? outcome.sample.map((row) => JSON.stringify(row))
      : [],
  );
  if (bad.length === 0)
    return pass(
      judged.length === 1 ? (judged[0]?.text ?? '') : `${plural(judged.length, 'statement')} answered as expected`,
    );
  const message =
    bad.length === 1
      ? (bad[0]?.text ?? '')
      : `${bad.length} of ${plural(judged.length, 'statement')} did not answer as expected`;
  return fail(message, { because: [...(bad.length > 1 ? bad.map((part) => part.text) : []), ...samples] });
}
