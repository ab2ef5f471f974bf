import { defineCheck, type LoadFacts, pass, plural, skip, utcText, warn, z } from '../src/api.ts';

const counter = z.strictObject({
  name: z.string(),
  code: z.number(),
  /** UInt64 as text, since the server's start. */
  value: z.string(),
  /** UTC. */
  last_error_time: z.string(),
  last_error_message: z.string(),
  last_query_id: z.string(),
  /** Met on another server, and passed on from there. */
  remote: z.boolean(),
});
type Counter = z.infer<typeof counter>;
const facts = z.strictObject({
  hostname: z.string(),
  server_timezone: z.string().optional(),
  errors: z.array(counter),
  /** Exceptions that statements of this tool met since the run began, by code. */
  own: z.array(z.strictObject({ code: z.number(), count: z.number() })),
});

const options = z.strictObject({
  /** Codes or names that say nothing here. A reader that had enough is counted as canceled, and is no failure of the server. */
  ignore: z.array(z.union([z.number(), z.string()])).default(['QUERY_WAS_CANCELLED']),
});

/** Query ids of this tool start so. */
const OWN = 'chwitness-';

type Row = Pick<Counter, 'name' | 'code' | 'value'> &
  Partial<Pick<Counter, 'last_error_time' | 'last_error_message' | 'last_query_id'>> & { remote: number };

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'server-errors',
  title: 'The server counted no new errors during the run',
  failureTitle: 'The server counted new errors during the run',
  why: 'A failure that a client swallowed or misread still raises the server’s own counter; counters that stand still say that the server met no error.',
  phases: ['before', 'after'],
  needs: ['http', 'system.errors'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const errors = (await probe.sql<Row>('server-errors')).map((row) => ({
      name: row.name,
      code: Number(row.code),
      value: row.value,
      last_error_time: row.last_error_time ?? '',
      last_error_message: row.last_error_message ?? '',
      last_query_id: row.last_query_id ?? '',
      remote: Boolean(row.remote),
    }));
    const { hostname, timezone } = probe.capabilities;
    return { hostname, server_timezone: timezone, errors, own: [...probe.ownErrors()] };
  },
  judge(facts, { before, load, phase, options }) {
    if (phase === 'before') return pass(`${plural(facts.errors.length, 'counter')} noted as the baseline`);
    if (!before) return skip('there is no baseline from before to compare with');
    const key = (one: Counter) => `${one.code} ${one.name} ${one.remote}`;
    const was = new Map(before.errors.map((one) => [key(one), BigInt(one.value)]));
    const grown = facts.errors.flatMap((one) => {
      const start = was.get(key(one)) ?? 0n;
      return BigInt(one.value) > start ? [{ ...one, delta: BigInt(one.value) - start }] : [];
    });
    const restarted =
      facts.errors.some((one) => BigInt(one.value) < (was.get(key(one)) ?? 0n)) ||
      before.errors.length > facts.errors.length;
    const moved = before.hostname !== facts.hostname;
    if (moved || restarted)
      return warn(
        moved
          ? `another server answered after the load (${facts.hostname}) than before it (${before.hostname})`
          : 'counters went back: the server was restarted during the run',
        {
          because: grown.map((one) => line(one, '', facts.server_timezone)),
        },
      );
    const ignored = (one: Counter) => options.ignore.some((item) => item === one.code || item === one.name);
    const judged = grown.filter((one) => !ignored(one)).map((one) => ({ one, whose: whose(one, facts.own, load) }));
    const foreign = judged.filter(({ whose }) => whose !== 'chwitness itself');
    const lines = judged.map(({ one, whose }) => line(one, whose, facts.server_timezone));
    if (foreign.length === 0)
      return pass(judged.length === 0 ? 'no counter moved' : 'only errors of chwitness’ own questions were counted', {
        because: lines,
      });
    return warn(foreign.map(({ one }) => `${one.name} (${one.code}) +${one.delta}`).join(', '), {
      because: lines,
      remedies: [
        `Who met them: SELECT event_time, user, query_id, exception FROM system.query_log WHERE exception_code IN (${[...new Set(foreign.map(({ one }) => one.code))].join(', ')}) ORDER BY event_time DESC LIMIT 20`,
        'Errors of other users count here as well: leave out codes that say nothing with checks.server-errors.options.ignore',
      ],
    });
  },
});

/** To whom a counter's growth can be put down. */
function whose(
  one: Counter & { delta: bigint },
  own: z.infer<typeof facts>['own'],
  load: LoadFacts | undefined,
): string {
  const error = load?.error;
  if (error && 'failure' in error && error.code === one.code) return 'the same code as the load’s error';
  const ours = own.find((found) => found.code === one.code);
  if (ours && BigInt(ours.count) >= one.delta) return 'chwitness itself';
  // The counter keeps the last query alone; with a growth of one that is the whole story.
  if (one.delta === 1n && one.last_query_id.startsWith(OWN)) return 'chwitness itself';
  return ours ? `${ours.count} of them chwitness itself` : '';
}

function line(one: Counter & { delta: bigint }, whose: string, zone: string | undefined): string {
  const when = one.last_error_time === '' ? '' : `, last at ${utcText(one.last_error_time, zone)}`;
  const message = one.last_error_message === '' ? '' : `: ${one.last_error_message}`;
  return `${one.name} (${one.code})${one.remote ? ' from another server' : ''} +${one.delta}${whose === '' ? '' : `, ${whose}`}${when}${message}`;
}
