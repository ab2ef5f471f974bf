import type { BatchRecord } from '../batch.ts';

const LF = 0x0a;

/**
 * Whole lines from the beginning of a journal. A kill, a full disk or a power cut may leave half a line, and a power cut also zeros or
 * lines without those before them: all that is behind the first line that is not whole was never synced, and says nothing.
 * @returns the records, and the bytes that they take up
 */
export function wholeLines(journal: Uint8Array): { records: BatchRecord[]; bytes: number } {
  const text = Buffer.from(journal.buffer, journal.byteOffset, journal.byteLength);
  const records: BatchRecord[] = [];
  let bytes = 0;
  for (let end = text.indexOf(LF, bytes); end >= 0; end = text.indexOf(LF, bytes)) {
    const record = recordOf(text.toString('utf8', bytes, end));
    if (record === undefined) break;
    records.push(record);
    bytes = end + 1;
  }
  return { records, bytes };
}

function recordOf(line: string): BatchRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'state' in value ? (value as BatchRecord) : undefined;
  } catch {
    return undefined;
  }
}
