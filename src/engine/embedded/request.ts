import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { exception } from './exception.ts';

/** An HTTP request for a statement, taken apart. */
export interface QueryRequest {
  /** The `query` parameter; the body follows it after a line break. */
  text: string;
  queryId: string;
  database: string | undefined;
  format: string;
  /** Everything in the URL that is no parameter of the interface itself: settings under the server's own names. */
  settings: readonly (readonly [string, string])[];
  params: readonly (readonly [string, string])[];
  logComment: string;
  session: { id: string; timeoutMs: number; mustExist: boolean; close: boolean } | undefined;
  waitEnd: boolean;
  encoding: 'gzip' | 'deflate' | 'br' | undefined;
  /** GET and HEAD may only read. */
  readOnly: boolean;
  httpMethod: number;
  userAgent: string;
  address: string;
  port: number;
}

// Parameters of the HTTP interface; whatever else the URL holds is a setting.
const OWN = new Set(
  [
    'query database default_format user password quota_key session_id session_timeout session_check close_session query_id',
    'stacktrace wait_end_of_query buffer_size compress decompress role client_protocol_version log_comment',
  ].flatMap((names) => names.split(' ')),
);
const EXPRESSIONS = /^input_format_values_(interpret_expressions|deduce_templates_of_expressions)$/;

/** @throws EngineException for parameters that make no sense, or that this endpoint cannot honour */
export function readRequest(request: IncomingMessage, url: URL): QueryRequest {
  const search = url.searchParams;
  const on = (name: string) => !['', '0', 'false'].includes(search.get(name) ?? '');
  if (on('compress') || on('decompress')) {
    throw exception(
      48,
      'NOT_IMPLEMENTED',
      'The native compression (compress=1, decompress=1) is not supported by the embedded engine; use Accept-Encoding and Content-Encoding',
    );
  }
  if (search.has('role'))
    throw exception(511, 'UNKNOWN_ROLE', `There is no role \`${search.get('role')}\` in user directories`);
  if (/^multipart\//i.test(request.headers['content-type'] ?? '')) {
    throw exception(
      48,
      'NOT_IMPLEMENTED',
      'External tables (multipart/form-data) are not supported by the embedded engine',
    );
  }
  const given = [...search].filter(([name]) => !OWN.has(name));
  const params = given.flatMap(([name, value]) => (name.startsWith('param_') ? [[name.slice(6), value] as const] : []));
  const settings = given.filter(([name]) => !name.startsWith('param_') && !EXPRESSIONS.test(name));
  for (const [name] of settings) {
    if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) throw exception(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
  }
  const method = request.method ?? 'GET';
  return {
    text: search.get('query') ?? '',
    queryId: search.get('query_id') || randomUUID(),
    database: search.get('database') ?? header(request, 'x-clickhouse-database'),
    format: search.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
    settings,
    params,
    logComment: search.get('log_comment') ?? '',
    session: session(search),
    waitEnd: on('wait_end_of_query'),
    encoding: on('enable_http_compression') ? acceptedEncoding(request) : undefined,
    readOnly: method === 'GET' || method === 'HEAD',
    httpMethod: method === 'GET' ? 1 : method === 'POST' ? 2 : 0,
    userAgent: request.headers['user-agent'] ?? '',
    address: request.socket.remoteAddress ?? '',
    port: request.socket.remotePort ?? 0,
  };
}

export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function session(search: URLSearchParams): QueryRequest['session'] {
  const id = search.get('session_id') ?? '';
  if (id === '') return undefined;
  const seconds = Number(search.get('session_timeout') ?? 60);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 3600) {
    throw exception(
      374,
      'INVALID_SESSION_TIMEOUT',
      `Invalid session timeout: '${search.get('session_timeout')}', maximum: 3600`,
    );
  }
  return {
    id,
    timeoutMs: seconds * 1000,
    mustExist: search.get('session_check') === '1',
    close: search.get('close_session') === '1',
  };
}

/** The first of br, gzip and deflate that the client takes, in that order: the server prefers them alike. */
function acceptedEncoding(request: IncomingMessage): QueryRequest['encoding'] {
  const accepted = (header(request, 'accept-encoding') ?? '').toLowerCase();
  return (['br', 'gzip', 'deflate'] as const).find((encoding) => new RegExp(`\\b${encoding}\\b`).test(accepted));
}
