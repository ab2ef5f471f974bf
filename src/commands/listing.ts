import { plural } from '../kernel/format.ts';
import { type ListedStatement, listStatements } from '../pipeline/list.ts';
import type { Plan } from '../pipeline/plan.ts';
import type { Outcome } from './outcome.ts';

function block({ purpose, times, asked, sql }: ListedStatement): string {
  const often = times === 1 ? '' : `, ×${times}`;
  return `-- ${purpose}${often}${asked ? ', asked now' : ''}\n${sql.trim()};`;
}

/** Its columns and its engine are the server's to say. */
const UNKNOWN = 'The load makes a table: what is asked of it afterwards is known once it is there, and not listed';

/** `--print-sql`: what a run would send. SQL that can be read as a file: everything that is no statement is a comment. */
export async function listing(plan: Plan, where: string): Promise<Outcome> {
  const statements = await listStatements(plan);
  const asked = statements.filter((one) => one.asked).length;
  const makes = statements.some((one) => !one.asked && one.purpose === 'load' && one.kind === 'ddl');
  const head = [
    `-- What ${plan.command} would send to ${where}: ${plural(statements.length, 'different statement')} in the order in which each is first sent.`,
    `-- Sent now: the ${asked} marked "asked now", whose answers settle which others follow. Nothing else was.`,
    '-- {name:Type} stands for a bound value, RUN_ID for the id of the run. What fails is asked about further, and not listed here.',
    ...(makes ? [`-- ${UNKNOWN}.`] : []),
  ];
  return {
    code: 0,
    text: [...head, ...statements.map((one) => `\n${block(one)}`)].join('\n'),
    json: { command: plan.command, target: where, statements, incomplete_because: makes ? [UNKNOWN] : [] },
  };
}
