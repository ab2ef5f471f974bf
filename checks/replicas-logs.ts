import {
  askNodes,
  countedBounds,
  defineCheck,
  keptBounds,
  logWindow,
  lookIntoReplicas,
  momentText,
  nodeText,
  OTHER_LOGS,
  pass,
  plural,
  replicaLog,
  replicaNodes,
  skip,
  unreachable,
  warn,
  windowWithMargin,
  z,
} from '../src/api.ts';

const facts = z.strictObject({ ...replicaNodes.shape, window: logWindow, logs: z.array(replicaLog) });
type Facts = z.infer<typeof facts>;

const options = z.strictObject({
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
});

/** Those that the checks of the node that answers read, besides the query log. */
const LOGS = [{ table: 'text_log', made: '19.14 and newer have it where <text_log> is configured' }, ...OTHER_LOGS];

/** As many groups of one log are told. */
const LINES = 10;

export default defineCheck<Facts, z.infer<typeof options>>({
  id: 'replicas-logs',
  title: 'No replica logged an error, a failed part, view, asynchronous insert or login, or a crash',
  failureTitle: 'A replica logged an error or a failure, or its logs could not be read',
  why: 'Errors, merges and crashes stand in the logs of the node they happened on: those of the node that was asked may be clean.',
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
    const names = { databases: probe.tables.map((one) => one.database), tables: probe.tables.map((one) => one.table) };
    const params = {
      kept: { ...keptBounds(window), ...names },
      counted: {
        ...countedBounds(window, probe.capabilities.clock_uncertainty_ms),
        ...names,
        user: probe.capabilities.user,
      },
    };
    const logs: Facts['logs'] = [];
    for (const log of LOGS) logs.push(await lookIntoReplicas(probe, found, log, params));
    return { ...found, window, logs };
  },
  judge({ logs, window: _, ...found }) {
    const asked = logs.filter((one) => one.unread === undefined);
    const unread = logs.flatMap(({ unread }) => (unread === undefined ? [] : [unread]));
    const refused = asked.flatMap(({ table, nodes }) =>
      nodes
        .filter(({ node, error }) => error !== undefined && node.error === undefined)
        .map(({ node, error }) => `${nodeText(node)}: its ${table} could not be read: ${error}`),
    );
    const remedies = logs.flatMap((one) => one.remedies);
    const silent = [...unreachable(found), ...refused];
    const answered = asked.flatMap(({ nodes }) => nodes.filter((one) => one.error === undefined));
    if (answered.length === 0)
      return skip(`no log besides the query log of ${found.cluster} could be read`, {
        because: [...silent, ...unread],
      });
    const because = [...asked.flatMap(linesOf), ...silent, ...unread];
    const bad = asked.flatMap(({ table, nodes }) =>
      nodes.flatMap(({ node, groups }) => {
        const sum = groups.reduce((total, one) => total + one.bad, 0);
        return sum === 0 ? [] : [`${nodeText(node)}: ${plural(sum, 'failure')} in ${table}`];
      }),
    );
    if (bad.length > 0) return warn(bad.join('; '), { because, remedies });
    const names = asked.map((one) => one.table).join(', ');
    if (silent.length > 0)
      return warn(`no failure in ${names} of the replicas that answered; others could not be read`, {
        because,
        remedies,
      });
    return pass(`no failure in ${names} of ${plural(found.nodes.length, 'replica')}`, { because, remedies });
  },
});

/** Bad news first, each with its node. */
function linesOf({ table, nodes, kept }: Facts['logs'][number]) {
  const groups = nodes.flatMap(({ node, groups }) => groups.map((one) => ({ node, one })));
  const told = groups
    .sort((a, b) => b.one.bad - a.one.bad || b.one.entries - a.one.entries)
    .slice(0, LINES)
    .map(({ node, one }) => {
      const of = one.table === '' ? '' : ` of ${one.table}`;
      const failed =
        one.bad === 0
          ? ''
          : `, ${one.bad} bad, last ${momentText(one.last)}${one.message === '' ? '' : `: ${one.message}`}`;
      return `${nodeText(node)}, system.${table}: ${one.what}${of} ×${one.entries}${failed}`;
    });
  const files = kept.map(({ path, lines, cut }) => ({
    text: `system.${table}: rows of the window and its margin: ${lines}${cut === undefined ? '' : `; kept: ${cut}`}`,
    file: path,
  }));
  return [...told, ...files];
}
