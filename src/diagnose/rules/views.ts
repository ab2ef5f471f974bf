import { knownViews, whatWasWritten } from '../counts/views-behind.ts';
import type { Remedy, Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

const VIEW = /(?:pushing to view|view) [`'"]?(?<view>[\w`-]+(?:\.[\w`-]+)*)/i;
const viewOf = (flat: string) => VIEW.exec(flat)?.groups?.view?.replace(/`/g, '');
const named = (flat: string) =>
  viewOf(flat) === undefined ? 'A materialized view' : `The materialized view ${viewOf(flat)}`;
/** By counting, which settles what the server's version and settings only suggest. */
const written: Signal = {
  says: 'what was written and what not',
  weight: 2,
  seen: ({ view }) => whatWasWritten(view),
};
const missing = (table: string | undefined, view: Parameters<typeof knownViews>[0]) =>
  knownViews(view).find(({ target, exists }) => !exists && target === table?.replace(/[`"]/g, ''));
const STORED: Remedy = [
  'The source table may hold the rows already',
  ' (it does unless materialized_views_ignore_errors or parallel_view_processing say otherwise)',
  ': compare both before loading again',
];

/** Materialized views hang on the table that is inserted into, and fail the insert. */
export const views = patternRule('views', 'views', [
  {
    cause: 'mv_target_missing',
    side: 'server',
    codes: [60],
    text: /Target table '?(?<target>[\w.]+)'? of view '?[\w.]+'? doesn't exist|UNKNOWN_TABLE.{0,200}pushing to view|(?:doesn't|does not) exist.{0,300}pushing to view|of view .{1,80}doesn't exists?/i,
    strength: 96,
    only: true,
    summary: ({ groups }) =>
      `A materialized view on the table, or behind it, has lost its target${groups.target === undefined ? '' : ` ${groups.target}`}; nothing was written`,
    remedies: [
      'Create the target again or drop the view; the view may hang on another view’s target, and the message may name the inserted table where it says view',
      'ignore_materialized_views_with_dropped_target_table = 1 for the session goes past it: the view then misses these rows',
    ],
    question: 'Does the target of every view in system.tables (dependencies_table) exist?',
    signals: [written],
  },
  {
    // Old servers name the missing table alone, in the words of an INSERT into it.
    cause: 'mv_target_missing',
    side: 'server',
    codes: [60],
    text: /Table [`'"]?(?<target>[\w.`"-]+?)[`'"]? (?:doesn't|does not) exist/i,
    strength: 30,
    only: true,
    summary: ({ groups, view }) => {
      const found = missing(groups.target, view);
      return `${found === undefined ? 'A materialized view on the table' : `The materialized view ${found.view}`} has lost its target ${groups.target}`;
    },
    remedies: ['Create the target again, or drop the view'],
    question: 'Does a view on the inserted table write into the table that the message names?',
    signals: [
      {
        says: 'a view on the table writes into it',
        weight: 72,
        seen: ({ groups, view }) => missing(groups.target, view) !== undefined,
      },
      {
        says: 'the load had found its own table, and the message names another',
        weight: 68,
        seen: ({ event, groups, view }) =>
          event.origin === 'run' &&
          view.ingestion.tables.length > 0 &&
          !view.ingestion.tables.some(({ table }) => `${table.database}.${table.table}` === groups.target),
      },
      written,
    ],
  },
  {
    cause: 'mv_target_is_view',
    side: 'server',
    codes: [48],
    text: /Method write is not supported by storage \w*View.{0,200}pushing to view|pushing to view.{0,200}Method write is not supported/i,
    strength: 97,
    only: true,
    summary: 'A materialized view writes into something that stores no rows',
    remedies: ['Make its TO table a real table'],
    question: 'Which engine has the TO table of the view?',
  },
  {
    cause: 'mv_subquery_server_bug',
    side: 'server',
    codes: [393, 49, 10],
    text: /There is no (?:subquery|set|Set)|Not-?ready Set|Set for IN is not created|LOGICAL_ERROR.{0,200}pushing to view|THERE_IS_NO_QUERY/i,
    strength: 84,
    alone: 70,
    own: [393],
    summary: 'A subquery or set in the view’s SELECT trips a bug of the server',
    remedies: ['Rewrite the view with a JOIN or a dictionary instead of IN (SELECT …), or upgrade the server'],
    question: 'Has the view an IN (SELECT …) or a scalar subquery, and does it pass without?',
  },
  {
    cause: 'mv_expression_error',
    side: 'server',
    codes: [6, 10, 47, 43, 44, 27, 69, 70, 53, 386, 153, 16],
    text: /pushing to view/i,
    unless: /Too many partitions|Too many parts|Memory limit|Target table|NULL value|Method write/i,
    strength: 91,
    summary: ({ event }) => `${named(event.flat)} behind the table failed on the rows`,
    remedies: ['Run the view’s SELECT on the new rows: the message names the expression', STORED],
    question: 'Does the view’s SELECT over the new rows fail by itself?',
    signals: [
      written,
      here(
        /NOT_FOUND_COLUMN|Expected column|Missing columns|Unknown (?:expression )?identifier|Not found column/i,
        'a column of the source was renamed or dropped',
        2,
      ),
    ],
  },
  {
    cause: 'mv_memory_limit',
    side: 'server',
    codes: [241],
    text: /Memory limit.{0,600}pushing to view/i,
    strength: 94,
    summary: ({ event }) => `${named(event.flat)} took more memory than the statement may`,
    remedies: [
      'Send smaller batches, or make the view’s SELECT lighter: JOINs read their right side for each block',
      STORED,
    ],
    question: 'Does the insert pass without the view?',
    signals: [written],
  },
]);
