import type { Match, Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here } from '../signals.ts';

/** Seconds that an entry says went by, where it says so. */
function elapsed({ event }: Match): number | undefined {
  const text = /(?:after|elapsed|took|duration|in|runtime)[:= ]*~?(\d+(?:\.\d+)?) ?(ms|s|sec|seconds?|m|min)\b/i.exec(
    event.flat,
  );
  if (!text) return undefined;
  const size = Number(text[1]);
  return text[2]?.startsWith('ms') ? size / 1000 : text[2]?.startsWith('m') ? size * 60 : size;
}

/** Seconds since a statement was sent, by the times of the entries before this one. */
function sinceStatement({ event, view }: Match): number | undefined {
  if (event.at === undefined) return undefined;
  const at = Date.parse(event.at.utc);
  const before = view.events
    .filter((one) => one.file === event.file && one.at !== undefined && Date.parse(one.at.utc) < at)
    .at(-1);
  if (before?.at === undefined || !/INSERT|\bPOST\b|query_id|sending|executing|running/i.test(before.flat))
    return undefined;
  return (at - Date.parse(before.at.utc)) / 1000;
}

const near = (seconds: number, limits: readonly number[]) =>
  limits.some((limit) => Math.abs(seconds - limit) <= Math.max(1.5, limit * 0.03));

const afterIdleLimit: Signal = {
  says: 'it broke after just such a time as balancers allow a connection to be idle (50, 60, 300, 350 s)',
  weight: 34,
  seen: (match) => {
    const seconds = elapsed(match) ?? sinceStatement(match);
    return seconds !== undefined && near(seconds, [50, 60, 120, 240, 300, 350, 600]);
  },
};

