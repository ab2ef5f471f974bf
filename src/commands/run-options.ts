import type { Option } from 'commander';
import { checkOptions, option, tableOption, targetOptions } from './program-options.ts';

/** Options of `run`. `--timeout` is the command's there, not that of a statement. */
export function runOptions(): Option[] {
  return [
    tableOption(),
    option('--shell', 'the command is a line for /bin/sh'),
    option(
      '--merge-streams',
      'one pipe for both outputs: their order is exact, which of the two a line was on is lost',
    ),
    option('--tty', 'give the command a terminal: size, colours, prompts (needs script of util-linux)'),
    option('--timeout <duration>', 'ask the command to stop after this long, for example 30m'),
    option('--grace <duration>', 'from asking it to stop to killing it (default: 10s)'),
    option('--wait <duration>', 'wait this long for another run of the same job to end (default: not at all)'),
    option('--force', 'start it even if a blocking check did not pass'),
    ...targetOptions().filter(({ long }) => long !== '--timeout'),
    ...checkOptions(),
  ];
}
