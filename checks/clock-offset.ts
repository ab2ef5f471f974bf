import { defineCheck, fail, formatDuration, pass, warn, z } from '../src/api.ts';

const facts = z.strictObject({
  offset_ms: z.number(),
  uncertainty_ms: z.number(),
  server_timezone: z.string(),
});

const options = z.strictObject({
  /** Difference in ms from which it warns, and from which it fails. */
  warn_ms: z.number().positive().default(2000),
  fail_ms: z.number().positive().default(300_000),
});

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'clock-offset',
  title: 'The server’s clock agrees with ours',
  failureTitle: 'The server’s clock differs from ours',
  why: 'Log lines of client and server are matched by time; a clock that is off also shifts now() in defaults, TTL and time windows of the load.',
  phases: ['before', 'after'],
  needs: ['http'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const { clock_offset_ms, clock_uncertainty_ms, timezone } = probe.capabilities;
    return { offset_ms: clock_offset_ms, uncertainty_ms: clock_uncertainty_ms, server_timezone: timezone };
  },
  judge(facts, { options }) {
    const size = Math.abs(facts.offset_ms);
    const zone = `its time zone is ${facts.server_timezone}`;
    // Within the uncertainty the two clocks may as well agree.
    const sure = Math.max(0, size - facts.uncertainty_ms);
    const within = `± ${formatDuration(facts.uncertainty_ms)}`;
    if (sure < options.warn_ms) return pass(`the clocks differ by ${formatDuration(size)} (${within}); ${zone}`);
    const said = `the server’s clock is ${formatDuration(size)} ${facts.offset_ms > 0 ? 'ahead of' : 'behind'} ours (${within}); ${zone}`;
    const remedies = ['Synchronise both machines: timedatectl status, chronyc tracking'];
    return sure < options.fail_ms ? warn(said, { remedies }) : fail(said, { remedies });
  },
});
