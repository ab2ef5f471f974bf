import {
  countedBounds,
  defineCheck,
  ERROR_LINES,
  exceptionLine,
  exceptionOf,
  judgeTextLog,
  keptBounds,
  momentOf,
  type Probe,
  type TextLogFacts,
  textLogFacts,
  windowWithMargin,
  z,
} from '../src/api.ts';

const options = z.strictObject({
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
});

const GROUPS = 500;
const ACCESS_DENIED = 497;

interface Counted {
  level_name: string;
  number: number;
  logger: string;
  own: number;
  lines: string;
  first_seconds: number;
  last_seconds: number;
}

interface Quoted {
  seconds: number;
  level_name: string;
  logger: string;
  query_id: string;
  message: string;
}

export default defineCheck<TextLogFacts, z.infer<typeof options>>({
  id: 'text-log',
  title: 'The server wrote no error into its text log during the window',
  failureTitle: 'The server wrote errors into its text log during the window',
  why: 'What a client swallowed, what failed in the background and what brought the server down leaves a line in system.text_log.',
  phases: ['before', 'after'],
  needs: ['http'],
  timeoutMs: 120_000,
  factsVersion: 1,
  facts: textLogFacts,
  options,
  async collect(probe, { margin_seconds }) {
    const control = await probe.control();
    const window = windowWithMargin(probe.window, margin_seconds);
    const ids = [...probe.queryIds];
    const base: TextLogFacts = { window, control, log: null, asked: { ids } };
    if (!('text_log' in probe.capabilities.system)) return base;
    try {
      const log = await readLog(probe, window);
      if (ids.length === 0) return { ...base, log };
      const rows = await probe.sqlArtifact('text-log-by-id', 'query_ids.jsonl', { ...keptBounds(window), ids });
      return { ...base, log, asked: { ids, rows } };
    } catch (error) {
      const refused = exceptionOf(error);
      if (refused?.code !== ACCESS_DENIED) throw error;
      return { ...base, refused: refused.message };
    }
  },
  judge: judgeTextLog,
});

async function readLog(probe: Probe, window: TextLogFacts['window']): Promise<TextLogFacts['log']> {
  const zone = window.server_timezone;
  const counted = { ...countedBounds(window, probe.capabilities.clock_uncertainty_ms) };
  const rows = await probe.sqlArtifact('text-log-rows', 'text_log.jsonl', { ...keptBounds(window) });
  const groups = await probe.sql<Counted>('text-log-tally', { ...counted, limit: GROUPS });
  const errors = await probe.sql<Quoted>('text-log-errors', { ...counted, limit: ERROR_LINES });
  return {
    rows,
    groups: groups.map((one) => ({
      level: one.level_name,
      number: Number(one.number),
      logger: one.logger,
      own: Number(one.own) === 1,
      lines: Number(one.lines),
      first: momentOf(one.first_seconds, zone),
      last: momentOf(one.last_seconds, zone),
    })),
    groups_cut: groups.length === GROUPS,
    errors: errors.map((one) => ({
      at: momentOf(one.seconds, zone),
      level: one.level_name,
      logger: one.logger,
      query_id: one.query_id,
      message: exceptionLine(one.message),
    })),
  };
}
