/** How much of an archive a reader takes before it stops trusting it; sizes in bytes. */
export interface Limits {
  entries: number;
  /** Of all entries together, decompressed. */
  totalBytes: number;
  /** Decompressed to compressed; looked at only past `ratioFromBytes`, since short repetitive logs do reach high ratios. */
  ratio: number;
  ratioFromBytes: number;
  /** Folders and file name in one path. */
  depth: number;
  /** Bytes of one path in UTF-8. */
  pathBytes: number;
}

export const DEFAULT_LIMITS: Limits = {
  entries: 100_000,
  totalBytes: 64 * 1024 ** 3,
  ratio: 300,
  ratioFromBytes: 256 * 1024 ** 2,
  depth: 16,
  pathBytes: 1024,
};

/** File systems take no longer name between two slashes. */
const NAME_BYTES = 255;

/** Why a path may not stand in an archive, as the end of a sentence; undefined when it may. */
export function pathProblem(path: string, limits: Limits = DEFAULT_LIMITS): string | undefined {
  if (path === '') return 'is empty';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(path)) return 'holds a control character';
  if (path.includes('\ufffd')) return 'is not valid UTF-8';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.includes('\\')) return 'holds a backslash';
  if (Buffer.byteLength(path) > limits.pathBytes) return `is longer than ${limits.pathBytes} bytes`;
  const parts = path.split('/');
  if (parts.length > limits.depth) return `is deeper than ${limits.depth} folders`;
  if (parts.includes('..')) return "climbs out with '..'";
  if (parts.some((part) => part === '' || part === '.')) return 'holds an empty or dot folder';
  if (parts.some((part) => Buffer.byteLength(part) > NAME_BYTES)) return `holds a name longer than ${NAME_BYTES} bytes`;
  return undefined;
}

/** A name fit for a sentence: control characters escaped, shortened. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}…` : name).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
