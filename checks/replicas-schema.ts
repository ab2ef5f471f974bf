import {
  askNodes,
  askReplicas,
  defineCheck,
  diffSchemas,
  fail,
  mendingStatements,
  nodeText,
  pass,
  plural,
  replicaNode,
  replicaNodes,
  skip,
  type TableSchema,
  tableText,
  unreachable,
  warn,
  z,
} from '../src/api.ts';

const text = z.string().default('');
const column = z.strictObject({
  name: z.string(),
  type: z.string(),
  default_kind: text,
  default_expression: text,
  codec: text,
  comment: text,
});
const table = z.strictObject({
  name: z.strictObject({ database: z.string(), table: z.string() }),
  engine: z.string(),
  engine_full: text,
  create_query: text,
  sorting_key: text,
  primary_key: text,
  partition_key: text,
  sampling_key: text,
  columns: z.array(column),
});
const facts = z.strictObject({
  ...replicaNodes.shape,
  /** Of each replica that answered. */
  schemas: z.array(z.strictObject({ node: replicaNode, tables: z.array(table), error: z.string().optional() })),
});

type TableRow = { database: string; table: string; engine: string } & Partial<Record<keyof TableSchema, string>>;
type ColumnRow = { database: string; table: string; name: string; type: string } & Record<string, string>;

export default defineCheck<z.infer<typeof facts>>({
  id: 'replicas-schema',
  title: 'The tables have the same structure on every replica',
  failureTitle: 'The structure of a table differs between replicas, or one of them could not be asked',
  why: 'Which replica an INSERT meets is chance: with different structures the same load works one time and fails the next.',
  phases: ['before', 'after'],
  needs: ['http', 'cluster', 'tables', 'system.clusters', 'system.tables', 'system.columns'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,
  async collect(probe) {
    const found = await askNodes(probe);
    const params = {
      databases: probe.tables.map(({ database }) => database),
      tables: probe.tables.map((name) => name.table),
    };
    const tables = await askReplicas<TableRow>(probe, found, 'tables', params);
    const columns = await askReplicas<ColumnRow>(probe, found, 'columns', params);
    const wanted = new Set(probe.tables.map(tableText));
    const schemas = tables.flatMap(({ node, rows, error }, index) => {
      if (node.error !== undefined) return [];
      const own = columns[index];
      const why = error ?? own?.error;
      const named = (rows ?? []).map((row) => {
        const name = { database: row.database, table: row.table };
        const those = (own?.rows ?? []).filter((one) => one.database === row.database && one.table === row.table);
        return table.parse({
          ...pick(row, [
            'engine',
            'engine_full',
            'create_query',
            'sorting_key',
            'primary_key',
            'partition_key',
            'sampling_key',
          ]),
          name,
          columns: those.map((one) => pick(one, ['name', 'type', 'default_kind', 'default_expression', 'codec'])),
        });
      });
      const inQuestion = named.filter((one) => wanted.has(tableText(one.name)));
      return [{ node, tables: inQuestion, ...(why === undefined ? {} : { error: why }) }];
    });
    return { ...found, schemas };
  },
  judge(facts) {
    const [first, ...others] = facts.schemas.filter((one) => one.error === undefined);
    const silent = [
      ...unreachable(facts),
      ...facts.schemas.flatMap(({ node, error }) => (error === undefined ? [] : [`${nodeText(node)}: ${error}`])),
    ];
    if (!first) return skip(`no replica of ${facts.cluster} could be asked for its structures`, { because: silent });
    const compared = others.map(({ node, tables }) => {
      const missing = tables.filter(
        (one) => !first.tables.some((other) => tableText(other.name) === tableText(one.name)),
      );
      return {
        node,
        differences: diffSchemas(first.tables, tables).filter((one) => one.severity !== 'info'),
        extra: missing.map(
          (one) => `table ${tableText(one.name)} is on ${nodeText(node)} and not on ${nodeText(first.node)}`,
        ),
      };
    });
    const lines = compared.flatMap(({ node, differences, extra }) => [
      ...differences.map(
        (one) =>
          `on ${nodeText(node)}, ${one.table}: ${one.message.replace('is not in the DDL', 'is there')} (expected: as on ${nodeText(first.node)})`,
      ),
      ...extra,
    ]);
    const because = [...lines, ...silent];
    if (lines.length > 0) {
      const names = compared
        .filter((one) => one.differences.length + one.extra.length > 0)
        .map((one) => nodeText(one.node));
      return fail(
        `the structure on ${names.join(', ')} is another than on ${nodeText(first.node)}: ${plural(lines.length, 'difference')}`,
        {
          because,
          remedies: compared.flatMap(({ node, differences }) =>
            mendingStatements(differences).map((statement) => `on ${nodeText(node)}: ${statement}`),
          ),
        },
      );
    }
    const count = plural(first.tables.length, 'table');
    const all = plural(others.length + 1, 'replica');
    if (silent.length > 0)
      return warn(`${count} the same on ${all}; ${plural(silent.length, 'replica')} could not be asked`, { because });
    return pass(`${count} the same on ${all}`);
  },
});

function pick(row: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])));
}
