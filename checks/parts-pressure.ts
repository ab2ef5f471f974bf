import { defineCheck, fail, formatCount, pass, plural, skip, tableSql, tableText, warn, z } from '../src/api.ts';

const table = z.strictObject({
  database: z.string(),
  table: z.string(),
  /** Limits in force for this table: its own settings over the server's. 0: no limit. */
  parts_to_delay_insert: z.number(),
  parts_to_throw_insert: z.number(),
  max_parts_in_total: z.number(),
  /** Active parts by partition, the busiest first, at most a hundred. */
  partitions: z.array(z.strictObject({ partition: z.string(), parts: z.number() })),
  /** Of all partitions. */
  parts: z.number(),
});
type Table = z.infer<typeof table>;
const facts = z.strictObject({ tables: z.array(table) });

const options = z.strictObject({
  /** Percentage of a limit from which it warns. */
  warn_percent: z.number().min(1).max(100).default(80),
});

const LIMITS = ['parts_to_delay_insert', 'parts_to_throw_insert', 'max_parts_in_total'] as const;

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'parts-pressure',
  title: 'Merges keep up with the inserts',
  failureTitle: 'Merges do not keep up with the inserts',
  why: 'Each insert makes a part in each partition it touches. Over one limit the server slows inserts down, over the next it refuses them (TOO_MANY_PARTS, 252).',
  phases: ['before', 'after'],
  needs: ['http', 'tables', 'system.parts', 'system.merge_tree_settings'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const schemas = (await probe.schema()).filter((one) => one.engine.endsWith('MergeTree'));
    if (schemas.length === 0) return { tables: [] };
    const server = await probe.sql<{ name: string; value: string }>('merge-tree-settings', { names: [...LIMITS] });
    const counts = await probe.sql<{ database: string; table: string; partition: string; parts: string }>(
      'part-counts',
      {
        databases: schemas.map((one) => one.name.database),
        tables: schemas.map((one) => one.name.table),
      },
    );
    return {
      tables: schemas.map(({ name, engine_full }) => {
        const limit = (key: string) =>
          Number(tableSetting(engine_full, key) ?? server.find((one) => one.name === key)?.value ?? 0);
        const mine = counts
          .filter((one) => one.database === name.database && one.table === name.table)
          .map((one) => ({ partition: one.partition, parts: Number(one.parts) }));
        return {
          database: name.database,
          table: name.table,
          parts_to_delay_insert: limit('parts_to_delay_insert'),
          parts_to_throw_insert: limit('parts_to_throw_insert'),
          max_parts_in_total: limit('max_parts_in_total'),
          partitions: mine.slice(0, 100),
          parts: mine.reduce((sum, one) => sum + one.parts, 0),
        };
      }),
    };
  },
  judge(facts, { options }) {
    if (facts.tables.length === 0) return skip('none of the tables is a MergeTree table, so none has parts');
    const judged = facts.tables.map((one) => judgeTable(one, options.warn_percent));
    const worst = judged.find((one) => one.level === 'fail') ?? judged.find((one) => one.level === 'warn');
    const lines = judged.map((one) => one.text);
    if (!worst) return pass(lines[0] ?? '', { because: lines.slice(1) });
    const detail = { because: lines, remedies: worst.remedies };
    return worst.level === 'fail' ? fail(worst.text, detail) : warn(worst.text, detail);
  },
});

/** A setting in the SETTINGS clause that the server prints with the engine. */
function tableSetting(engineFull: string, key: string): string | undefined {
  const clause = /\bSETTINGS\b([\s\S]*)$/.exec(engineFull)?.[1] ?? '';
  return new RegExp(`\\b${key}\\s*=\\s*'?(\\d+)`).exec(clause)?.[1];
}

function judgeTable(
  one: Table,
  warnPercent: number,
): { level: 'pass' | 'warn' | 'fail'; text: string; remedies: string[] } {
  // The busiest partition decides, not the table's total: the limits hold for each partition.
  const busiest = one.partitions[0] ?? { partition: '', parts: 0 };
  const name = tableText(one);
  const where =
    busiest.partition === 'tuple()' || busiest.partition === '' ? name : `${name}, partition ${busiest.partition}`;
  const limits = `slowed from ${one.parts_to_delay_insert || 'no limit'}, refused from ${one.parts_to_throw_insert || 'no limit'}`;
  const text = `${where}: ${plural(busiest.parts, 'active part')} (inserts ${limits})`;
  const remedies = [
    'Insert fewer and larger blocks: 10 000 rows and more in one INSERT, sorted by partition',
    `Watch the merges: SELECT elapsed, progress, num_parts FROM system.merges WHERE database = '${one.database}' AND table = '${one.table}'`,
    `Merge by hand while nothing is loaded: OPTIMIZE TABLE ${tableSql(one)}`,
  ];
  const reaches = (parts: number, limit: number, percent = 100) => limit > 0 && parts * 100 >= limit * percent;
  if (reaches(busiest.parts, one.parts_to_throw_insert))
    return { level: 'fail', text: `${text}: inserts are refused`, remedies };
  if (reaches(one.parts, one.max_parts_in_total))
    return {
      level: 'fail',
      text: `${name}: ${formatCount(one.parts)} active parts in all partitions, at the limit max_parts_in_total = ${one.max_parts_in_total}: inserts are refused`,
      remedies,
    };
  if (reaches(busiest.parts, one.parts_to_delay_insert))
    return { level: 'warn', text: `${text}: inserts are slowed down`, remedies };
  const nearest = [one.parts_to_delay_insert, one.parts_to_throw_insert].find((limit) =>
    reaches(busiest.parts, limit, warnPercent),
  );
  if (nearest !== undefined)
    return {
      level: 'warn',
      text: `${text}: ${Math.floor((busiest.parts / nearest) * 100)} % of the limit ${nearest}`,
      remedies,
    };
  return { level: 'pass', text, remedies: [] };
}
