import type { Flags } from '../config/flags.ts';
import type { Options } from './program.ts';

/** Commander's options as configuration takes them: what commander adds for itself left out. */
export function flagsOf(options: Options): Flags {
  const {
    json: _json,
    quiet: _quiet,
    color: _color,
    force: _force,
    since: _since,
    until: _until,
    queryId: _queryId,
    yes: _yes,
    dryRun: _dryRun,
    rehearse: _rehearse,
    printSql: _printSql,
    shell: _shell,
    mergeStreams: _mergeStreams,
    tty: _tty,
    grace: _grace,
    wait: _wait,
    for: _for,
    role: _role,
    serverVersion: _serverVersion,
    ...flags
  } = options;
  return flags as Flags; // Every option of program.ts that is left has the name and the form of a flag; config validates each value again.
}
