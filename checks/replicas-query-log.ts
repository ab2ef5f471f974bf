import {
  askNodes,
  askReplicas,
  countedBounds,
  defineCheck,
  exceptionLine,
  insertTable,
  keepReplicaLogs,
  keptBounds,
  keptFile,
  logWindow,
  moment,
  momentOf,
  momentText,
  nodeText,
  pass,
  plural,
  replicaNode,
  replicaNodes,
  skip,
  tableText,
  unreachable,
  warn,
  windowWithMargin,
  z,
} from '../src/api.ts';

const group = z.strictObject({
  kind: z.string(),
  user: z.string(),
  /** Table of an INSERT, `database.table`; '' otherwise. */
  table: z.string(),
  finished: z.int(),
  failed: z.int(),
  last: moment,
  exception: z.string(),
});
type Group = z.infer<typeof group>;
const facts = z.strictObject({
  ...replicaNodes.shape,
  window: logWindow,
  tables: z.array(z.string()),
  logs: z.array(z.strictObject({ node: replicaNode, error: z.string().optional(), groups: z.array(group) })),
  kept: z.array(keptFile),
});

const options = z.strictObject({
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
});

interface Row {
  kind: string;
  who: string;
  target: string;
  finished: string;
  failed: string;
  last_seconds: number;
  last_exception: string;
}

const LATE =
  'only the node that answers was flushed: of the last seconds the others may have more than their logs show yet (7.5 s by default)';

/** Kinds of statements of one replica. */
const GROUPS = 500;

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'replicas-query-log',
  title: 'No replica logged a failed INSERT into the tables in question',
  failureTitle: 'A replica logged failed INSERTs into the tables in question, or its log could not be read',
  why: 'Each node logs only what it was sent: behind a balancer the INSERT that failed stands in the log of another node than the one that was asked.',
  phases: ['before', 'after'],
  needs: ['http', 'cluster', 'system.clusters'],
  timeoutMs: 120_000,
  factsVersion: 1,
  facts,
  options,
  async collect(probe, { margin_seconds }) {
    // The node that is asked is flushed by it; the others write at their own interval.
    await probe.control();
    const found = await askNodes(probe);
    const window = windowWithMargin(probe.window, margin_seconds);
    const counted = { ...countedBounds(window, probe.capabilities.clock_uncertainty_ms), limit: GROUPS };
    const answers = await askReplicas<Row>(probe, found, 'query-log', counted);
    const database = probe.target.database;
    const groupOf = (row: Row): Group => ({
      kind: row.kind,
      user: row.who,
      table: insertTable({ target: row.target, database: '' }, database) ?? '',
      finished: Number(row.finished),
      failed: Number(row.failed),
      last: momentOf(row.last_seconds, window.server_timezone),
      exception: exceptionLine(row.last_exception),
    });
    return {
      ...found,
      window,
      tables: probe.tables.map(tableText),
      logs: answers.map(({ node, rows, error }) => ({
        node,
        ...(error === undefined ? {} : { error }),
        groups: (rows ?? []).map(groupOf),
      })),
      kept: await keepReplicaLogs(probe, found, 'query_log', { ...keptBounds(window) }),
    };
  },
  judge({ logs, tables, kept, ...found }) {
    const asked = logs.filter((one) => one.error === undefined);
    const unread = logs.filter((one) => one.error !== undefined && one.node.error === undefined);
    const silent = [
      ...unreachable(found),
      ...unread.map(({ node, error }) => `${nodeText(node)}: its log could not be read: ${error}`),
    ];
    const files = kept.map(({ path, lines }) => ({ text: `rows of the window and its margin: ${lines}`, file: path }));
    if (asked.length === 0) return skip(`no query log of ${found.cluster} could be read`, { because: silent });
    const into = ({ groups }: { groups: Group[] }) =>
      groups.filter((one) => one.table !== '' && (tables.length === 0 || tables.includes(one.table)));
    const counts = asked.map((one) => {
      const sum = (of: 'finished' | 'failed') => into(one).reduce((total, each) => total + each[of], 0);
      return { node: nodeText(one.node), finished: sum('finished'), failed: sum('failed') };
    });
    const lines = counts.map(
      ({ node, finished, failed }) => `${node}: ${plural(finished, 'INSERT')} finished, ${failed} failed`,
    );
    const late = asked.length < 2 ? [] : [LATE];
    const because = [...lines, ...silent, ...late, ...files];
    const failed = counts.filter((one) => one.failed > 0);
    if (failed.length > 0) {
      const quoted = asked.flatMap((one) =>
        into(one)
          .filter((each) => each.failed > 0)
          .map(
            (each) =>
              `${nodeText(one.node)}, ${each.user} into ${each.table}, last ${momentText(each.last)}: ${each.exception}`,
          ),
      );
      return warn(failed.map((one) => `${plural(one.failed, 'INSERT')} failed on ${one.node}`).join('; '), {
        because: [...quoted, ...because],
      });
    }
    const said = lines.join('; ');
    if (silent.length > 0)
      return warn(`${said}; the logs of ${plural(silent.length, 'replica')} could not be read`, { because });
    return pass(said, { because: [...late, ...files] });
  },
});
