/** What a command hands back; `cli.ts` alone prints it and exits with its code. */
export interface Outcome {
  code: number;
  /** For people: ends without a newline. */
  text: string;
  /** For programs, under `--json`. */
  json: unknown;
  /** A file's bytes, printed as they are instead of `text` (made printable on a terminal). */
  stream?: AsyncIterable<Uint8Array>;
}

/** The world as a command may see it. */
export interface Io {
  env: NodeJS.ProcessEnv;
  cwd: string;
  stdin: NodeJS.ReadStream;
  /** Whether standard output is a terminal that takes colours. */
  colours: boolean;
  /** Whether standard error is a terminal, for progress that rewrites its line. */
  live: boolean;
  /** A line of the report, at once, while a command goes on. Nothing under `--json`. */
  say(text: string): void;
  /** Progress, on standard error; nothing under `--quiet` or `--json`. */
  progress(text: string, done?: boolean): void;
  /** First Ctrl-C. */
  stop: AbortSignal;
}
