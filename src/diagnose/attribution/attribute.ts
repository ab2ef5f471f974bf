import type { CommandFacts } from '../../model/command.ts';
import type { WriterGroup, Writers } from './facts.ts';

/** Which statements of the log were the command's, and by what that is known. */
export interface Attribution {
  /**
   * `certain`: by something that only the command had. `likely`: all that is known fits, and nobody else comes in question.
   * `ambiguous`: someone else comes in question, too. `none`: no INSERT of it is logged. `unknown`: the log does not tell.
   */
  how: 'certain' | 'likely' | 'ambiguous' | 'none' | 'unknown';
  /** What speaks for it, or why it cannot be told. */
  by: string[];
  /** INSERTs that are its own; those that may be, where it is ambiguous. */
  mine: WriterGroup[];
  /** INSERTs of others while it ran. */
  others: WriterGroup[];
}

type Marks = Pick<WriterGroup, 'user' | 'address' | 'client'>;

const sameMarks = (a: Marks, b: Marks) => a.user === b.user && a.address === b.address && a.client === b.client;

/** `loader from 172.18.0.3 (clickhouse-connect/0.9)` */
export function marksText({ user, address, client }: Marks): string {
  return `${user}${address === '' ? '' : ` from ${address}`}${client === '' ? '' : ` (${client})`}`;
}

function distinct(groups: readonly WriterGroup[]): Marks[] {
  const found: Marks[] = [];
  for (const group of groups) if (!found.some((one) => sameMarks(one, group))) found.push(group);
  return found;
}

/** Tables in question: those the user named; else those that the command's own log names and somebody wrote to; else all. */
function tablesAsked(facts: Writers, inserts: readonly WriterGroup[], log: CommandFacts['log'] | undefined): string[] {
  if (facts.tables.length > 0) return facts.tables;
  const written = new Set(inserts.map(({ table }) => table));
  return (log?.tables ?? []).filter((table) => written.has(table));
}

/**
 * Attributes INSERTs of the log to a command: by its time, its container's address, its user, its tables. Pure.
 * A second sender is told apart by any of these; one that shares them all is seen by what it does while the command does not run.
 */
export function attribute(
  facts: Writers,
  command: Pick<CommandFacts, 'addresses' | 'beside'> & Partial<Pick<CommandFacts, 'log' | 'shared_addresses'>>,
): Attribution {
  const { groups } = facts;
  if (groups === null) return { how: 'unknown', by: ['the query log was not read'], mine: [], others: [] };
  const inserts = groups.filter(({ kind }) => kind === 'INSERT');
  const tables = tablesAsked(facts, inserts, command.log);
  const isAsked = ({ table }: WriterGroup) => tables.length === 0 || tables.includes(table);
  const during = inserts.filter((group) => group.place === 'during' && isAsked(group));
  const elsewhere = inserts.filter((group) => group.place === 'during' && !isAsked(group));

  const addresses = command.addresses ?? [];
  const fromContainer = during.filter(({ address }) => addresses.includes(address));
  if (fromContainer.length > 0)
    return {
      how: 'certain',
      by: [`sent while it ran, from the address of its container, ${addresses.join(', ')}`],
      mine: fromContainer,
      others: [...during.filter((group) => !fromContainer.includes(group)), ...elsewhere],
    };
  const shared = command.shared_addresses ?? [];
  const fromShared = during.filter(({ address }) => shared.includes(address));
  const near = fromShared.length > 0 ? fromShared : during;
  const ofUser = near.filter(({ user }) => user === facts.user);
  const mine = ofUser.length > 0 ? ofUser : near;
  const others = [...during.filter((group) => !mine.includes(group)), ...elsewhere];
  if (mine.length === 0) return { how: 'none', by: [], mine, others };

  const doubts = doubtsOf(mine, inserts, command);
  const by = [
    'sent while it ran',
    ...(fromShared.length > 0
      ? [`from the address of its container, ${shared.join(', ')}, which others may use as well`]
      : []),
    ...(ofUser.length > 0 ? [`by its user ${facts.user}`] : [`though by ${usersOf(mine)}, not by ${facts.user}`]),
    ...(facts.tables.length > 0 ? ['into the tables in question'] : []),
    ...(facts.tables.length === 0 && tables.length > 0 ? [`into ${tables.join(', ')}, as its log names them`] : []),
  ];
  if (doubts.length > 0) return { how: 'ambiguous', by: doubts, mine, others };
  const known = fromShared.length > 0 || ofUser.length > 0 || tables.length > 0;
  return known
    ? { how: 'likely', by: [`${by.join(', ')}; nobody else wrote there at the time`], mine, others }
    : {
        how: 'ambiguous',
        by: [`${by.join(', ')}, and no table is named: whose they are is not known`],
        mine,
        others,
      };
}

function doubtsOf(
  mine: readonly WriterGroup[],
  inserts: readonly WriterGroup[],
  command: Pick<CommandFacts, 'beside'>,
): string[] {
  const senders = distinct(mine);
  const outside = inserts.filter(
    (group) => group.place !== 'during' && mine.some((one) => sameMarks(one, group) && one.table === group.table),
  );
  const tables = new Set(mine.map(({ table }) => table));
  const beside = (command.beside ?? []).filter(
    (job) =>
      (job.user === '' || senders.some(({ user }) => user === job.user)) &&
      (job.tables.length === 0 || job.tables.some((table) => tables.has(table))),
  );
  return [
    ...(senders.length > 1 ? [`several senders wrote while it ran: ${senders.map(marksText).join('; ')}`] : []),
    ...(outside.length > 0
      ? [
          `${marksText(outside[0] as WriterGroup)} wrote into ${outside[0]?.table} ${outside[0]?.place === 'before' ? 'before it began' : 'after its end'}, too`,
        ]
      : []),
    ...beside.map((job) => `job ${job.job} ran at the same time${job.user === '' ? '' : ` as ${job.user}`}`),
  ];
}

function usersOf(groups: readonly WriterGroup[]): string {
  return [...new Set(groups.map(({ user }) => user))].join(', ');
}

/** Rows that these INSERTs wrote, as the log counts them; undefined where it does not. */
export function rowsOf(groups: readonly WriterGroup[]): bigint | undefined {
  const finished = groups.filter((one) => one.finished > 0);
  if (finished.some((one) => one.written_rows === '')) return undefined;
  return finished.reduce((total, one) => total + BigInt(one.written_rows), 0n);
}

export function insertsOf(groups: readonly WriterGroup[], which: 'finished' | 'failed'): number {
  return groups.reduce((total, one) => total + one[which], 0);
}
