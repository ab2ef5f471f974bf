import {
  badNews,
  countedBounds,
  defineCheck,
  fail,
  keptBounds,
  linesOf,
  logWindow,
  lookedInto,
  lookInto,
  OTHER_LOGS,
  pass,
  skip,
  warn,
  windowWithMargin,
  z,
} from '../src/api.ts';

const facts = z.strictObject({ window: logWindow, tables: z.array(lookedInto) });
const options = z.strictObject({
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
});

/** A server that crashed in the window needs no other explanation. */
const FATAL = 'crash_log';

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'other-logs',
  title: 'The logs of parts, asynchronous inserts, views, logins and crashes show no failure in the window',
  failureTitle: 'A log of parts, asynchronous inserts, views, logins or crashes shows a failure in the window',
  why: 'What fails after the answer, in a view, in a merge or before the login stands in none of the statements: it has a log of its own.',
  phases: ['before', 'after'],
  needs: ['http'],
  timeoutMs: 120_000,
  factsVersion: 1,
  facts,
  options,
  async collect(probe, { margin_seconds }) {
    // Flushes the logs where that is allowed, once a phase.
    await probe.control();
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
    const tables = [];
    for (const log of OTHER_LOGS) tables.push(await lookInto(probe, log, params));
    return { window, tables };
  },
  judge({ tables }) {
    const because = linesOf(tables);
    const remedies = tables.flatMap((one) => one.remedies);
    const read = tables.filter((one) => one.unread === undefined);
    const bad = badNews(tables);
    const names = read.map((one) => one.table).join(', ');
    if (bad.length > 0) {
      const said = bad.join('; ');
      return bad.some((line) => line.includes(FATAL))
        ? fail(said, { because, remedies })
        : warn(said, { because, remedies });
    }
    if (read.length === 0) return skip('none of these logs is there to be read', { because, remedies });
    return pass(`no failure in ${names}`, { because, remedies });
  },
});
