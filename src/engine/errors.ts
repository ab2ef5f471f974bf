import type { ServerException } from '../model/load.ts';
import { withoutValues } from '../model/server-words.ts';
import type { EngineFailure } from '../model/target.ts';
import { parseServerException } from './exception-text.ts';

/** Longer messages are cut; the whole text stays in `serverText`. */
const MESSAGE_CHARACTERS = 2000;

export interface EngineErrorFields {
  failure: EngineFailure;
  message: string;
  /** ClickHouse's code, innermost first choice. */
  code?: number | undefined;
  /** All codes of a nested exception, innermost first. */
  codes?: readonly number[] | undefined;
  codeName?: string | undefined;
  /** The whole text that the server sent. */
  serverText?: string | undefined;
  queryId?: string | undefined;
  httpStatus?: number | undefined;
  cause?: unknown;
}

/** Every failure of a call to the target. The message is one sentence and holds no credentials. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly failure: EngineFailure;
  readonly code: number | undefined;
  readonly codes: readonly number[];
  readonly codeName: string | undefined;
  readonly serverText: string | undefined;
  readonly queryId: string | undefined;
  readonly httpStatus: number | undefined;

  constructor(fields: EngineErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.failure = fields.failure;
    this.code = fields.code;
    this.codes = fields.codes ?? (fields.code === undefined ? [] : [fields.code]);
    this.codeName = fields.codeName;
    this.serverText = fields.serverText;
    this.queryId = fields.queryId;
    this.httpStatus = fields.httpStatus;
  }

  /** The same without what the server quotes of rows, and without what caused it, which may quote them too. */
  withheld(names: readonly string[]): EngineError {
    const own = new Set(names);
    const { failure, code, codes, codeName, queryId, httpStatus, serverText } = this;
    return new EngineError({
      failure,
      message: withoutValues(this.message, own),
      code,
      codes,
      codeName,
      serverText: serverText && withoutValues(serverText, own),
      queryId,
      httpStatus,
    });
  }

  /** The same as a value that may cross borders: facts, run.json. */
  toException(): ServerException {
    return {
      failure: this.failure,
      ...(this.code === undefined ? {} : { code: this.code }),
      ...(this.codeName === undefined ? {} : { name: this.codeName }),
      message: this.message,
      ...(this.queryId === undefined ? {} : { query_id: this.queryId }),
      ...(this.httpStatus === undefined ? {} : { http_status: this.httpStatus }),
    };
  }
}

/** What is known of the statement at which it failed. */
export interface FailureContext {
  queryId?: string | undefined;
  httpStatus?: number | undefined;
  /** `X-ClickHouse-Exception-Code`, where sent. */
  headerCode?: number | undefined;
}

/** The error for what a server wrote, or undefined when neither text nor header is a server's exception. */
export function serverError(text: string, context: FailureContext = {}): EngineError | undefined {
  const parsed = parseServerException(text);
  const code = parsed?.code ?? context.headerCode;
  if (code === undefined) return undefined;
  const said = parsed?.message || text.replace(/\s+/g, ' ').trim();
  return new EngineError({
    failure: 'server',
    // 23.x and 24.x may answer 200 with a code in the header and no body (ClickHouse issue 65117).
    message: said === '' ? `the server reported code ${code} and sent no text with it` : cut(said),
    code,
    codes: parsed?.codes,
    codeName: parsed?.name,
    serverText: text,
    queryId: context.queryId,
    httpStatus: context.httpStatus,
  });
}

function cut(text: string): string {
  return text.length <= MESSAGE_CHARACTERS ? text : `${text.slice(0, MESSAGE_CHARACTERS)} …`;
}
