import { formatBytes, formatCount, formatDuration } from '../kernel/format.ts';
import type { Progress } from '../model/source.ts';

/** A load as it goes, in one line: rows, bytes, rate, time left. */
export function progressText(progress: Progress): string {
  const share = progress.bytesTotal
    ? ` (${Math.min(100, Math.floor((100 * progress.bytes) / progress.bytesTotal))} %)`
    : '';
  const left = progress.etaMs === undefined ? '' : `, ${formatDuration(progress.etaMs)} left`;
  return `${progress.table}: ${formatCount(progress.rows)} rows, ${formatBytes(progress.bytes)}${share}, ${formatCount(Math.round(progress.rate))} rows/s${left}`;
}
