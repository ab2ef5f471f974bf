import { InputFault } from '../../model/source.ts';

export type ApiCode =
  | 'API_REFUSED' // 401, 403, or an error inside a 200
  | 'API_NOT_FOUND'
  | 'API_HTTP' // any other status
  | 'API_UNREACHABLE'
  | 'API_TIMEOUT'
  | 'API_NOT_JSON'
  | 'API_NOT_UTF8'
  | 'API_TRUNCATED'
  | 'API_SHAPE' // JSON, and not of the form that can be read
  | 'API_FILTER_IGNORED'
  | 'API_PAGING'
  | 'API_CANCELED';

export interface ApiFailure {
  code: ApiCode;
  message: string;
  /** Path below the API's root. */
  path: string;
  status?: number | undefined;
  requestId?: string | undefined;
  offset?: number | undefined;
  /** Seconds that the answer asks to wait. */
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** A failure of the API, as facts. Its message holds neither token nor anything of a person. */
export class ApiError extends InputFault {
  readonly code: ApiCode;
  readonly path: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, path, status, requestId, offset, retryAfterMs, cause }: ApiFailure) {
    super({ code, message, source: `qtickets ${path}`, ...(offset === undefined ? {} : { offset }) }, cause);
    this.code = code;
    this.path = path;
    this.status = status;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What may mend itself: overload, faults of the server, connections that broke. Refusals and mistakes of ours do not. */
export function mayRetry(error: ApiError): boolean {
  if (error.code === 'API_UNREACHABLE' || error.code === 'API_TIMEOUT' || error.code === 'API_TRUNCATED') return true;
  return error.status !== undefined && (error.status === 429 || error.status >= 500);
}
