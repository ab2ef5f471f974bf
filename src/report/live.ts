import { formatBytes, formatCount, formatDuration, plural } from '../kernel/format.ts';
import type { Progress } from '../model/source.ts';

/** A load as it goes, in one line: rows, bytes, rate, time left, INSERTs on their way, tries beyond the first, bad rows. */
export function progressText(progress: Progress): string {
  const share = progress.bytesTotal
    ? ` (${Math.min(100, Math.floor((100 * progress.bytes) / progress.bytesTotal))} %)`
    : '';
  const left = progress.etaMs === undefined ? '' : `, ${formatDuration(progress.etaMs)} left`;
  const more = [
    progress.inFlight ? `, ${progress.inFlight} on the way` : '',
    progress.retries ? `, ${plural(progress.retries, 'retry', 'retries')}` : '',
    progress.rejected ? `, ${formatCount(progress.rejected)} rejected` : '',
  ].join('');
  return `${progress.table}: ${formatCount(progress.rows)} rows, ${formatBytes(progress.bytes)}${share}, ${formatCount(Math.round(progress.rate))} rows/s${left}${more}`;
}
