import {
  defineCheck,
  fail,
  formatCount,
  type LoadFacts,
  type Probe,
  pass,
  plural,
  resumedCounts,
  skip,
  type TableLoad,
  type TableSchema,
  tableText,
  type Verdict,
  viewBehind,
  viewsBehind,
  warn,
  whyFewer,
  z,
} from '../src/api.ts';

const counted = z.strictObject({
  /** `database.table` */
  table: z.string(),
  engine: z.string(),
  exists: z.boolean(),
  /** UInt64 as text; null when it was not counted. */
  rows: z.string().nullable(),
  /** After the engine's merging rule (FINAL), where it has one and the table is small enough. */
  rows_final: z.string().nullable(),
  partitions: z.array(z.strictObject({ partition: z.string(), rows: z.string() })),
  has_ttl: z.boolean(),
  error: z.string().nullable(),
  /** Materialized views that hang on it. */
  views: z.array(viewBehind).optional(),
});
type Counted = z.infer<typeof counted>;
const facts = z.strictObject({ user: z.string(), tables: z.array(counted) });
type Facts = z.infer<typeof facts>;

const options = z.strictObject({
  /** Largest table counted with FINAL, which reads the key columns of every row. */
  final_max_rows: z.number().nonnegative().default(50_000_000),
  /** Most partitions listed one by one. */
  partitions: z.number().int().nonnegative().default(20),
  /** Others write to the same tables during the load: more rows than were sent are then no failure. */
  other_writers: z.boolean().default(false),
});
type Options = z.infer<typeof options>;

/** Reading these would take rows away from their consumers, or has no count. */
const NOT_COUNTED = /^(Kafka|RabbitMQ|NATS|S3Queue|AzureQueue|FileLog|Redis|Null)$/;
/** Engines whose merges join rows of one key; those with a rule that FINAL applies. */
const MERGING = /(Replacing|Collapsing|Summing|Aggregating|Graphite)/;
const WITH_FINAL = /(Replacing|Collapsing)/;

export default defineCheck<Facts, Options>({
  id: 'row-counts',
  title: 'The tables hold the rows that were sent',
  failureTitle: 'The tables do not hold the rows that were sent',
  why: 'Several ways of losing rows raise no error anywhere: identical blocks dropped as duplicates, asynchronous inserts, expired TTL. Only counting shows them.',
  phases: ['before', 'after'],
  needs: ['http', 'tables'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe, options) {
    const schemas = await probe.schema();
    const behind = await viewsBehind(probe, probe.tables);
    const tables: Counted[] = [];
    for (const name of probe.tables) {
      const schema = schemas.find((one) => one.name.database === name.database && one.name.table === name.table);
      const views = behind.get(tableText(name));
      tables.push({ ...(await count(probe, tableText(name), schema, options)), ...(views ? { views } : {}) });
    }
    return { user: probe.capabilities.user, tables };
  },
  judge(facts, { before, load, phase, options }) {
    const errors = facts.tables.flatMap((one) => (one.error === null ? [] : [`${one.table}: ${one.error}`]));
    if (errors.length > 0 && facts.tables.every((one) => one.rows === null))
      return skip(`no table could be counted: ${errors[0]}`, {
        because: errors,
        remedies: facts.tables.map((one) => `GRANT SELECT ON ${one.table} TO ${facts.user}`),
      });
    if (phase === 'before' || !load || load.kind === 'none')
      return pass(inventory(facts), { because: [...errors, ...partitionLines(facts)] });
    return compare(facts, before, load, options);
  },
});

async function count(probe: Probe, table: string, schema: TableSchema | undefined, options: Options): Promise<Counted> {
  const none = {
    table,
    engine: schema?.engine ?? '',
    exists: schema !== undefined,
    rows: null,
    rows_final: null,
    partitions: [],
    error: null,
  };
  if (!schema) return { ...none, has_ttl: false };
  const base = { ...none, has_ttl: /\bTTL\b/.test(schema.engine_full) };
  if (NOT_COUNTED.test(schema.engine))
    return { ...base, error: `a ${schema.engine} table is not counted: reading it would take its rows away` };
  const names = { database: schema.name.database, table: schema.name.table };
  try {
    const rows = (await probe.sql<{ rows: string }>('row-count', names))[0]?.rows ?? null;
    const final =
      WITH_FINAL.test(schema.engine) && Number(rows) <= options.final_max_rows
        ? await probe.sql<{ rows: string }>('row-count-final', names)
        : [];
    const partitioned =
      schema.engine.endsWith('MergeTree') && schema.partition_key !== '' && 'parts' in probe.capabilities.system;
    const partitions = partitioned
      ? await probe.sql<{ partition: string; rows: string }>('partition-rows', {
          ...names,
          limit: options.partitions + 1,
        })
      : [];
    return {
      ...base,
      rows,
      rows_final: final[0]?.rows ?? null,
      partitions: partitions.length > options.partitions ? [] : partitions,
    };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return { ...base, error: error instanceof Error ? error.message : String(error) };
  }
}

function inventory({ tables }: Facts): string {
  const held = (one: Counted) =>
    one.rows === null ? (one.exists ? 'not counted' : 'not there') : plural(BigInt(one.rows), 'row');
  return tables.map((one) => `${one.table}: ${held(one)}`).join(', ');
}

function partitionLines(facts: Facts): string[] {
  const list = (one: Counted) => one.partitions.map((p) => `${p.partition} ${formatCount(BigInt(p.rows))}`).join(', ');
  const several = facts.tables.filter((one) => one.partitions.length > 1);
  return several.map((one) => `${one.table} by partition: ${list(one)}`);
}

