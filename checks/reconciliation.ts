import {
  accountLine,
  controlSentence,
  countedBounds,
  defineCheck,
  fail,
  type Probe,
  pass,
  reconcile,
  skip,
  type TableName,
  tableText,
  windowWithMargin,
  z,
} from '../src/api.ts';

/** UInt64 as text; absent where it could not be had, with the reason among the notes. */
const rows = z.string().regex(/^\d+$/).optional();
const table = z.strictObject({
  /** `database.table` */
  table: z.string(),
  engine: z.string(),
  rows,
  rows_final: rows,
  logged: rows,
  in_parts: rows,
});
const facts = z.strictObject({ tables: z.array(table), notes: z.array(z.string()) });
type Facts = z.infer<typeof facts>;

const options = z.strictObject({
  /** Largest table counted with FINAL. */
  final_max_rows: z.number().nonnegative().default(50_000_000),
});
type Options = z.infer<typeof options>;

/** The window of the logs begins and ends this much wider, s. */
const MARGIN_S = 5;
const COUNTED = /MergeTree$|^(Memory|Log|TinyLog|StripeLog|Distributed)$/;
const WITH_FINAL = /(Replacing|Collapsing)/;

export default defineCheck<Facts, Options>({
  id: 'reconciliation',
  title: 'Every row that was read is accounted for',
  failureTitle: 'Rows are not accounted for',
  why: 'Read, sent, acknowledged, logged, in parts, counted: each is another’s word. Where two of them differ and nothing explains it, rows are lost or doubled.',
  phases: ['before', 'after'],
  needs: ['http', 'tables'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe, options) {
    const schemas = await probe.schema();
    const notes: string[] = [];
    const tables: Facts['tables'] = [];
    for (const name of probe.tables) {
      const schema = schemas.find((one) => tableText(one.name) === tableText(name));
      const engine = schema?.engine ?? '';
      const counts = COUNTED.test(engine) ? await count(probe, name, engine, options) : {};
      tables.push({ table: tableText(name), engine, ...counts, ...(await witnesses(probe, name, notes)) });
    }
    return { tables, notes: [...new Set(notes)] };
  },
  judge(facts, { before, load, phase }) {
    if (phase === 'before') return pass('counted, to be held against what the load will say');
    if (load?.api?.dry_run === true) return skip('a dry run sends nothing, so there is nothing to count');
    if (load?.kind !== 'load' || load.tables.length === 0) return skip('there was no load to hold the counts against');
    const accounts = load.tables.map((own) => {
      const now = facts.tables.find((one) => one.table === tableText(own.table));
      const was = before?.tables.find((one) => one.table === tableText(own.table));
      const account = reconcile(own, {
        engine: now?.engine ?? '',
        before: number(was?.rows ?? (own.created ? '0' : undefined)),
        after: number(now?.rows),
        finalBefore: number(was?.rows_final),
        finalAfter: number(now?.rows_final),
        logged: load.tables.length === 1 ? number(now?.logged) : undefined,
        inParts: number(now?.in_parts),
      });
      return { own, account };
    });
    const lines = accounts.flatMap(({ own, account }) => [
      `${tableText(own.table)}: ${accountLine(account)}`,
      ...account.explained,
    ]);
    const differences = accounts.flatMap(({ account }) => account.differences);
    const because = [...lines, ...facts.notes];
    if (differences.length === 0) return pass(lines[0] ?? '', { because: because.slice(1) });
    return fail(differences.join('; '), { because });
  },
});

const number = (text: string | undefined) => (text === undefined ? undefined : BigInt(text));

async function count(probe: Probe, name: TableName, engine: string, options: Options) {
  try {
    const [found] = await probe.sql<{ rows: string }>('row-count', { ...name });
    const final =
      WITH_FINAL.test(engine) && Number(found?.rows) <= options.final_max_rows
        ? await probe.sql<{ rows: string }>('row-count-final', { ...name })
        : [];
    return {
      ...(found === undefined ? {} : { rows: found.rows }),
      ...(final[0] === undefined ? {} : { rows_final: final[0].rows }),
    };
  } catch (error) {
    if (probe.signal.aborted) throw error;
    return {};
  }
}

/** What the server's own logs say; only where a control query shows that they can be believed. */
async function witnesses(probe: Probe, name: TableName, notes: string[]) {
  if (probe.phase === 'before' || probe.load?.kind !== 'load') return {};
  const control = await probe.control();
  if (control.query_log.outcome !== 'seen') {
    notes.push(controlSentence(control, 'query_log'));
    return {};
  }
  const { from, to } = countedBounds(windowWithMargin(probe.window, MARGIN_S), probe.capabilities.clock_uncertainty_ms);
  const bounds = { from, to, prefix: `chwitness-${control.run_id}-load-` };
  const ask = async (file: string, params: Record<string, string>) => {
    try {
      const [found] = await probe.sql<{ rows: string | null }>(file, { ...bounds, ...params });
      return found?.rows ? found.rows : undefined;
    } catch (error) {
      if (probe.signal.aborted) throw error;
      return undefined;
    }
  };
  const logged = await ask('load-written', {});
  const hasIds = probe.capabilities.system.part_log?.includes('query_id') === true;
  const own = probe.load.tables.find((one) => tableText(one.table) === tableText(name));
  // Staged rows make their parts in another table.
  const inParts = hasIds && own?.guarantee?.staged !== true ? await ask('load-parts', { ...name }) : undefined;
  if (!hasIds) notes.push('part_log was not asked: it is off, not visible, or does not name queries on this version');
  return { ...(logged === undefined ? {} : { logged }), ...(inParts === undefined ? {} : { in_parts: inParts }) };
}
