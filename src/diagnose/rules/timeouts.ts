import { patternRule } from '../pattern-rule.ts';
import { effective, elsewhere, here } from '../signals.ts';

/** Someone did not wait long enough, or something never came. */
export const timeouts = patternRule('timeouts', 'timeouts', [
  {
    cause: 'client_timeout_shorter_than_query',
    side: 'client',
    codes: [209],
    text: /while reading from socket \((?:peer: )?\S+:(?:9000|9440|8123|8443)\b|Timeout error\.?|Read timed out|ReadTimeout|read timeout=|context deadline exceeded|Client\.Timeout exceeded|SocketTimeoutException|HeadersTimeout|BodyTimeout|UND_ERR_(?:HEADERS|BODY)_TIMEOUT|Operation timed out after \d+ milliseconds|timeout was reached|deadline has elapsed|[Tt]imeout during|asyncio\.(?:exceptions\.)?TimeoutError|socket\.timeout|The read operation timed out|Timeout (?:of|after) \d+ ?ms exceeded|timeout of \d+ ?ms exceeded|request timed out|HttpTimeoutException|HttpClient\.Timeout|\bread(?:: read)?(?: tcp \S+)?: i\/o timeout|operation timed out|No answer from \S+ within|TimeoutException|[Rr]equest time-?d? ?-?out|query timeout|statement timeout|TimeoutError/i,
    unless:
      /connect(?:ion)? ?timed? ?out|ConnectTimeout|connect timeout|dial tcp|while connecting|Wait for async insert|lookup |TIMEOUT_EXCEEDED|maximum: \d|gateway|Timeout exceeded: elapsed|Resolving timed out|lock|Operation timeout|WaitForAsyncInsert/i,
    strength: 80,
    summary: 'The client stopped waiting before the server had answered',
    remedies: (match) => [
      [
        'Look in query_log whether the statement finished all the same: then its rows are stored, and a retry would store them twice',
        ' unless it carries an insert_deduplication_token',
      ],
      `Raise the client’s time limit (request_timeout, send_receive_timeout, socket_timeout, read_timeout), or send smaller batches; ${effective(match, 'max_execution_time')} limits it on the server’s side`,
    ],
    question: 'Does query_log show the statement as finished, later than the client’s time limit?',
    signals: [
      here(/(?:read timeout=|after |of |timeout[:= ]+)\d+/i, 'it names the client’s own limit', 6),
      elsewhere(/QueryFinish/, 'the statement finished on the server', 8),
    ],
  },
  {
    cause: 'connection_timed_out',
    side: 'network',
    codes: [209],
    text: /ETIMEDOUT|connect(?:ion)? ?timed? ?out|ConnectTimeout|ConnectTimeoutError|UND_ERR_CONNECT_TIMEOUT|dial tcp \S+:? i\/o timeout|Errno 110\b|connect timeout|Connection timed out|HttpConnectTimeout|Failed to connect to .{0,80}(?:timed out|timeout)|os error 110|connect\(\) timed out/i,
    unless: /upstream timed out|while reading (?:response|upstream)|Wait for async|All connection tries failed/i,
    strength: 86,
    summary:
      'Nothing answered the attempt to connect: packets to this address vanish, as behind a firewall or at a wrong address',
    remedies: [
      'Check address and port, then the firewall, security group or allow list between (managed services admit listed addresses only)',
      'Sleeping services need a longer time for the first connection',
    ],
    question: 'Does a plain TCP connection to this address and port (nc -vz HOST PORT) succeed from there?',
    signals: [here(/read timed out|read timeout/i, 'it was reading already', -25)],
  },
  {
    cause: 'max_execution_time_exceeded',
    side: 'server',
    codes: [159, 160],
    text: /Timeout exceeded: elapsed [\d.]+ ?(?:ms|seconds?),? ?(?:maximum|\(maximum)|Estimated query execution time .{0,60}is too long|TIMEOUT_EXCEEDED|TOO_SLOW|Timeout exceeded: elapsed/i,
    unless: /Wait for async|WaitForAsyncInsert/i,
    strength: 90,
    alone: 70,
    own: [159],
    only: true,
    summary: 'The statement ran longer than max_execution_time allows, and the server ended it',
    remedies: (match) => [
      `Send smaller batches, or raise ${effective(match, 'max_execution_time')} for this user: a higher limit lets slow statements hold threads and memory for longer`,
      'JDBC and some tools set it themselves from their own time limit',
    ],
    question: 'What is max_execution_time for this user, and does the statement take that long?',
  },
  {
    cause: 'async_insert_wait_timeout',
    side: 'server',
    codes: [159],
    text: /Wait for async insert timeout|WaitForAsyncInsert/i,
    strength: 95,
    only: true,
    summary:
      'The server took the rows of an asynchronous insert, and did not flush them within wait_for_async_insert_timeout',
    remedies: (match) => [
      `Look at what held the flush up (asynchronous_insert_log, merges, Keeper, memory); ${effective(match, 'wait_for_async_insert_timeout')} only says how long to wait`,
      'The rows may be stored after all: count them before sending them again',
    ],
    question: 'Does asynchronous_insert_log show a flush later than the time limit?',
  },
  {
    cause: 'http200_with_exception_header',
    side: 'silent',
    codes: [209],
    text: /(?:HTTP\/[\d.]+ 200|status[:= ]*200)[\s\S]{0,600}x-clickhouse-exception-code["']?[:= ]+["']?[1-9]/i,
    strength: 92,
    only: true,
    summary: 'The server answered 200 and said in a header only that the statement failed',
    remedies: [
      'Read X-ClickHouse-Exception-Code and the end of the body, not the status alone; upgrade the client to a version that does',
      'Count the rows before sending them again: they are most likely not stored',
    ],
    question: 'Does the answer carry the header X-ClickHouse-Exception-Code?',
    signals: [here(/empty body|content-length: 0/i, 'the body is empty', 3)],
  },
  {
    cause: 'server_socket_timeout',
    side: 'network',
    codes: [209],
    text: /Timeout exceeded while (?:reading from|writing to) socket|timeout exceeded while (?:receiving|reading)|Timeout: connect timed out/i,
    strength: 80,
    summary: 'The server waited for the client, or for another server, longer than its receive or send timeout',
    remedies: (match) => [
      `Send the body without long pauses; ${effective(match, 'receive_timeout')}, send_timeout and http_receive_timeout say how long a silent side is waited for`,
    ],
    question: 'Did the client pause while it produced the rows?',
    signals: [
      elsewhere(/Read timed out|context deadline/i, 'the client gave up, too', -10),
      here(
        /socket \((?:peer: )?\S+:(?:9000|9440|8123|8443)\b|receiving packet from/i,
        'the other end is a server, so a client waited',
        -20,
      ),
    ],
  },
]);
