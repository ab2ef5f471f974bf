import type { CommandLog, OutputStream, RowClaim } from '../model/command.ts';
import { Needles } from '../redact/needles.ts';

/** As many lines of each sort are kept from the beginning, and as many from the end. */
const KEPT = 25;
const MOST_TABLES = 50;
/** As much of a line is looked at, bytes. */
const LONGEST = 4096;
const NEWLINE = 10;

/** Words of which one stands in every line that is looked at closer. */
const WORDS = [
  ...['error', 'exception', 'traceback', 'failed', 'fatal', 'panic:', 'refused', 'timed out'],
  ...['insert', 'wrote', 'writ', 'load', 'sent', 'stored', 'rows', 'records', 'into '],
];
const NEEDLES = new Needles(
  WORDS.map((word) => Buffer.from(word)),
  true,
);

const ERROR =
  /\b(?:ERROR|CRITICAL|FATAL|Fatal|panic:|Traceback \(most recent call last\)|[A-Z]\w*(?:Error|Exception)\b|DB::Exception|exception|[Ff]ailed to|error:|Error:)/;
/** Says that there was none. */
const NO_ERROR = /\b(?:0|no|without) (?:errors?|exceptions?|failed)\b|\berrors?["']?\s*[=:]\s*(?:0\b|none|null|\[\])/i;

const NUMBER = String.raw`(\d{1,3}(?:[ ,_.\u00a0]\d{3})+|\d{1,15})`;
const NOUN = '(?:rows?|records?|lines?|events?|orders?|items?|entries)';
const VERB = '(?:inserted|wrote|written|loaded|stored|saved|sent|uploaded|ingested|inserting|upserted)';
const NAME = String.raw`[\x60"']?([A-Za-z_]\w*[\x60"']?\.[\x60"']?[A-Za-z_]\w*|[A-Za-z_]\w*)[\x60"']?`;
/** `inserted 10 rows into shop.orders`, `10 rows written to orders`, `rows_written=10`, `"inserted": 10`. */
const CLAIMS = [
  new RegExp(
    String.raw`\b${VERB}:?\s+(?:[a-z]\w*\s+)?${NUMBER}\s+${NOUN}\b(?:.{0,40}?\b(?:into|to|in)\s+(?:table\s+)?${NAME})?`,
    'i',
  ),
  new RegExp(
    String.raw`\b${NUMBER}\s+${NOUN}\s+(?:were\s+|was\s+)?${VERB}\b(?:.{0,40}?\b(?:into|to|in)\s+(?:table\s+)?${NAME})?`,
    'i',
  ),
  new RegExp(String.raw`\b${VERB}\s+${NUMBER}\s+(?:into|to)\s+(?:table\s+)?${NAME}`, 'i'),
  new RegExp(
    String.raw`\b(?:rows|records)_?(?:written|inserted|loaded|stored|sent)["']?\s*[=:]\s*["']?${NUMBER}\b`,
    'i',
  ),
  new RegExp(String.raw`\b(?:inserted|written|loaded|stored)_?(?:rows|records)?["']?\s*[=:]\s*["']?${NUMBER}\b`, 'i'),
];
const TABLE = /\b(?:into|table|to|from)\s+[`"']?([A-Za-z_]\w*)[`"']?\.[`"']?([A-Za-z_]\w*)[`"']?(?![.\w/:])/gi;

interface Found {
  first: RowClaim[];
  last: RowClaim[];
  count: number;
}

/** What a line claims of rows; undefined when it claims nothing. */
export function claimOf(text: string): { rows: number; table?: string } | undefined {
  for (const pattern of CLAIMS) {
    const found = pattern.exec(text);
    const number = found?.[1]?.replace(/[ ,_.\u00a0]/g, '');
    if (!number) continue;
    const table = found?.[2]?.replace(/[`"']/g, '');
    return { rows: Number(number), ...(table === undefined || /^(?:the|table|click)/i.test(table) ? {} : { table }) };
  }
  return undefined;
}

/** Whether a line tells of an error. */
export function isErrorLine(text: string): boolean {
  return ERROR.test(text) && !NO_ERROR.test(text);
}

/** Reads the output for what it says of the load, in bounded memory, without looking closer at lines that say nothing. */
export function createLogReader(): { reader(stream: OutputStream): (bytes: Uint8Array) => void; found(): CommandLog } {
  const kept: Record<'claims' | 'errors', Found> = {
    claims: { first: [], last: [], count: 0 },
    errors: { first: [], last: [], count: 0 },
  };
  const tables = new Set<string>();
  const unfinished: (() => void)[] = [];

  const keep = (sort: 'claims' | 'errors', entry: RowClaim) => {
    const found = kept[sort];
    found.count += 1;
    if (found.first.length < KEPT) found.first.push(entry);
    else found.last.push(entry);
    if (found.last.length > KEPT) found.last.shift();
  };
  const look = (stream: OutputStream, line: number, bytes: Uint8Array) => {
    const length = Math.min(LONGEST, bytes.length);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('utf8').replace(/\r$/, '');
    const place = { stream, line, text: text.slice(0, 500) };
    if (isErrorLine(text)) keep('errors', { ...place, rows: 0 });
    const claim = claimOf(text);
    if (claim) keep('claims', { ...place, ...claim });
    // A name with its database holds a dot between two letters: few lines do.
    if (tables.size < MOST_TABLES && /\w[`"']?\.[`"']?\w/.test(text))
      for (const [, database = '', table = ''] of text.matchAll(TABLE)) tables.add(`${database}.${table}`);
  };

  const reader = (stream: OutputStream) => {
    let line = 1;
    /** Of a line whose end has not come: its beginning. */
    let begun: Uint8Array[] = [];
    let length = 0;
    const add = (bytes: Uint8Array) => {
      if (length < LONGEST) begun.push(Buffer.from(bytes.subarray(0, LONGEST - length)));
      length += bytes.length;
    };
    const endLine = () => {
      const whole = Buffer.concat(begun);
      NEEDLES.search(whole, 0, () => {
        look(stream, line, whole);
        return true;
      });
      begun = [];
      length = 0;
    };
    unfinished.push(endLine);
    return (bytes: Uint8Array) => {
      let at = 0;
      const firstEnd = bytes.indexOf(NEWLINE);
      if (firstEnd < 0) return add(bytes);
      if (length > 0) {
        add(bytes.subarray(0, firstEnd));
        endLine();
        line += 1;
        at = firstEnd + 1;
      }
      const lastEnd = bytes.lastIndexOf(NEWLINE) + 1;
      const block = bytes.subarray(0, lastEnd);
      // Lines are counted up to each that holds one of the words; the others are never cut out.
      NEEDLES.search(block, at, (_, hit) => {
        if (hit < at) return undefined;
        const start = block.lastIndexOf(NEWLINE, hit) + 1;
        for (let end = block.indexOf(NEWLINE, at); end >= 0 && end < hit; end = block.indexOf(NEWLINE, end + 1))
          line += 1;
        const end = block.indexOf(NEWLINE, hit);
        look(stream, line, block.subarray(Math.max(start, at), end));
        line += 1;
        at = end + 1;
        return undefined;
      });
      for (let end = block.indexOf(NEWLINE, at); end >= 0; end = block.indexOf(NEWLINE, end + 1)) line += 1;
      if (lastEnd < bytes.length) add(bytes.subarray(lastEnd));
    };
  };

  return {
    reader,
    found() {
      for (const end of unfinished) end();
      const { claims, errors } = kept;
      return {
        claims: [...claims.first, ...claims.last],
        errors: [...errors.first, ...errors.last].map(({ stream, line, text }) => ({ stream, line, text })),
        claim_lines: claims.count,
        error_lines: errors.count,
        tables: [...tables],
      };
    },
  };
}
