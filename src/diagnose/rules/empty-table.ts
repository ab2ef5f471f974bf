import type { Rule } from '../../model/rule.ts';
import { pagePath } from '../page.ts';
import { cite } from '../pattern.ts';

/** `1970-01-01 03:00:00` beside a count of 0: no date, but max() of an empty column shown in the server’s zone. */
export const emptyTable: Rule = {
  id: 'empty-table',
  page: 'silent',
  causes: ['target_table_empty'],
  explain(view) {
    const results = view.events.filter(({ origin, flat }) => origin === 'result' && /1970-01-01/.test(flat));
    const [first] = results;
    if (!first) return [];
    const hour = /1970-01-01[ T](\d\d:\d\d)/.exec(first.flat)?.[1] ?? '';
    const zone = hour === '00:00' ? '' : `, shown in the server’s time zone (UTC+${hour} in 1970)`;
    return [
      {
        cause: 'target_table_empty',
        side: 'silent',
        confidence: 'certain',
        summary: `The table is empty: 1970-01-01 beside a count of 0 is max() of no rows${zone}, and no date that was stored`,
        because: results.slice(0, 4).map(cite),
        alternatives: [],
        remedies: [
          'Look for why no rows came: the ingestion’s own log, the query log of its window; count() alone says as much as max()',
        ],
        page: pagePath('silent'),
      },
    ];
  },
};
