import { z } from 'zod';
import { formatCount, plural } from '../../kernel/format.ts';
import type { CommandFacts } from '../../model/command.ts';
import { controlSentence } from '../../model/control.ts';
import type { LoadFacts } from '../../model/load.ts';
import { pass, skip, type Verdict, warn } from '../../model/verdict.ts';
import { momentText } from '../logs/moment.ts';
import { type Attribution, attribute, insertsOf, marksText, rowsOf } from './attribute.ts';
import { loggedInsert, type WriterGroup, type Writers, writers } from './facts.ts';

/** As many are quoted; the archive has more. */
const LINES = 12;

export const commandStatements = z.strictObject({
  writers,
  /** The newest, one by one. */
  inserts: z.array(loggedInsert),
});
export type CommandStatements = z.infer<typeof commandStatements>;

function groupLine(group: WriterGroup): string {
  const rows = group.written_rows === '' ? '' : `, ${plural(BigInt(group.written_rows), 'row')}`;
  return `${plural(group.finished, 'INSERT')} into ${group.table} by ${marksText(group)}${rows}${group.failed === 0 ? '' : `, ${formatCount(group.failed)} failed`}, from ${momentText(group.first)} to ${momentText(group.last)}`;
}

/** Reads and changes of structure by the same senders: what a load does before it writes. */
function besides(facts: Writers, mine: readonly WriterGroup[]): string[] {
  const senders = mine.length > 0 ? mine : [{ user: facts.user }];
  const kinds = new Map<string, number>();
  for (const group of facts.groups ?? [])
    if (group.place === 'during' && group.kind !== 'INSERT' && senders.some(({ user }) => user === group.user))
      kinds.set(group.kind, (kinds.get(group.kind) ?? 0) + group.finished + group.failed);
  if (kinds.size === 0) return [];
  const users = [...new Set(senders.map(({ user }) => user))].join(', ');
  return [`besides by ${users}: ${[...kinds].map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ')}`];
}

function summary({ mine }: Attribution): string {
  const rows = rowsOf(mine);
  const failed = insertsOf(mine, 'failed');
  const tables = [...new Set(mine.map(({ table }) => table))].join(', ');
  return `${plural(insertsOf(mine, 'finished'), 'INSERT')} into ${tables}${rows === undefined ? '' : `, ${plural(rows, 'row')}`}${failed === 0 ? '' : `, ${formatCount(failed)} failed`}`;
}

/** Whose the INSERTs of the window were. */
export function judgeStatements({ writers: facts, inserts }: CommandStatements, load: LoadFacts | undefined): Verdict {
  const command: CommandFacts | undefined = load?.command;
  if (command?.started_at === undefined) return skip('no command was started in this run');
  const found = attribute(facts, command);
  const { control } = facts;
  const others = found.others.slice(0, LINES).map((group) => `of others: ${groupLine(group)}`);
  const because = [...found.by, ...found.mine.slice(0, LINES).map(groupLine), ...besides(facts, found.mine), ...others];
  switch (found.how) {
    case 'unknown':
      return skip(`which statements were the command's is not established: ${controlSentence(control, 'query_log')}`);
    case 'none': {
      const tables = facts.tables.length === 0 ? '' : ` into ${facts.tables.join(', ')}`;
      if (control.query_log.outcome !== 'seen' || control.covers !== 'window')
        return skip(
          `no INSERT${tables} is logged while the command ran, and whether there was one is not established: ${controlSentence(control, 'query_log')}`,
          { because },
        );
      return warn(`no INSERT${tables} reached ${facts.hostname} while the command ran`, {
        because: [...because, controlSentence(control, 'query_log')],
      });
    }
    case 'ambiguous': {
      const listed = inserts
        .filter((one) => found.mine.some((group) => group.table === one.table && group.user === one.user))
        .slice(0, LINES)
        .map(
          (one) =>
            `${one.query_id}: ${marksText(one)} into ${one.table}, ${momentText(one.at)}, began ${one.place === 'during' ? 'while the command ran' : `${one.place} it`}`,
        );
      return warn(`ambiguous: ${summary(found)} may be the command's, or another's: ${found.by[0] ?? ''}`, {
        because: [...because.slice(1), ...listed],
        remedies: ['Give each load a user of its own: then the log tells them apart'],
      });
    }
    case 'certain':
    case 'likely':
      return pass(`${summary(found)} are the command's (${found.how})`, { because });
  }
}
