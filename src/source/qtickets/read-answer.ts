import { ApiError } from './errors.ts';
import { parseExact } from './exact-json.ts';

export interface Received {
  path: string;
  status: number;
  contentType: string;
  requestId: string | undefined;
  bytes: Uint8Array;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Offset of the first sequence that is not UTF-8. */
function firstWrong(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length;
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    try {
      // A sequence that the cut itself has halved is not held against it.
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle - 1;
    }
  }
  while (good > 0 && !isUtf8(bytes.subarray(0, good))) good -= 1;
  return good;
}

function textOf({ path, status, requestId, bytes }: Received): string {
  try {
    // Takes a byte order mark off.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const offset = firstWrong(bytes);
    const message = `GET ${path} answered bytes that are not UTF-8, from byte ${offset} of ${bytes.length} on`;
    throw new ApiError({ code: 'API_NOT_UTF8', message, path, status, requestId, offset, cause });
  }
}

/**
 * The answer as JSON. An answer that was cut off may come whole the next time; one of another kind will not.
 * @throws ApiError
 */
export function readJson(received: Received): unknown {
  const { path, status, requestId, contentType } = received;
  const text = textOf(received);
  try {
    return parseExact(text);
  } catch {
    // What the parser says quotes the answer.
    const begins = text.trimStart()[0];
    const isJson = begins === '{' || begins === '[';
    if (isJson && !/[}\]]\s*$/.test(text)) {
      const message = `GET ${path} answered JSON that ends in the middle, after ${received.bytes.length} bytes`;
      throw new ApiError({ code: 'API_TRUNCATED', message, path, status, requestId });
    }
    const what = isJson ? 'JSON that cannot be read' : contentType === '' ? 'no JSON' : `no JSON but ${contentType}`;
    const message = `GET ${path} answered ${what} (status ${status}, ${received.bytes.length} bytes): not JSON`;
    throw new ApiError({ code: 'API_NOT_JSON', message, path, status, requestId });
  }
}
