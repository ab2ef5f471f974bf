import { EngineError } from './errors.ts';

/** An answer's first line and headers. */
export interface AnswerHead {
  status: number;
  headers: Record<string, string | string[] | undefined>;
}

/** Whether ClickHouse wrote the headers; every version since 18.x puts at least its display name there. */
export function fromClickHouse(headers: AnswerHead['headers']): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-clickhouse-'));
}

export function headerText(headers: AnswerHead['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** A redirect's target without credentials, query and fragment. */
function place(location: string): string {
  try {
    const url = new URL(location, 'http://relative.invalid');
    return url.hostname === 'relative.invalid' ? url.pathname : `${url.protocol}//${url.host}${url.pathname}`;
  } catch {
    return 'an unreadable address';
  }
}

function sentence(url: string, { status, headers }: AnswerHead, body: string): string {
  const native = /Port (\d+) is for clickhouse-client program/.exec(body);
  if (native) {
    const right = /use port (\d+) for HTTP/.exec(body)?.[1];
    return `${url} is the port of ClickHouse's native protocol: use the HTTP port${right ? ` ${right}` : ' (8123, or 8443 with TLS)'}`;
  }
  if (/plain HTTP request was sent to HTTPS port/i.test(body)) return `${url} speaks TLS on this port: use https://`;
  if (/There is no handle/.test(body)) return `ClickHouse serves nothing under the path of ${url}: check the path`;
  const title = /<title>\s*([^<]{1,80}?)\s*<\/title>/i.exec(body)?.[1]?.replace(/\s+/g, ' ');
  const page = title === undefined ? '' : `, with a page titled “${title}”`;
  const location = headerText(headers, 'location');
  if (status >= 300 && status < 400 && location !== undefined) {
    return `${url} redirects to ${place(location)} (HTTP ${status}): it is not ClickHouse's HTTP interface`;
  }
  if (status === 407) return `the HTTP proxy on the way to ${url} demands a login of its own (HTTP 407)`;
  if (status === 413) {
    return `a proxy in front of ${url} refused the size of the request (HTTP 413): raise its limit or send smaller batches`;
  }
  if (status === 401 || status === 403) {
    return `something in front of ${url} refused access (HTTP ${status})${page}: it is not ClickHouse that says so`;
  }
  if (status === 502 || status === 503 || status === 504) {
    return `a proxy in front of ${url} could not reach the server behind it (HTTP ${status})${page}`;
  }
  return `${url} answered, and it was not ClickHouse (HTTP ${status}${headers['content-type'] ? `, ${headerText(headers, 'content-type')}` : ''})${page}`;
}

/** The error for an answer over HTTP that ClickHouse did not write: a login page, a proxy's refusal, another port. */
export function foreignAnswer(url: string, head: AnswerHead, body: string, queryId?: string): EngineError {
  const tls = /plain HTTP request was sent to HTTPS port/i.test(body);
  return new EngineError({
    failure: tls ? 'tls' : 'not-clickhouse',
    message: sentence(url, head, body),
    serverText: body,
    queryId,
    httpStatus: head.status,
  });
}
