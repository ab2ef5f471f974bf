import type { Rule } from '../../model/rule.ts';
import { tableText } from '../../model/table.ts';

/** The load said ok, the counts say otherwise: nothing in the error channels can name this, only the counts. */
export const rowsMissing: Rule = {
  id: 'rows-missing',
  causes: ['dedup_identical_block'],
  explain(evidence) {
    const { ingestion, checks } = evidence;
    const counts = checks.find((check) => check.id === 'row-counts' && check.phase === 'after');
    if (ingestion.status !== 'ok' || counts?.status !== 'fail') return [];
    const sent = ingestion.tables.map(
      (load) => `${tableText(load.table)}: ${load.rows_sent} sent, ${load.rows_written} acknowledged`,
    );
    return [
      {
        cause: 'dedup_identical_block',
        side: 'silent',
        confidence: 'possible',
        summary: `No error anywhere, and yet the table does not hold what was sent: ${counts.message}`,
        because: [
          { text: counts.message, ...(counts.facts === undefined ? {} : { file: counts.facts }) },
          ...sent.map((text) => ({ text })),
        ],
        alternatives: [
          {
            cause: 'mv_failed_then_retry_deduplicated',
            summary: 'an earlier attempt stored the block',
            question: 'Was the same input loaded before? Then its blocks are dropped as duplicates',
          },
          {
            cause: 'async_insert_parse_error_hidden',
            summary: 'asynchronous inserts failed after the answer',
            question: 'Is async_insert on with wait_for_async_insert = 0? See server-settings',
          },
        ],
        remedies: [
          'Compare system.part_log of the window with the rows sent',
          'If the same data was meant to be stored twice, load it with another insert_deduplication_token',
        ],
      },
    ];
  },
};
