import { parseServerException, startsAsException } from './exception-text.ts';

/** As much as a server appends: it cuts its message at 16 KiB, and wraps it in a marker. */
export const TAIL_BYTES = 20 * 1024;

export interface TrailingException {
  /** Index in the tail at which data ends and the exception begins. */
  at: number;
  text: string;
}

const MARKER = '__exception__';
const HEAD = /(?:(?:Poco::Exception|std::exception)\.\s+)?Code: \d+[.,] /g;
/** An exception as the last thing: its closing words, then nothing but white space. */
const CLOSED = /(?:e\.what\(\) = [\w:]+|\(version [^()]*(?:\([^()]*\))?\)|version = [\w.]+(?: \([^)]*\))?)\s*$/;

/** 25.11 and newer: `\r\n__exception__\r\n<tag>\r\n<message>\n<length> <tag>\r\n__exception__\r\n`; the tag stood in a header, so data cannot imitate it. */
function tagged(tail: string, tag: string): TrailingException | undefined {
  const opening = `${MARKER}\r\n${tag}\r\n`;
  const at = tail.indexOf(opening);
  if (at < 0) return undefined;
  const text = tail.slice(at + opening.length).replace(new RegExp(`\\n\\d+ ${quoted(tag)}\\r\\n${MARKER}\\s*$`), '');
  return { at: tail.slice(0, at).endsWith('\r\n') ? at - 2 : at, text };
}

function quoted(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '\\$&');
}

/** Around 25.8: the marker alone on a line, then the exception. */
function marked(tail: string): TrailingException | undefined {
  const match = new RegExp(`(?:\\r?\\n|^)${MARKER}\\r?\\n`).exec(tail);
  if (!match) return undefined;
  const text = tail.slice(match.index + match[0].length).replace(new RegExp(`\\s*${MARKER}\\s*$`), '');
  return startsAsException(text) ? { at: match.index, text } : undefined;
}

/**
 * Older servers write the bare text after the last whole row. A row can hold such a text itself (query_log does),
 * so it counts only at the beginning of a line or right behind a closing bracket, and only as the very last thing.
 */
function appended(tail: string): TrailingException | undefined {
  if (!CLOSED.test(tail)) return undefined;
  for (const match of tail.matchAll(HEAD)) {
    const before = tail[match.index - 1];
    if (before !== undefined && !'\n}])'.includes(before)) continue;
    const text = tail.slice(match.index);
    if (parseServerException(text)) return { at: match.index, text };
  }
  return undefined;
}

/**
 * Looks for an exception that a server appended to a body it had begun with status 200.
 * `tail`: the last bytes of the body as latin1, so that indexes are bytes. `tag`: `X-ClickHouse-Exception-Tag`, if sent.
 */
export function findTrailingException(tail: string, tag: string | undefined): TrailingException | undefined {
  const found = tag === undefined ? (marked(tail) ?? appended(tail)) : tagged(tail, tag);
  return found && { at: found.at, text: Buffer.from(found.text, 'latin1').toString('utf8').trim() };
}

/**
 * Passes a body on, holding back only its last 20 KiB until the end is known; what the server appended is cut off
 * and thrown as `toError` makes it. A body that breaks off throws too: its exception if it holds one, else what broke it.
 */
export async function* withoutTail(
  body: AsyncIterable<Buffer>,
  tag: string | undefined,
  toError: (text: string) => Error,
): AsyncGenerator<Buffer> {
  const held: Buffer[] = [];
  let size = 0;
  let broken: unknown;
  try {
    for await (const chunk of body) {
      held.push(chunk);
      size += chunk.length;
      for (let first = held[0]; first && size - first.length >= TAIL_BYTES; first = held[0]) {
        held.shift();
        size -= first.length;
        yield first;
      }
    }
  } catch (thrown) {
    broken = thrown;
  }
  const tail = Buffer.concat(held);
  const found = findTrailingException(tail.toString('latin1'), tag);
  const data = found ? tail.subarray(0, found.at) : tail;
  if (data.length > 0) yield data;
  if (found) throw toError(found.text);
  if (broken !== undefined) throw broken;
}
