import { randomBytes } from 'node:crypto';

/** Eight lower-case letters and digits, unguessable enough to keep two runs apart. */
export function shortId(): string {
  return randomBytes(5).toString('hex').slice(0, 8);
}

/** A job name made safe for file names: what is left of it after everything but letters, digits, dot, dash and underscore. */
export function slug(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60);
  return safe === '' ? 'job' : safe;
}

/** UTC time for file names: `20251029T121020Z`. */
export function stamp(time: Date): string {
  return time
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d{3}/, '');
}
