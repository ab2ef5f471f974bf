import type { Rule } from '../../model/rule.ts';
import { pagePath } from '../page.ts';
import { cite } from '../pattern.ts';
import { isOutside, timeSpan } from '../time-span.ts';
import { authentication } from './authentication.ts';
import { unrelated } from './unrelated.ts';

/** Errors of a server at another time than the ingestion’s: named, so that nobody takes them for its cause. */
export const outsideWindow: Rule = {
  id: 'outside-window',
  page: 'unrelated',
  causes: ['outside_window_unrelated'],
  explain(view) {
    const span = timeSpan(view);
    const noise = new Set(
      [unrelated, authentication]
        .flatMap((rule) => rule.explain(view))
        .filter(({ cause }) => cause.endsWith('_unrelated'))
        .flatMap(({ because }) => because.map(({ file, line }) => `${file}:${line}`)),
    );
    const found = view.events.filter(
      (event) => event.trouble && isOutside(event, view) && !noise.has(`${event.file}:${event.line}`),
    );
    if (!span || found.length === 0) return [];
    return [
      {
        cause: 'outside_window_unrelated',
        side: 'server',
        confidence: 'likely',
        summary: `Errors of the server at other times than the ingestion’s (${span.from} to ${span.to}): they belong to something else`,
        because: found
          .slice(0, 5)
          .map((event) => ({ ...cite(event), text: `${event.at?.utc} (${event.at?.zone}): ${cite(event).text}` })),
        alternatives: [],
        remedies: ['Nothing for this failure'],
        page: pagePath('unrelated'),
      },
    ];
  },
};
