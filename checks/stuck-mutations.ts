import { defineCheck, fail, pass, plural, quoteText, utcText, warn, z } from '../src/api.ts';

const mutation = z.strictObject({
  database: z.string(),
  table: z.string(),
  mutation_id: z.string(),
  command: z.string(),
  /** UTC. */
  created: z.string(),
  age_seconds: z.string(),
  parts_to_do: z.string(),
  latest_fail_reason: z.string(),
});
const facts = z.strictObject({
  tables: z.array(z.string()),
  mutations: z.array(mutation),
  server_timezone: z.string().optional(),
});

const options = z.strictObject({
  /** Age in seconds from which an unfinished mutation without an error counts as stuck. */
  stuck_seconds: z.number().positive().default(3600),
});

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'stuck-mutations',
  title: 'No mutation is stuck',
  failureTitle: 'A mutation is stuck',
  why: 'A mutation that cannot finish is tried again for each part, holds up later ones, and rewrites rows that a load just brought.',
  phases: ['before', 'after'],
  needs: ['http', 'system.mutations'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const mutations = await probe.sql<z.infer<typeof mutation>>('mutations-unfinished');
    const tables = probe.tables.map((name) => `${name.database}.${name.table}`);
    return { tables, mutations, server_timezone: probe.capabilities.timezone };
  },
  judge(facts, { options }) {
    const named = new Set(facts.tables);
    // With tables named, only theirs are this load's business.
    const mine = facts.mutations.filter((one) => named.size === 0 || named.has(`${one.database}.${one.table}`));
    const failing = mine.filter((one) => one.latest_fail_reason !== '');
    const old = mine.filter((one) => one.latest_fail_reason === '' && Number(one.age_seconds) >= options.stuck_seconds);
    const because = [...failing, ...old].map((one) => line(one, facts.server_timezone));
    const remedies = [...failing, ...old].map(kill);
    if (failing.length > 0)
      return fail(`${plural(failing.length, 'mutation')} cannot finish: ${failing[0]?.latest_fail_reason ?? ''}`, {
        because,
        remedies,
      });
    if (old.length > 0)
      return warn(
        `${plural(old.length, 'mutation')} unfinished for more than ${plural(options.stuck_seconds, 'second')}`,
        { because, remedies },
      );
    return pass(
      mine.length === 0
        ? 'no unfinished mutation'
        : `${plural(mine.length, 'mutation')} under way, none of them failing`,
    );
  },
});

function line(one: z.infer<typeof mutation>, zone: string | undefined): string {
  const reason = one.latest_fail_reason === '' ? '' : `: ${one.latest_fail_reason}`;
  return `${one.database}.${one.table} ${one.mutation_id} (${one.command}), since ${utcText(one.created, zone)}, ${plural(BigInt(one.parts_to_do), 'part')} to do${reason}`;
}

function kill(one: z.infer<typeof mutation>): string {
  return `Mend what it trips over, or give it up: KILL MUTATION WHERE database = ${quoteText(one.database)} AND table = ${quoteText(one.table)} AND mutation_id = ${quoteText(one.mutation_id)}`;
}
