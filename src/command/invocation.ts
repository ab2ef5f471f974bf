import { commandLine, quoteWord } from './quote.ts';

export interface Terminal {
  columns: number;
  rows: number;
}

export interface Wanted {
  /** The command and its arguments; under `shell` a line for the shell. */
  words: readonly string[];
  shell: boolean;
  merge: boolean;
  /** Give it a terminal of this size. */
  terminal?: Terminal | undefined;
}

export interface Invocation {
  file: string;
  args: string[];
  /** Changes to the environment of what is started; the command itself gets the user's. */
  env: Record<string, string>;
}

const SHELL = '/bin/sh';

/**
 * What is started so that the command runs as wanted: itself; a shell that becomes it; or `script` of util-linux, which
 * gives it a terminal. `exec` leaves no shell in between, so that exit code and signals are the command's own.
 */
export function invocationOf(wanted: Wanted, userShell: string | undefined): Invocation {
  const { words, terminal } = wanted;
  const own = wanted.shell ? [SHELL, '-c', words.join(' ')] : [...words];
  if (terminal) {
    // `script` hands the line to $SHELL, which may be none that reads it as /bin/sh does; the command gets $SHELL back.
    const shell = userShell === undefined ? 'unset SHELL' : `SHELL=${quoteWord(userShell)}`;
    const line = `stty rows ${terminal.rows} columns ${terminal.columns}; ${shell}; exec ${commandLine(own)}`;
    return { file: 'script', args: ['-q', '-f', '-e', '-c', line, '/dev/null'], env: { SHELL } };
  }
  const [file = '', ...args] = own;
  return { file, args, env: {} };
}
