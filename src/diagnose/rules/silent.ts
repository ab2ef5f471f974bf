import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here } from '../signals.ts';

const ROWS_COMPARE = 'Compare the rows sent with part_log (NewPart) and count() of the table';

/** No error for the client, and yet rows are missing or other: only side lines tell. */
export const silent = patternRule('silent', 'silent', [
  {
    cause: 'dedup_identical_block',
    side: 'silent',
    codes: [389],
    text: /Block with ID \S+ already exists|already exists locally as part|Deduplicated block|INSERT_WAS_DEDUPLICATED|was deduplicated|Duplicate(?:d)? block.{0,40}(?:ignor|skip)/i,
    strength: 84,
    only: false,
    summary: 'The block had been inserted before: the server dropped it as a duplicate and said ok',
    remedies: [
      ROWS_COMPARE,
      [
        'If the same rows are meant to be stored twice, send insert_deduplicate = 0',
        ' or another insert_deduplication_token',
        '; a retry is protected by exactly this',
      ],
    ],
    question: 'Was the very same block sent before, by a retry or an earlier run?',
    signals: [here(/already exists locally|\b\d{4}\b.{0,40}exists locally/i, 'it stands in the same table', 4)],
  },
  {
    cause: 'dedup_after_drop_partition',
    side: 'silent',
    text: /Block with ID \S+ already exists/i,
    strength: 66,
    summary: 'The partition was dropped and its block hashes stayed: the same data loaded again vanish as duplicates',
    remedies: [
      [
        'Load with insert_deduplicate = 0 for this once',
        ', or another insert_deduplication_token',
        '; newer servers forget the hashes with the partition',
      ],
    ],
    question: 'Was the partition dropped before the same data were loaded again?',
    signals: [
      here(
        /Replicated ?OutputStream|removing part \d{8}_\d{8}/i,
        'the server is of the first years, which kept the hashes of dropped partitions',
        24,
      ),
      elsewhere(/DROP PARTITION|DETACH PARTITION|REPLACE PARTITION/i, 'a partition was dropped', 30),
    ],
  },
  {
    cause: 'dedup_after_delete',
    side: 'silent',
    text: /Block with ID \S+ already exists|was deduplicated/i,
    strength: 46,
    summary: 'The rows were deleted and the block’s hash stayed: the same data loaded again vanish as duplicates',
    remedies: [['Load with insert_deduplicate = 0 for this once', ', or another insert_deduplication_token']],
    question: 'Were these rows deleted (ALTER TABLE … DELETE, DELETE FROM, TRUNCATE) before?',
    signals: [elsewhere(/ALTER TABLE \S+ DELETE|DELETE FROM|TRUNCATE/i, 'rows were deleted', 50)],
  },
  {
    cause: 'http200_exception_mid_stream',
    side: 'silent',
    text: /(?:HTTP\/[\d.]+ 200|status[:= ]*200|200 OK)[\s\S]{1,13000}(?:Code: \d+[.,]|__exception__)|__exception__/i,
    unless: /x-clickhouse-exception-code["']?[:= ]+["']?[1-9]/i,
    strength: 99,
    only: true,
    summary:
      'The server had answered 200 already when the statement failed: the exception stands at the end of the body',
    remedies: [
      'Read the body to its end and look for the exception there, or let the server wait: wait_end_of_query = 1 (it buffers the result) makes the status true',
      'What the statement had done until then stays done for INSERTs without transactions',
    ],
    question: 'Does the body end with an exception, or with __exception__ (25.11 and newer)?',
  },
  {
    cause: 'http200_exception_mid_stream',
    side: 'silent',
    text: /unrecognized data found in stream|StreamFailureError|exception (?:was )?(?:found )?in the (?:middle|body) of .{0,20}(?:stream|response|answer)/i,
    strength: 80,
    summary: 'The server had answered 200 already when the statement failed: the exception stands within the body',
    remedies: [
      'Look in query_log for the exception; wait_end_of_query = 1 makes the status true (it buffers the result)',
    ],
    question: 'Does query_log show the statement with an exception?',
  },
  {
    cause: 'async_insert_parse_error_hidden',
    side: 'silent',
    text: /asynchronous_insert_log.{0,200}(?:Cannot parse|ParsingError|CANNOT_PARSE|Exception)|ParsingError/i,
    strength: 88,
    summary:
      'An asynchronous insert was acknowledged and failed when its rows were parsed: only asynchronous_insert_log says so',
    remedies: [
      'Set wait_for_async_insert = 1: the answer then waits for the flush and carries its exception; slower, and honest',
      'Look at asynchronous_insert_log for the window',
    ],
    question: 'Is async_insert on with wait_for_async_insert = 0?',
  },
  {
    cause: 'async_insert_flush_error_unlogged',
    side: 'silent',
    text: /FlushError|AsynchronousInsertQueue.{0,200}(?:Failed|Exception|error)|asynchronous_insert_log.{0,200}Flush/i,
    strength: 93,
    summary: 'The flush of an asynchronous insert failed after the client had its answer',
    remedies: [
      'Set wait_for_async_insert = 1; asynchronous_insert_log can miss a failed flush: look at the server’s log for AsynchronousInsertQueue',
    ],
    question: 'Is async_insert on with wait_for_async_insert = 0?',
    signals: [here(/pars/i, 'it speaks of parsing', -10)],
  },
  {
    cause: 'rows_rejected_not_logged_by_shipper',
    side: 'silent',
    text: /(?:dropp(?:ed|ing)|discard(?:ed|ing)|reject(?:ed|ing)|skipp(?:ed|ing)) [1-9]\d* (?:events?|records?|rows?|messages?)|events? (?:were )?dropped|errors\.tolerance|dead ?letter/i,
    strength: 74,
    summary: 'A shipper between dropped rows and went on: it says how many, and not why',
    remedies: [
      'Turn on its dead-letter queue or the logging of the answer’s body; errors.tolerance = none makes it stop instead',
    ],
    question: 'What did the server answer to the batch that was dropped?',
  },
]);
