/** What a command hands back; `cli.ts` alone prints it and exits with its code. */
export interface Outcome {
  code: number;
  /** For people: ends without a newline. */
  text: string;
  /** For programs, under `--json`. */
  json: unknown;
  /** The text goes to standard error: standard output is the wrapped command's. */
  aside?: boolean;
  /** A file's bytes, printed as they are instead of `text` (made printable on a terminal); under `--json` as the `text` of `json`. */
  stream?: AsyncIterable<Uint8Array>;
}

/** The world as a command may see it. */
export interface Io {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdin: NodeJS.ReadStream;
  /** To ask for its size, and to follow it; written to by `show` alone. */
  stdout: NodeJS.WriteStream;
  /** Whether standard output is a terminal that takes colours. */
  colours: boolean;
  /** Whether standard error is a terminal, for progress that rewrites its line. */
  live: boolean;
  /** A line of the report, at once, while a command goes on. Nothing under `--json`. */
  say(text: string): void;
  /** Progress, on standard error; nothing under `--quiet` or `--json`. */
  progress(text: string, done?: boolean): void;
  /** A line of ours on standard error; nothing under `--quiet` or `--json`. */
  tell(text: string): void;
  /**
   * Redacted output of a wrapped command, at once; resolves when more may come. A terminal gets it without what could take it
   * over, unless `raw`. Under `--json` both streams go to standard error. A reader that went away ends nothing.
   */
  show(stream: 'stdout' | 'stderr', bytes: Uint8Array, raw: boolean): Promise<void> | undefined;
  /** First Ctrl-C. */
  stop: AbortSignal;
}
