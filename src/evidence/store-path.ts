import { WitnessError } from '../kernel/errors.ts';
import type { Redactor } from '../redact/redactor.ts';

/** Bytes of a file name that every file system and archive format takes. */
const LONGEST = 120;

/**
 * A wished path made fit for the evidence: relative, posix, without secrets, control characters and names that some
 * system cannot hold. `taken` says whether a path (compared without case) is in use; then `-2`, `-3` … is added.
 * @throws WitnessError when the path is absolute or climbs with `..`.
 */
export function storePath(wished: string, redactor: Redactor, taken: (path: string) => boolean): string {
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(wished) || wished.split(/[\\/]/).includes('..')) {
    throw new WitnessError({
      code: 'EVIDENCE_PATH',
      what: 'A file of the evidence was to be written outside of its folder.',
      where: redactor.plain(wished),
      next: 'Name it by a relative path without "..".',
      exitCode: 3,
    });
  }
  const hidden = redactor.text('(file names)', wished).toString().replace(/[‹›]/g, '');
  const segments = hidden
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .map(safeSegment);
  const path = segments.length === 0 ? 'unnamed' : segments.join('/');
  if (!taken(path)) return path;
  const [, stem = path, extension = ''] = /^(.*?[^/])((?:\.[A-Za-z0-9]+){0,2})$/s.exec(path) ?? [];
  let number = 2;
  while (taken(`${stem}-${number}${extension}`)) number += 1;
  return `${stem}-${number}${extension}`;
}

function safeSegment(segment: string): string {
  const safe = segment
    .normalize('NFC')
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"|?*\\]/gu, '_')
    .replace(/^[\s-]+|[\s.]+$/g, '_')
    .replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i, '_$1');
  return shorten(safe);
}

/** Cuts the middle, so that the extension stays. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= LONGEST) return name;
  const characters = [...name];
  const tail = characters.slice(-20).join('');
  let head = characters.slice(0, -20);
  while (Buffer.byteLength(head.join('') + tail) > LONGEST - 1) head = head.slice(0, -1);
  return `${head.join('')}~${tail}`;
}
