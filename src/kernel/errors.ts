/** 0 clean · 1 something failed and the evidence says what · 2 could not run (120 for `run`) · 3 evidence could not be kept. */
export type ExitCode = 0 | 1 | 2 | 3 | 120;

export interface ErrorDocument {
  /** Stable upper-case code, for example `CONFIG_UNKNOWN_KEY`; scripts may match it. */
  code: string;
  /** What happened, one sentence. */
  what: string;
  /** Where: a file with line or key, a URL without credentials, an option. */
  where?: string | undefined;
  /** What to do next, in the imperative. */
  next?: string | undefined;
  /** Default 2: could not run. */
  exitCode?: ExitCode | undefined;
  cause?: unknown;
}

/**
 * An expected failure, written as a small document: what, where, what to do next.
 * Anything thrown that is not a `WitnessError` is a bug and keeps its stack on the way to the user.
 */
export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  readonly code: string;
  readonly where: string | undefined;
  readonly next: string | undefined;
  readonly exitCode: ExitCode;

  constructor(document: ErrorDocument) {
    super(document.what, document.cause === undefined ? undefined : { cause: document.cause });
    this.code = document.code;
    this.where = document.where;
    this.next = document.next;
    this.exitCode = document.exitCode ?? 2;
  }
}

/** The message of anything thrown, for a sentence; never a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