/** Connections that were there and ended early: which end closed it, text alone seldom tells. */
export const brokenConnection = patternRule('broken-connection', 'network', [
  {
    cause: 'keepalive_stale_socket',
    side: 'network',
    codes: [1002],
    text: /Unexpected end of file from server|socket hang up|failed to respond|NoHttpResponse|other side closed|server closed idle connection|connection closed before message completed|IncompleteMessage|Remote end closed connection without response|RemoteDisconnected|Server disconnected(?: without sending a response)?|Connection: close|premature(?:ly)? clos|ServerDisconnectedError|the connection was closed before an answer/i,
    strength: 74,
    summary: 'A kept connection was closed by the other end before the next request went over it',
    remedies: [
      'Keep idle connections for less time than the server’s keep_alive_timeout (3 s in older versions, 10 s and more in newer ones), for example keep_alive.idle_socket_ttl of clickhouse-js or the pool’s validate-after-inactivity',
      ['A retry is safe only where the table deduplicates', ' or the block carries an insert_deduplication_token'],
    ],
    question: 'Did the connection lie idle for longer than the server’s keep_alive_timeout before this request?',
    signals: [
      here(/idle|keep-?alive|pool|reus/i, 'it speaks of an idle or pooled connection', 8),
      { ...afterIdleLimit, weight: -20 },
      elsewhere(/Received termination signal|Shutting down|signal 15|Terminating/i, 'the server was stopped', -25),
      here(/port[:= ]*(?:9000|9440)\b|:(?:9000|9440)\b/, 'the port is that of the native protocol', -20),
    ],
  },
  {
    cause: 'http_client_on_native_port',
    side: 'config',
    codes: [1002],
    text: /failed to respond|NoHttpResponse|Remote end closed|socket hang up|Empty reply from server|EOF|BadStatusLine|invalid HTTP/i,
    strength: 28,
    summary: 'The port is that of the native protocol, not of HTTP',
    remedies: ['Use the HTTP port: 8123, or 8443 with TLS'],
    question: 'Is the port 9000 or 9440, or another one that the server configures as tcp_port?',
    signals: [here(/[:= ](?:9000|9440)\b/, 'the port is that of the native protocol', 55)],
  },
  {
    cause: 'connection_reset_by_peer',
    side: 'network',
    codes: [210],
    text: /Connection reset by peer|ECONNRESET|Errno 104\b|WinError 10054|Connection aborted|connection reset|unexpected EOF|: EOF\b|forcibly closed|Attempt to read after eof|os error 104|Recv failure|Empty reply from server|Error writing request body to server|\bEPIPE\b|broken pipe/i,
    unless: /socket hang up|while writing to socket/i,
    strength: 72,
    summary: 'The other end reset the connection before the answer was complete',
    remedies: [
      'Look at the server’s log at this time for a restart, a crash or a killed query, and at any proxy between for its limits',
      [
        'Whether the rows are stored, query_log and part_log tell',
        '; without them a retry needs an insert_deduplication_token',
      ],
    ],
    question: 'Does the server’s log show a restart, a crash or a closed connection at this moment?',
    signals: [
      afterIdleLimitAgainst(),
      elsewhere(
        /Received (?:termination )?signal|Terminating|Shutting down|Ready for connections|segmentation|Out of memory: Kill/i,
        'the server went down at that time',
        -10,
      ),
    ],
  },
  {
    cause: 'lb_idle_timeout',
    side: 'network',
    text: /socket hang up|ECONNRESET|reset by peer|RemoteDisconnected|Remote end closed|unexpected EOF|failed to respond|stream timeout|idle ?timeout|Connection aborted|504|408 Request/i,
    strength: 34,
    summary: 'A balancer or proxy between ended a connection that was silent for too long',
    remedies: [
      'Let the server send something while it works: send_progress_in_http_headers = 1 with wait_end_of_query = 1 (the status is then 200 before the end is known: read the body to its end)',
      'Raise the balancer’s idle limit, or send smaller batches',
    ],
    question:
      'Was the connection silent for the balancer’s idle limit (60, 300, 350 s), and does query_log show the statement as finished?',
    signals: [
      afterIdleLimit,
      here(
        /idle ?timeout|stream timeout|load ?balancer|\bELB\b|\bNLB\b|\bALB\b/i,
        'it speaks of an idle limit or a balancer',
        42,
      ),
      elsewhere(/QueryFinish/, 'the statement finished on the server', 30),
    ],
  },
  {
    cause: 'server_restarted_mid_query',
    side: 'server',
    codes: [210, 32, 236, 425],
    text: /code=(?:killed|dumped), status=\d+\/|clickhouse\S*\.service: (?:Main process exited|Failed|A process .{0,40}killed)|Killed process \d+ \(clickhouse|Received (?:termination )?signal|Terminating|segmentation fault|signal 11\b|Out of memory: Kill|OOMKilled|Shutting down|server is shutting down|\(ABORTED\)|Query was cancelled because of.{0,20}shutdown|engine’s process ended|\bRAM\b.{0,30}killed|terminated by signal|Server was terminated|<Fatal>/i,
    unless: /listen|clickhouse-client.{0,20}terminat/i,
    strength: 84,
    summary: 'The server went down or was restarted while the statement ran',
    remedies: [
      'Look at why: its last lines of level Fatal, the system’s out-of-memory killer (dmesg), the orchestrator’s events',
      [
        'Parts of the insert may be stored: compare counts',
        ', and retry with the same insert_deduplication_token where the table deduplicates',
      ],
    ],
    question: 'Did the server’s uptime() begin after the load did?',
    signals: [here(/OOM|Out of memory/, 'it was killed for its memory', 4)],
  },
  {
    cause: 'client_disconnected_before_response',
    side: 'network',
    codes: [210, 735, 23, 24],
    text: /Broken pipe,? while writing to socket|while writing to socket.{0,80}(?:Broken pipe|reset by peer)|Client has dropped the connection|cancell?ed by (?:the )?client|QUERY_WAS_CANCELLED_BY_CLIENT|Cannot write to (?:ostream|socket)|Cannot read from istream|CANNOT_READ_FROM_ISTREAM|Cannot write to ostream|Connection reset by peer, while (?:writing|reading).{0,30}socket \(/i,
    // Where the peer’s port is one of a server, the entry is a client’s.
    unless: /peer: \S+:(?:9000|9440|8123|8443)\b/,
    strength: 86,
    summary:
      'The client was gone before the server could answer: it gave up, was stopped, or something between closed the connection',
    remedies: [
      'Look at the client at this time: its own time limit, a kill, a proxy’s limit; the statement itself may have finished (QueryFinish in query_log)',
    ],
    question: 'Does query_log show the statement as finished, and did the client wait as long?',
    signals: [here(/Write failed|java\.net/, 'a Java client wrote it', -50)],
  },
]);

function afterIdleLimitAgainst(): Signal {
  return { ...afterIdleLimit, weight: -20, says: `against a plain reset: ${afterIdleLimit.says}` };
}
