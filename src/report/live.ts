import { formatBytes, formatCount, formatDuration, plural } from '../kernel/format.ts';
import type { Progress } from '../model/source.ts';

/** A load as it goes, in one line: rows, bytes, rate, time left, INSERTs on their way, tries beyond the first, bad rows. */
export function progressText(progress: Progress): string {
  const share = progress.bytesTotal
    ? ` (${Math.min(100, Math.floor((100 * progress.bytes) / progress.bytesTotal))} %)`
    : '';
  // An API is read page by page: what it sends is not counted in bytes.
  const bytes = progress.bytes === 0 ? '' : `, ${formatBytes(progress.bytes)}${share}`;
  const left = progress.etaMs === undefined ? '' : `, ${formatDuration(progress.etaMs)} left`;
  const more = [
    progress.inFlight ? `, ${progress.inFlight} on the way` : '',
    progress.retries ? `, ${plural(progress.retries, 'retry', 'retries')}` : '',
    progress.rejected ? `, ${formatCount(progress.rejected)} rejected` : '',
  ].join('');
  return `${progress.table}: ${formatCount(progress.rows)} rows${bytes}, ${formatCount(Math.round(progress.rate))} rows/s${left}${more}`;
}
