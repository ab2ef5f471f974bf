import { formatCount, plural } from '../kernel/format.ts';
import type { ApiSource } from '../model/api-source.ts';

/** What reading an API was like, one sentence a line, each with a word for what it is. */
export function apiLines(api: ApiSource): { word: string; text: string }[] {
  const { window, records, skipped, rejected, drift, job_run: row } = api;
  const minute = (time: string) => `${time.slice(0, 16).replace('T', ' ')}`;
  const read = Object.entries(records)
    .map(([name, count]) => `${formatCount(count)} ${name.replaceAll('_', ' ')}`)
    .join(', ');
  const first = window.backfill ? ', the first run of this job' : '';
  const again = api.retries === 0 ? '' : `, ${formatCount(api.retries)} of them asked again`;
  const off = skipped.filter(({ reason }) => reason === 'disabled_via_flag').map(({ resource }) => resource);
  const lost = rejected.reduce((sum, { count }) => sum + count, 0);
  return [
    { word: 'window', text: `${minute(window.from)} to ${minute(window.to)} UTC (${window.hours} h${first})` },
    { word: 'read', text: `${read} in ${plural(api.requests, 'request')}${again}` },
    ...skipped.flatMap(({ resource, reason, details }) =>
      reason === 'disabled_via_flag' ? [] : [{ word: 'left out', text: `${resource}: ${details ?? reason}` }],
    ),
    ...(off.length === 0 ? [] : [{ word: 'left out', text: `${off.join(', ')}: switched off` }]),
    ...(lost === 0 ? [] : [{ word: 'rejected', text: `${plural(lost, 'record')}: see source-answers` }]),
    ...(drift.length === 0 ? [] : [{ word: 'drift', text: `${plural(drift.length, 'kind')}: see source-answers` }]),
    ...api.notes.map((text) => ({ word: 'note', text })),
    ...(row.outcome === 'pending'
      ? [
          {
            word: 'job run',
            text: `monitoring will not see this run: its row could not be written (${row.because ?? 'no reason given'}); it is in the archive, and the next run that can writes it`,
          },
        ]
      : row.caught_up > 0
        ? [
            {
              word: 'job run',
              text: `written, and with it ${plural(row.caught_up, 'row')} of earlier runs that could not be`,
            },
          ]
        : []),
  ];
}
