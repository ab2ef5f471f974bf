/**
 * What the engine threw, as the server would word it: `Code: 60. DB::Exception: Table … does not exist. (UNKNOWN_TABLE)`.
 * Also made by the endpoint itself where a server, and not the embedded engine, would have refused.
 */
export class EngineException extends Error {
  override readonly name = 'EngineException';
  readonly code: number;
  /** Name of the code, `UNKNOWN_TABLE`. */
  readonly codeName: string;
  /** Whether rows were already being processed: tells `ExceptionWhileProcessing` from `ExceptionBeforeStart`. */
  started = false;

  constructor(code: number, codeName: string, message: string) {
    super(message);
    this.code = code;
    this.codeName = codeName;
  }

  /** The server's text, version at the end as the HTTP interface prints it. */
  text(version: string): string {
    return `Code: ${this.code}. ${this.message} (${this.codeName}) (version ${version})`;
  }
}

/** An exception of the endpoint's own, in the server's form. */
export function exception(code: number, codeName: string, message: string): EngineException {
  return new EngineException(code, codeName, `DB::Exception: ${message}`);
}

const READONLY = 164;

/** A server says of a statement that a GET forbids why it is forbidden; the engine itself knows nothing of HTTP. */
export function namingGet(failed: EngineException, method: string | undefined): EngineException {
  if (failed.code !== READONLY || (method !== 'GET' && method !== 'HEAD')) return failed;
  const why = 'For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries';
  const named = failed.message.replace(/(Cannot execute query in readonly mode)\.?/, `$1. ${why}.`);
  const told = new EngineException(failed.code, failed.codeName, named);
  told.started = failed.started;
  return told;
}

// The engine repeats the head when an exception crosses its client layer: `Code: 47. DB::Exception: Code: 47. DB::Exception: … (NAME) (version V). (NAME)`.
const WHOLE = /^Code: (\d+)\. ([\s\S]*?)(?: \(([A-Z][A-Z0-9_]+)\))?\s*$/;
const INNER = /^DB::Exception: (Code: \d+\. [\s\S]* \([A-Z][A-Z0-9_]+\)) \(version [^)]*\)\.?$/;

/** Anything that the addon threw as an `EngineException`; text that is no server text becomes code 1002 (UNKNOWN_EXCEPTION). */
export function parseException(thrown: unknown): EngineException {
  if (thrown instanceof EngineException) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const whole = WHOLE.exec(message.trim());
  if (whole === null) return exception(1002, 'UNKNOWN_EXCEPTION', message);
  const [, code = '1002', body = '', name] = whole;
  const inner = INNER.exec(body);
  if (inner?.[1] !== undefined) return parseException(new Error(inner[1]));
  return new EngineException(Number(code), name ?? 'UNKNOWN_EXCEPTION', body);
}
