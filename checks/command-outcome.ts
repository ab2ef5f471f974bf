import {
  type CommandOutcome,
  commandOutcome,
  defineCheck,
  judgeOutcome,
  type OutcomeOptions,
  type Probe,
  pass,
  readWriters,
  tableText,
  z,
} from '../src/api.ts';

const options = z.strictObject({
  /** A command that says it went well wrote nothing. */
  empty: z.enum(['fail', 'warn', 'pass']).default('fail'),
  /** Errors stand in the log of a command that says it went well. */
  errors: z.enum(['fail', 'warn', 'pass']).default('fail'),
  /** Lines of the log with one of these texts are no errors. */
  ignore: z.array(z.string()).default([]),
});

/** Reading these would take rows away from their consumers. */
const NOT_COUNTED = /^(Kafka|RabbitMQ|NATS|S3Queue|AzureQueue|FileLog|Redis|Null)$/;

export default defineCheck<CommandOutcome, OutcomeOptions>({
  id: 'command-outcome',
  title: 'A command that says it went well did: rows arrived, and its log tells of no error',
  failureTitle: 'The command says it went well, and it did not',
  why: 'A loader that catches its exceptions and ends with exit code 0 looks like success to every scheduler; only what arrived shows it.',
  phases: ['before', 'after'],
  needs: ['http'],
  timeoutMs: 120_000,
  factsVersion: 1,
  facts: commandOutcome,
  options,
  async collect(probe) {
    return { counts: await counts(probe), writers: probe.phase === 'after' ? await readWriters(probe) : null };
  },
  judge(facts, { before, load, phase, options }) {
    if (phase === 'before') {
      const counted = facts.counts.map(({ table, rows }) => `${table}: ${rows ?? 'not counted'}`);
      return pass(counted.length === 0 ? 'noted that no table is named' : `noted ${counted.join(', ')}`);
    }
    return judgeOutcome(facts, { before, load, options });
  },
});

async function counts(probe: Probe): Promise<CommandOutcome['counts']> {
  const schemas = await probe.schema();
  const found: CommandOutcome['counts'] = [];
  for (const name of probe.tables) {
    const schema = schemas.find((one) => tableText(one.name) === tableText(name));
    const rows = await count(probe, schema);
    found.push({ table: tableText(name), rows });
  }
  return found;
}

async function count(probe: Probe, schema: Awaited<ReturnType<Probe['schema']>>[number] | undefined) {
  if (!schema) return probe.phase === 'before' ? '0' : null;
  if (NOT_COUNTED.test(schema.engine)) return null;
  try {
    const { database, table } = schema.name;
    return (await probe.sql<{ rows: string }>('row-count', { database, table }))[0]?.rows ?? null;
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return null;
  }
}