type Judged = { level: 'pass' | 'warn' | 'fail'; text: string; why?: string[] };

/** Rows before and after against what the load says, table by table; the worst decides. */
function compare(facts: Facts, before: Facts | undefined, load: LoadFacts, options: Options): Verdict {
  const judged = facts.tables.map((now): Judged => {
    const was = before?.tables.find((one) => one.table === now.table);
    const own = load.tables.find((one) => tableText(one.table) === now.table && !one.replaces);
    if (now.rows === null)
      return { level: own ? 'fail' : 'warn', text: `${now.table}: ${now.error ?? 'the table is not there'}` };
    const started = was?.rows ?? (was?.exists === false || own?.created ? '0' : undefined);
    if (started === undefined)
      return {
        level: 'warn',
        text: `${now.table}: ${plural(BigInt(now.rows), 'row')}, and not counted before, so what arrived cannot be told`,
      };
    const delta = BigInt(now.rows) - BigInt(started);
    if (!own) {
      const text = `${now.table}: ${formatCount(BigInt(started))} → ${formatCount(BigInt(now.rows))}`;
      const nothing = load.kind === 'command' && load.status === 'ok' && delta === 0n;
      return {
        level: nothing ? 'warn' : 'pass',
        text: nothing ? `${text}, not one row more although the command said ok` : text,
      };
    }
    return judgeTable(now, was, own, delta, options);
  });
  const worst = judged.find((one) => one.level === 'fail') ?? judged.find((one) => one.level === 'warn');
  const because = [...judged.map((one) => one.text), ...partitionLines(facts)];
  if (!worst) return pass(judged.map((one) => one.text).join('; '), { because: partitionLines(facts) });
  const remedies = judged.flatMap((one) => one.why ?? []);
  return worst.level === 'fail' ? fail(worst.text, { because, remedies }) : warn(worst.text, { because, remedies });
}

function judgeTable(now: Counted, was: Counted | undefined, own: TableLoad, delta: bigint, options: Options): Judged {
  const sent = BigInt(Math.max(own.rows_sent, own.status === 'ok' ? own.rows_written : 0));
  const written = BigInt(own.rows_written);
  const numbers = `${now.table}: ${formatCount(sent)} sent, ${formatCount(written)} acknowledged (${own.rows_written_from}), ${formatCount(delta)} more in the table`;
  if (own.status === 'empty' || (sent === 0n && own.status === 'ok')) {
    if (own.bytes > 0 && own.rows_read !== 0)
      return {
        level: 'fail',
        text: `${numbers}: the source is not empty (${own.bytes} bytes), and no row came of it`,
        why: ['Check the format of the source: --format'],
      };
    return { level: 'warn', text: `${now.table}: the source held no rows, nothing was loaded` };
  }
  if (own.status !== 'ok') {
    const text = `${numbers}; the load ended as ${own.status}`;
    if (delta === written) return { level: 'pass', text: `${text}, and the table holds exactly what was acknowledged` };
    if (delta < written || delta > sent) return { level: 'fail', text };
    return { level: 'warn', text: `${text}: blocks without an answer were stored in part` };
  }
  const resumed = resumedCounts(own, delta);
  if (resumed) return { level: 'pass', text: `${now.table}: ${resumed}` };
  if (delta === sent) {
    // Loaded twice by mistake looks just so, and nothing else would say it.
    const held = delta === 0n ? 0n : BigInt(now.rows ?? '0') - delta;
    const beside = held > 0n ? `, beside the ${formatCount(held)} that it held before` : '';
    const same = held > 0n && held % delta === 0n ? ', a multiple of it: was this source loaded before?' : '';
    return { level: 'pass', text: `${now.table}: ${plural(delta, 'row')} sent and stored${beside}${same}` };
  }
  if (delta > sent)
    return {
      level: options.other_writers ? 'pass' : 'fail',
      text: `${numbers}: ${plural(delta - sent, 'row')} more than were sent`,
      why: [
        'Others may write to this table at the same time: look at system.query_log, and if that is meant, set other_writers: true for row-counts',
        'A block sent again after a lost answer is stored twice where nothing deduplicates',
      ],
    };
  if (MERGING.test(now.engine)) return merged(now, was, sent, delta, numbers);
  return {
    level: 'fail',
    text: `${numbers}: ${plural(sent - delta, 'row')} fewer than were sent`,
    why: whyFewer(now, written, sent, delta),
  };
}

/** Engines that join rows of one key: fewer rows than were sent are their purpose. */
function merged(now: Counted, was: Counted | undefined, sent: bigint, delta: bigint, numbers: string): Judged {
  const final =
    now.rows_final === null || was?.rows_final == null ? undefined : BigInt(now.rows_final) - BigInt(was.rows_final);
  const keys = final === undefined ? '' : `; with FINAL ${formatCount(final)} more`;
  if (delta === 0n && (final ?? 0n) === 0n)
    return {
      level: 'warn',
      text: `${numbers}${keys}: either every key was there already and is merged, or nothing was stored`,
      why: [
        `Look for new parts: SELECT event_time, event_type, rows FROM system.part_log WHERE concat(database, '.', table) = '${now.table}' ORDER BY event_time DESC LIMIT 20`,
      ],
    };
  return {
    level: 'pass',
    text: `${numbers}${keys}: ${now.engine} joins rows of one key (${formatCount(sent - delta)} so far)`,
  };
}
