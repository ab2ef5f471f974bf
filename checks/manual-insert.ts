import {
  defineCheck,
  fail,
  type InsertLadder,
  insertByLadder,
  insertLadder,
  parseTable,
  pass,
  plural,
  skip,
  tableText,
  z,
} from '../src/api.ts';

const facts = z.strictObject({
  ladders: z.array(insertLadder),
  /** Tables that were asked for and are not visible. */
  absent: z.array(z.string()),
});

function lines(ladder: InsertLadder): string[] {
  return [
    ...ladder.steps.map((step) => `${ladder.table}: ${step.step}: ${step.message}`),
    ...ladder.columns_left.map((left) => `${ladder.table}.${left.column} was not tried: ${left.reason}`),
  ];
}

function stepsOf(ladders: readonly InsertLadder[], status: 'failed' | 'skipped') {
  return ladders.flatMap((ladder) =>
    ladder.steps.filter((step) => step.status === status).map((step) => ({ ladder, step })),
  );
}

export default defineCheck<z.infer<typeof facts>>({
  id: 'manual-insert',
  title: 'A test row can be inserted into tables of this structure, by this user, over this protocol',
  failureTitle: 'A test row cannot be inserted',
  why: 'When the same user can insert a valid row over the same interface, a failing load is at fault itself, not the grants, the table or the network.',
  phases: ['before', 'after'],
  needs: ['http', 'tables'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,

  async collect(probe) {
    const tables = await probe.schema();
    const found = new Set(tables.map((table) => tableText(table.name)));
    const ladders: InsertLadder[] = [];
    for (const table of tables) ladders.push(await insertByLadder(probe, table));
    return { ladders, absent: probe.tables.map(tableText).filter((name) => !found.has(name)) };
  },

  judge({ ladders, absent }) {
    const because = ladders.flatMap(lines);
    const failed = stepsOf(ladders, 'failed');
    const skipped = stepsOf(ladders, 'skipped');
    const remedies = [...failed, ...skipped].flatMap(({ step }) => step.remedy ?? []);
    const [first] = failed;
    if (first) return fail(`${first.ladder.table}: ${first.step.message}`, { because, remedies });
    const missing = absent.map(
      (name) => `${parseTable(name, '') ? name : 'a table'} is not visible to this user, or does not exist`,
    );
    if (ladders.length === 0) return skip(missing.join('; ') || 'no table was named', { because: missing });
    const tried = ladders.filter((ladder) => ladder.columns_tried.length > 0);
    const [why] = skipped;
    if (tried.length === 0) return skip(why?.step.message ?? 'no column could be tried', { because, remedies });
    const left = ladders.reduce((sum, ladder) => sum + ladder.columns_left.length, 0);
    const columns = tried.reduce((sum, ladder) => sum + ladder.columns_tried.length, 0);
    const rest = left === 0 ? '' : `, ${plural(left, 'column')} not tried`;
    const skippedTables = ladders.length - tried.length;
    const others = skippedTables === 0 ? '' : `, ${plural(skippedTables, 'table')} passed over`;
    const message = `${plural(columns, 'column')} of ${plural(tried.length, 'table')} stored and read back${rest}${others}`;
    return pass(message, { because: [...because, ...missing], remedies });
  },
});
