import { formatCount, plural } from '../../kernel/format.ts';
import type { Finding } from '../../model/finding.ts';
import { REASONS, type Reason, type RejectedRow, type Rejection } from '../../model/reject.ts';
import type { Rule } from '../../model/rule.ts';
import { pagePath } from '../page.ts';

/** Reasons that are known to diagnosis by another name. */
const CAUSE_OF: Partial<Record<Reason, string>> = {
  row_not_json: 'payload_corrupted_before_insert',
  row_ambiguous: 'payload_corrupted_before_insert',
  row_truncated: 'input_truncated',
  date_not_parsable: 'value_not_parsable_for_type',
  uuid_not_parsable: 'value_not_parsable_for_type',
  ip_not_parsable: 'value_not_parsable_for_type',
  float_overflow_silent: 'integer_overflow_silent',
  refused_by_view: 'mv_expression_error',
};

const SILENT = new Set<Reason>([
  'integer_overflow_silent',
  'float_overflow_silent',
  'datetime_overflow_wraps',
  'null_or_nan_replaced_by_default',
  'decimal_scale_exceeded',
]);

/** Rows that are none. */
const BROKEN = new Set<Reason>(['row_not_json', 'row_ambiguous']);

/** Rows told one by one below a finding. */
const SHOWN = 5;

export const badRows: Rule = {
  id: 'bad-rows',
  page: 'bad-rows',
  causes: [...new Set(reasonIds().map(causeOf))],
  explain({ ingestion }) {
    const { rejection } = ingestion;
    if (rejection === undefined || rejection.rows === 0) return [];
    const byCause = new Map<string, Rejection['groups']>();
    for (const group of rejection.groups) {
      const cause = causeOf(group.reason);
      byCause.set(cause, [...(byCause.get(cause) ?? []), group]);
    }
    return [...byCause].map(([cause, groups]): Finding => {
      const reasons = new Set(groups.map(({ reason }) => reason));
      const rows = groups.reduce((sum, group) => sum + group.rows, 0);
      const examples = rejection.examples.filter(({ reason }) => reasons.has(reason));
      return {
        cause,
        side: sideOf(groups, rejection.mode),
        confidence: 'certain',
        summary: `${plural(rows, 'row')} ${verb(rejection)}: ${groups.map(groupText).join('; ')}`,
        because: examples.slice(0, SHOWN).map((row) => ({ text: rowText(row), file: 'data/results.json' })),
        alternatives: [],
        remedies: remediesFor(rejection, groups),
        page: pagePath('bad-rows'),
      };
    });
  },
};

/** What the server refuses is on its side, as for any other client; what was broken before it was sent, is not. */
function sideOf(groups: Rejection['groups'], mode: Rejection['mode']): Finding['side'] {
  if (groups.every(({ reason }) => SILENT.has(reason)) && mode !== 'fail') return 'silent';
  return groups.every(({ reason }) => BROKEN.has(reason)) ? 'client' : 'server';
}

function reasonIds(): Reason[] {
  // The table's own keys.
  return Object.keys(REASONS) as Reason[];
}

function causeOf(reason: Reason): string {
  return CAUSE_OF[reason] ?? reason;
}

function verb({ mode, complete }: Rejection): string {
  if (mode === 'quarantine') return 'kept back';
  if (mode === 'rehearsal') return 'would not be stored as sent';
  return complete ? 'cannot be stored' : 'of the refused batch cannot be stored';
}

function groupText({ reason, column, type, rows }: Rejection['groups'][number]): string {
  const where = column === undefined ? '' : `${column}${type === undefined ? '' : ` ${type}`}: `;
  return `${where}${REASONS[reason]} (${plural(rows, 'row')})`;
}

/** `orders.ndjson, row 7, byte 512, column qty Int32: text of 4 characters; the value is …` */
export function rowText({ source, row, offset, column, type, constraint, view, shape, reason }: RejectedRow): string {
  const place = [
    source,
    `row ${formatCount(row)}`,
    ...(offset === undefined ? [] : [`byte ${offset}`]),
    ...(column === undefined ? [] : [`column ${column}${type === undefined ? '' : ` ${type}`}`]),
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
    ...(view === undefined ? [] : [`view ${view}`]),
  ];
  return `${place.join(', ')}: ${shape}; ${REASONS[reason]}`;
}

function remediesFor({ mode, files, reproducer }: Rejection, groups: Rejection['groups']): string[] {
  const ours = groups.some(({ reason, column }) => reason === reproducer?.reason && column === reproducer.column);
  const again = reproducer === undefined || !ours ? [] : [`Try one such row by itself: ${reproducer.curl}`];
  if (mode === 'quarantine') {
    const [rows, reasons] = files;
    return [
      `Mend the rows in ${rows ?? 'the reject file'} (why: ${reasons ?? 'beside it'}) and load that file`,
      ...again,
    ];
  }
  const iso = groups.some(({ reason }) => reason === 'datetime_iso8601_basic_parser');
  return [
    ...(iso
      ? ['Load with --setting date_time_input_format=best_effort (slower, and it takes more forms than may be meant)']
      : []),
    'Mend these rows where they come from, or load the others with --on-error quarantine --reject-file FILE',
    ...again,
  ];
}
