import { posix } from 'node:path';
import { request } from 'undici';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { InputFault } from '../model/source.ts';
import { type Origin, readAtLeast } from './origin.ts';

const MAX_REDIRECTS = 5;
/** Until the answer begins, and between two chunks of it. */
const PATIENCE_MS = 30_000;

type Answer = Awaited<ReturnType<typeof request>>;

/**
 * A file behind http or https. User and password of the URL go to its own origin alone, and are never shown; the query
 * string, where signatures stand, is not shown either.
 * @param stopped ends a look at its beginning
 */
export function urlOrigin(url: URL, stopped: AbortSignal): Origin {
  const name = shownUrl(url);
  return {
    name,
    fileName: posix.basename(decodeURIComponent(url.pathname)),
    async peek(maxBytes) {
      const control = new AbortController();
      try {
        const answer = await get(url, AbortSignal.any([control.signal, stopped]));
        const peek = await readAtLeast(answer.body[Symbol.asyncIterator](), maxBytes);
        return { bytes: peek.bytes.subarray(0, maxBytes), complete: peek.complete && peek.bytes.length <= maxBytes };
      } catch (cause) {
        stopped.throwIfAborted();
        throw asDocument(cause, name);
      } finally {
        control.abort();
      }
    },
    async *open(signal, read) {
      let offset = 0;
      let expected: string | undefined;
      try {
        const answer = await get(url, signal);
        expected = header(answer, 'content-length');
        for await (const chunk of answer.body) {
          read?.(chunk.length);
          offset += chunk.length;
          yield chunk;
        }
      } catch (cause) {
        signal.throwIfAborted();
        const of = expected === undefined ? '' : ` of ${expected}`;
        const message = `${name} broke off after ${offset}${of} bytes: ${messageOf(cause)}`;
        throw new InputFault({ code: 'INPUT_HTTP_BROKEN', message, source: name, offset }, cause);
      }
    },
  };
}

/** A URL for people: without user, password, query and fragment. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

async function get(start: URL, signal: AbortSignal): Promise<Answer> {
  let url = start;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity' };
    if (url.origin === start.origin && (start.username !== '' || start.password !== '')) {
      const pair = `${decodeURIComponent(start.username)}:${decodeURIComponent(start.password)}`;
      headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    }
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    const answer = await request(bare, { headers, signal, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
    const location = header(answer, 'location');
    if (answer.statusCode < 300 || answer.statusCode > 399 || location === undefined) {
      if (answer.statusCode === 200) return answer;
      await answer.body.dump();
      throw refused(`The server answered ${answer.statusCode}`, url);
    }
    await answer.body.dump();
    const next = new URL(location, url);
    if (next.protocol !== 'https:' && (next.protocol !== 'http:' || url.protocol === 'https:')) {
      throw refused(`The server redirects to ${next.protocol}//${next.host}, which is not followed`, url);
    }
    url = next;
  }
  throw refused(`The server redirects more than ${MAX_REDIRECTS} times`, url);
}

function header(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function refused(what: string, url: URL): WitnessError {
  return new WitnessError({
    code: 'INPUT_HTTP',
    what,
    where: shownUrl(url),
    next: 'Open the address with curl -I, and give the one that answers 200',
  });
}

function asDocument(cause: unknown, where: string): WitnessError {
  if (cause instanceof WitnessError) return cause;
  const next = 'Check the address, and that this machine may reach it';
  return new WitnessError({
    code: 'INPUT_HTTP',
    what: `Nothing could be fetched: ${messageOf(cause)}`,
    where,
    next,
    cause,
  });
}
