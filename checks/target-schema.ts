import {
  defineCheck,
  diffSchemas,
  fail,
  mendingStatements,
  messageOf,
  type NormalisedSchemas,
  type Probe,
  pass,
  plural,
  type SchemaDifference,
  schemaDifference,
  skip,
  type TableSchema,
  tableName,
  tableText,
  warn,
  z,
} from '../src/api.ts';

const column = z.strictObject({
  name: z.string(),
  type: z.string(),
  default_kind: z.string(),
  default_expression: z.string(),
  codec: z.string(),
  comment: z.string(),
});

const structure = z.strictObject({
  name: tableName,
  engine: z.string(),
  engine_full: z.string(),
  create_query: z.string(),
  sorting_key: z.string(),
  primary_key: z.string(),
  partition_key: z.string(),
  sampling_key: z.string(),
  columns: z.array(column),
});

const facts = z.strictObject({
  /** Structures as the target itself prints them: before and after are printed alike. */
  tables: z.array(structure),
  /** DDL files against the target; undefined where there are none, or they could not be compared. */
  expected: z
    .strictObject({
      files: z.int(),
      tables: z.int(),
      differences: z.array(schemaDifference),
      problems: z.array(z.string()),
    })
    .optional(),
  /** Why DDL files were not compared. */
  not_compared: z.string().optional(),
});
type Facts = z.infer<typeof facts>;

async function compare(probe: Probe): Promise<{ found: Facts['expected']; tables: TableSchema[] }> {
  const files = await probe.schemaFiles();
  const expected: NormalisedSchemas = await probe.normalise(files);
  const asked = new Set(probe.tables.map(tableText));
  const wanted =
    asked.size === 0 ? expected.tables : expected.tables.filter((table) => asked.has(tableText(table.name)));
  const names = [
    ...wanted.map((table) => table.name),
    ...probe.tables.filter((name) => !wanted.some((table) => tableText(table.name) === tableText(name))),
  ];
  const tables = await probe.schema(names);
  const printed = tables.map((table) => ({ source: tableText(table.name), text: table.create_query }));
  const actual = await probe.normalise(printed);
  // A table that the embedded engine could not read is no missing table.
  const readable = new Set(actual.tables.map((table) => tableText(table.name)));
  const unreadable = new Set(tables.map((table) => tableText(table.name)).filter((name) => !readable.has(name)));
  const comparable = wanted.filter((table) => !unreadable.has(tableText(table.name)));
  const differences = diffSchemas(comparable, actual.tables);
  const problems = [...expected.problems, ...actual.problems];
  return { found: { files: files.length, tables: comparable.length, differences, problems }, tables };
}

function told(differences: readonly SchemaDifference[]): string[] {
  return differences.map((one) => `${one.table}: ${one.message}`);
}

function judgeChange(before: Facts, after: Facts): SchemaDifference[] {
  return diffSchemas(before.tables, after.tables).filter((one) => one.severity !== 'info');
}

export default defineCheck<Facts>({
  id: 'target-schema',
  title: 'The target tables are as their DDL says, and stayed so',
  failureTitle: 'The target tables are not as their DDL says, or changed during the load',
  why: 'A missing column, another type or another key makes rows fail, or land in the wrong place without a word.',
  phases: ['before', 'after'],
  needs: ['http'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,

  async collect(probe) {
    if (probe.schemaDir === undefined) {
      return {
        tables: await probe.schema(),
        not_compared: 'no folder of DDL files was named, and there is no sql/schema',
      };
    }
    try {
      const { found, tables } = await compare(probe);
      return { tables, expected: found };
    } catch (error) {
      return { tables: await probe.schema(), not_compared: messageOf(error) };
    }
  },

  judge(now, { before, phase }) {
    const changed = phase === 'after' && before ? judgeChange(before, now) : [];
    if (changed.length > 0) {
      return fail(`the schema changed during the load: ${plural(changed.length, 'difference')}`, {
        because: told(changed).map((line) => `${line} (expected: as before the load)`),
        remedies: ['find out who altered the table while the load was running, and load again'],
      });
    }
    const stayed =
      phase === 'after' && before && now.tables.length > 0
        ? `${plural(now.tables.length, 'table')} unchanged since before the load`
        : '';
    if (!now.expected) {
      if (stayed !== '') return pass(stayed);
      const remedies = ['put the CREATE statements into sql/schema, or name their folder in the configuration'];
      return skip(now.not_compared ?? 'there was nothing to compare', { remedies });
    }
    const { differences, problems, tables, files } = now.expected;
    const wrong = differences.filter((one) => one.severity === 'error');
    const odd = differences.filter((one) => one.severity === 'warn');
    const because = [...told([...wrong, ...odd]), ...problems.map((problem) => `not compared: ${problem}`)];
    const remedies = mendingStatements([...wrong, ...odd]);
    if (wrong.length > 0)
      return fail(`${plural(wrong.length, 'difference')} between the DDL and the target`, { because, remedies });
    if (odd.length > 0)
      return warn(`${plural(odd.length, 'difference')} that a load can live with`, { because, remedies });
    if (problems.length > 0) return warn(`${plural(problems.length, 'statement')} could not be compared`, { because });
    if (tables === 0)
      return stayed === '' ? skip(`${plural(files, 'DDL file')} with none of these tables`) : pass(stayed);
    return pass([`${plural(tables, 'table')} as the DDL says`, ...(stayed === '' ? [] : [stayed])].join('; '));
  },
});
