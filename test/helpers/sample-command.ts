import type { CommandFacts } from '../../src/model/command.ts';

/** A command that ran, by itself, for a second at noon. */
export function sampleCommand(change: Partial<CommandFacts> = {}): CommandFacts {
  return {
    line: './load.sh',
    shell: false,
    cwd: '/srv',
    environment: [],
    env_files: [],
    streams: 'apart',
    started_at: '2025-10-29T12:00:00.000Z',
    ended_at: '2025-10-29T12:00:01.000Z',
    ended: 'by-itself',
    signals: [],
    output: [],
    left_behind: [],
    log: { claims: [], errors: [], claim_lines: 0, error_lines: 0, tables: [] },
    ...change,
  };
}
