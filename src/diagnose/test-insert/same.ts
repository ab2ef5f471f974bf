const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scalar(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  const text = String(value);
  return NUMBER.test(text) ? String(Number(text)) : text;
}

/**
 * Whether what came back is what was sent, whatever form JSON gave it: numbers in quotes, 1.50 for 1.5, true for 1,
 * a named tuple as a list, and more keys where the server adds typed ones.
 */
export function isSame(sent: unknown, got: unknown): boolean {
  if (Array.isArray(sent)) {
    const list = isRecord(got) ? Object.values(got) : got;
    return Array.isArray(list) && list.length === sent.length && sent.every((value, i) => isSame(value, list[i]));
  }
  if (isRecord(sent)) {
    if (Array.isArray(got)) return isSame(Object.values(sent), got);
    return isRecord(got) && Object.entries(sent).every(([key, value]) => isSame(value, got[key]));
  }
  if (sent === null || got === null) return sent === got;
  return typeof got !== 'object' && got !== undefined && scalar(sent) === scalar(got);
}
