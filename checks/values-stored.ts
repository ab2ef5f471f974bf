import { defineCheck, fail, pass, plural, type StoredTable, skip, storedTable, warn, z } from '../src/api.ts';

const facts = z.strictObject({ tables: z.array(storedTable).nullable() });
type Changed = StoredTable['changed'][number];

/** Another value stands where this one was sent; the rest lose something that may be meant to be lost. */
const ANOTHER_VALUE = new Set<Changed['reason']>([
  'integer_overflow_silent',
  'float_overflow_silent',
  'datetime_overflow_wraps',
]);

const WHAT: Partial<Record<Changed['reason'], string>> = {
  integer_overflow_silent: 'numbers outside the range of the type were stored as other numbers',
  float_overflow_silent: 'numbers outside the range of the type were stored as infinity',
  datetime_overflow_wraps:
    'dates or times were stored as others: they do not exist, are outside the range of the type, or were shifted',
  null_or_nan_replaced_by_default: 'NULL was stored as a default',
  decimal_scale_exceeded: 'decimals that the type does not hold were dropped',
};

function changedText(
  table: string,
  { source, column, type, reason, rows, first_row }: Changed,
  sample: number,
): string {
  return `${table}.${column} ${type}: ${WHAT[reason] ?? reason} (${rows} of ${plural(sample, 'sampled row')}, the first ${source} row ${first_row})`;
}

export default defineCheck<z.infer<typeof facts>>({
  id: 'values-stored',
  title: 'A sample of the rows that were sent is stored as it was sent',
  failureTitle: 'Values are stored otherwise than they were sent',
  why: 'ClickHouse does not check ranges when it reads text: a number too large, a date that does not exist, a NULL for a plain column and a field without a column all become something else, without an error.',
  phases: ['after'],
  needs: ['http'],
  factsVersion: 1,
  facts,
  async collect(probe) {
    return { tables: probe.load?.stored ?? null };
  },
  judge({ tables }, { load }) {
    if (tables === null || tables.every(({ rows }) => rows === 0))
      return skip(
        load?.kind === 'load'
          ? `no row was sampled: ${load.api !== undefined ? 'rows of an API are not, since they may be about persons' : 'none of this load was stored, or none could be read back'}`
          : 'only rows that the built-in load sends can be laid beside what is stored',
      );
    const changed = tables.flatMap((table) =>
      table.changed.map((one) => ({ table: table.table, one, sample: table.rows })),
    );
    const lines = [
      ...changed.map(({ table, one, sample }) => changedText(table, one, sample)),
      ...tables.flatMap(({ table, dropped }) =>
        dropped.map(
          ({ source, field, rows, first_row }) =>
            `${table} has no column ${field}: dropped from ${plural(rows, 'sampled row')}, the first ${source} row ${first_row}`,
        ),
      ),
      ...tables.flatMap(({ table, rows, absent }) =>
        absent === undefined || absent === 0
          ? []
          : [
              `${table} does not hold ${absent} of ${plural(rows, 'sampled row')}: merged with others, deleted, or never stored`,
            ],
      ),
    ];
    const notes = tables.flatMap(({ table, notes }) => notes.map((text) => `${table}: ${text}`));
    const because = [...lines, ...notes];
    const worst = changed.find(({ one }) => ANOTHER_VALUE.has(one.reason));
    if (worst)
      return fail(changedText(worst.table, worst.one, worst.sample), {
        because,
        remedies: [
          `Give the column a type that holds the values, or keep such rows back with --on-error quarantine --reject-file FILE`,
        ],
      });
    const [first] = lines;
    if (first !== undefined)
      return warn(first, {
        because,
        remedies: [
          'Make the column Nullable or wider, or add the missing one; where it is meant, say so with input_format_null_as_default or input_format_skip_unknown_fields under load.settings',
        ],
      });
    const sampled = tables.reduce((sum, { rows }) => sum + rows, 0);
    if (notes.length === tables.length) return skip(notes[0] ?? 'nothing could be compared', { because: notes });
    return pass(`${plural(sampled, 'sampled row')} stored as sent`, { because: notes });
  },
});
