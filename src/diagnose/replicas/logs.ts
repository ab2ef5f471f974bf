import { z } from 'zod';
import { messageOf } from '../../kernel/errors.ts';
import type { Probe, SqlValue } from '../../model/check.ts';
import { moment, momentOf } from '../logs/moment.ts';
import { keptFile } from '../logs/query-log-facts.ts';
import { exceptionLine } from '../logs/tally.ts';
import { ERROR_LEVEL, ERROR_LINES } from '../logs/text-log-facts.ts';
import { remediesOf, type TableOfInterest, whyAbsent } from '../tables/read.ts';
import { askReplicaLogs, keepReplicaLogs, type ReplicaAnswer } from './ask.ts';
import { type ReplicaNodes, replicaNode } from './nodes.ts';

/** Entries of a log of one replica that agree in what they are and of which table. */
const entries = z.strictObject({
  /** `NewPart`, `Error of executeQuery`. */
  what: z.string(),
  /** `database.table`; '' where the entry names none. */
  table: z.string(),
  entries: z.int(),
  /** How many of them are bad news. */
  bad: z.int(),
  message: z.string(),
  last: moment,
});
type Entries = z.infer<typeof entries>;

/** One log of all replicas. */
export const replicaLog = z.strictObject({
  /** Without `system.` */
  table: z.string(),
  /** Why no replica was asked; absent where they were. */
  unread: z.string().optional(),
  /** What would change that. */
  remedies: z.array(z.string()),
  nodes: z.array(z.strictObject({ node: replicaNode, error: z.string().optional(), groups: z.array(entries) })),
  kept: z.array(keptFile),
});
type ReplicaLog = z.infer<typeof replicaLog>;

interface Row {
  what: string;
  of_table: string;
  entries: string;
  bad: string;
  message: string;
  last_seconds: number;
}
interface Lines {
  level_name: string;
  number: number;
  logger: string;
  own: number;
  lines: string;
  last_seconds: number;
}
interface Quoted {
  level_name: string;
  logger: string;
  message: string;
}

/** Kinds of entries of one log, of all replicas. */
const GROUPS = 1000;

/** Counts a log of every replica and keeps its rows. What one of them refuses is said of that one. */
export async function lookIntoReplicas(
  probe: Probe,
  nodes: ReplicaNodes,
  { table, made }: TableOfInterest,
  params: { kept: Record<string, SqlValue>; counted: Record<string, SqlValue> },
): Promise<ReplicaLog> {
  const { timezone } = probe.capabilities;
  const none = { table, remedies: [], nodes: [], kept: [] };
  const absent = whyAbsent(probe, { table, made });
  if (absent) return { ...none, ...absent };
  try {
    const counted = { ...params.counted, limit: GROUPS };
    const answers =
      table === 'text_log' ? await lines(probe, nodes, counted) : await tallied(probe, nodes, table, counted);
    return {
      ...none,
      nodes: answers.map(({ node, rows, error }) => ({
        node,
        ...(error === undefined ? {} : { error }),
        groups: (rows ?? []).map((row) => entriesOf(row, timezone)),
      })),
      kept: await keepReplicaLogs(probe, nodes, table, params.kept),
    };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    const unread = `system.${table} could not be read: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 300)}`;
    return { ...none, unread, remedies: remediesOf(probe, table, error) };
  }
}

function entriesOf(row: Row, timezone: string | undefined): Entries {
  return {
    what: row.what,
    table: row.of_table,
    entries: Number(row.entries),
    bad: Number(row.bad),
    message: exceptionLine(row.message),
    last: momentOf(row.last_seconds, timezone),
  };
}

function tallied(probe: Probe, nodes: ReplicaNodes, table: string, params: Record<string, SqlValue>) {
  return askReplicaLogs<Row>(probe, nodes, `${table.replaceAll('_', '-')}-tally`, params);
}

/** Lines of the text log by level and logger, with the newest error of each. */
async function lines(
  probe: Probe,
  nodes: ReplicaNodes,
  params: Record<string, SqlValue>,
): Promise<ReplicaAnswer<Row>[]> {
  const counts = await askReplicaLogs<Lines>(probe, nodes, 'text-log-tally', params);
  const errors = await askReplicaLogs<Quoted>(probe, nodes, 'text-log-errors', { ...params, limit: ERROR_LINES });
  return counts.map((answer, index) => {
    if (answer.rows === undefined) return { ...answer, rows: undefined };
    const quoted = errors[index]?.rows ?? [];
    return { ...answer, rows: answer.rows.filter((one) => Number(one.own) === 0).map((one) => rowOf(one, quoted)) };
  });
}

function rowOf(one: Lines, quoted: readonly Quoted[]): Row {
  const grave = Number(one.number) <= ERROR_LEVEL;
  const newest = quoted.find(({ level_name, logger }) => level_name === one.level_name && logger === one.logger);
  return {
    what: `${one.level_name} of ${one.logger}`,
    of_table: '',
    entries: one.lines,
    bad: grave ? one.lines : '0',
    message: grave ? (newest?.message ?? '') : '',
    last_seconds: one.last_seconds,
  };
}
