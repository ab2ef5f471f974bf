import type { Match, Remedy } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';

const SERVERS = String.raw`container \S+ of \S*clickhouse(?!\S*(?:connect|client|driver|sink|exporter|loader|ingest))\S*:`;
const server = (rest: string) => new RegExp(`${SERVERS}.*${rest}`, 'i');
const client = (rest: string) => new RegExp(`^(?!${SERVERS}).*${rest}`, 'i');
const LOOP = 'restarted over and over';
const who = ({ event }: Match) => /^container (\S+)/.exec(event.flat)?.[1] ?? 'a container';
const limit = ({ event }: Match) => {
  const found = /limit (\d+ MiB)/.exec(event.flat)?.[1];
  return found === undefined ? '' : ` (its limit: ${found})`;
};
const HALF_STORED: Remedy = [
  'Rows may be stored in part: compare counts before sending them again',
  ', or retry with the same insert_deduplication_token where the table deduplicates',
];

/** How containers ended: by `docker inspect`, and by what was seen of a wrapped command’s own. */
export const containers = patternRule('containers', 'containers', [
  {
    cause: 'server_restarted_mid_query',
    side: 'server',
    from: ['container'],
    text: server('killed for its memory'),
    strength: 93,
    only: true,
    summary: (match) => `The server’s container ${who(match)} was killed for its memory${limit(match)}`,
    remedies: [
      [
        'Give the container more memory',
        ', or set max_server_memory_usage well below its limit: then statements fail with 241 instead of the whole server',
      ],
      HALF_STORED,
    ],
    question: 'Does docker inspect say OOMKilled of the server’s container?',
  },
  {
    cause: 'server_restarted_mid_query',
    side: 'server',
    from: ['container'],
    text: server('exit code (?:137|139|134)'),
    strength: 78,
    summary: (match) => `The server’s container ${who(match)} was killed by a signal`,
    remedies: [
      'Look at who killed it: docker events, dmesg (the machine’s own out-of-memory killer sets no OOMKilled), a docker stop that ran out of its grace',
      HALF_STORED,
    ],
    question: 'Was it stopped by hand or by an orchestrator at that time?',
  },
  {
    cause: 'server_restarts_over_and_over',
    side: 'server',
    from: ['container'],
    text: server(LOOP),
    strength: 90,
    summary: (match) => `The server’s container ${who(match)} does not stay up: it is restarted over and over`,
    remedies: [
      'docker logs and the end of clickhouse-server.err.log say why it ends: its configuration, rights on the data folder, a broken table',
    ],
    question: 'What are the last lines of level Fatal or Error before each restart?',
  },
  {
    cause: 'client_program_killed',
    side: 'client',
    from: ['container'],
    text: client('killed for its memory'),
    strength: 92,
    only: true,
    summary: (match) => `The ingestion’s container ${who(match)} was killed for its memory${limit(match)}`,
    remedies: [
      'Give it more memory, or let it read and send in smaller batches',
      'Rows that were acknowledged are stored: look where it stopped before starting it again',
    ],
    question: 'Does docker inspect say OOMKilled?',
  },
  {
    cause: 'client_program_killed',
    side: 'client',
    from: ['container'],
    text: client('exit code (?:137|139|134)'),
    strength: 74,
    summary: (match) =>
      `The ingestion’s container ${who(match)} was killed by a signal, and not for its own limit of memory`,
    remedies: [
      'Look at who killed it: docker events, dmesg (the machine’s own out-of-memory killer), a time limit of the scheduler, a docker stop that ran out of its grace',
      'Rows that were acknowledged are stored: look where it stopped before starting it again',
    ],
    question: 'Did a scheduler or a person stop it at that time?',
  },
  {
    cause: 'client_restarts_over_and_over',
    side: 'client',
    from: ['container'],
    text: client(LOOP),
    strength: 88,
    summary: (match) =>
      `The ingestion’s container ${who(match)} is restarted over and over: its restart policy repeats a failure`,
    remedies: [
      'docker logs of it say why it ends; start an ingestion with --restart no or on-failure with a limit, or each start loads again what the last one had stored',
    ],
    question: 'Is each start a new attempt at the same load?',
  },
]);
