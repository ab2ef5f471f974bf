import { cite, type Match } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { containerSigns, elsewhere, isLoopback, portOf } from '../signals.ts';

const REFUSED =
  /ECONNREFUSED|connection refused|actively refused|Connection refused|Errno 111\b|Errno 61\b|WinError 10061|os error 111|errno: ?111|the connection was refused|Failed to connect to \S+ port \d+|couldn't connect to (?:server|host)/i;
const NOT_REFUSED =
  /All connection tries failed|Could not resolve|timed out|No route to host|Listen \[|SSL routines|SSLError/i;

const place = ({ event }: Match) => {
  const port = portOf(event);
  return port === undefined ? 'there' : `at port ${port}`;
};

/** A connection that nothing accepted: no server, another port, or a server that listens elsewhere. */
export const refused = patternRule('refused', 'network', [
  {
    cause: 'connection_refused',
    side: 'network',
    codes: [210],
    text: REFUSED,
    unless: NOT_REFUSED,
    strength: 88,
    summary: (match) => `Nothing accepts connections ${place(match)}: the connection was refused`,
    remedies: [
      'Check that the server runs and that host and port are those of the interface this client speaks (HTTP 8123 or 8443, native 9000 or 9440)',
      'A server that listens on loopback only needs listen_host to be reached from another machine or container; it then answers whoever can reach it, so users need passwords',
    ],
    question: 'Does the server run, and does ss -ltn on its machine show this port?',
  },
  {
    cause: 'connection_refused',
    side: 'network',
    text: /no upstream connections available|ConnectionInitiationException|(?:could not|cannot|unable to|failed to) (?:connect|open (?:a )?connection|establish (?:a )?(?:new )?connection)|connection (?:attempt )?failed/i,
    unless:
      /resolv|timed? ?out|route to host|SSL|TLS|certificate|authenticat|password|privileg|unreachable|too many|DB::/i,
    strength: 62,
    summary: 'No connection came about, and nothing says why: most likely nothing listens there',
    remedies: [
      'Try host and port from where the ingestion runs (nc -vz HOST PORT), and look at the server’s log for its start',
    ],
    question: 'Does the server run, and does ss -ltn on its machine show this port?',
    or: [
      {
        cause: 'connection_timed_out',
        summary: 'packets to this address vanish',
        question: 'Does the attempt fail at once, or after a time-out?',
      },
    ],
  },
  {
    cause: 'localhost_inside_container',
    side: 'config',
    codes: [210],
    text: REFUSED,
    unless: NOT_REFUSED,
    strength: 62,
    summary: 'The client asks its own container: localhost there is not the machine that the server runs on',
    remedies: [
      'Name the server by its container or service name, or host.docker.internal; localhost means the container itself',
    ],
    question: 'Does the client run in a container of its own, and the server outside it?',
    signals: [
      { says: 'the address is not of this machine', weight: -60, seen: ({ event }) => !isLoopback(event) },
      {
        says: 'the client runs in a container',
        weight: 34,
        seen: ({ view }) => {
          const sign = containerSigns(view);
          return sign ? cite(sign) : false;
        },
      },
    ],
  },
  {
    cause: 'server_listens_on_loopback_only',
    side: 'config',
    codes: [210],
    text: REFUSED,
    unless: NOT_REFUSED,
    strength: 66,
    summary:
      'The name resolves and the machine answers, yet nothing accepts connections from outside: the server may listen on loopback only',
    remedies: [
      'Set <listen_host>0.0.0.0</listen_host> (or :: where IPv6 exists) and restart; the server then answers whoever can reach it, so users need passwords and networks',
    ],
    question: 'Does the same request on the server’s own machine or in its container succeed?',
    signals: [
      { says: 'the address is of this machine', weight: -60, seen: ({ event }) => isLoopback(event) },
      {
        says: 'the host has a plain name, as containers and services of one network have',
        weight: 14,
        seen: ({ event }) => /host='[a-z][\w-]*'|\/\/[a-z][\w-]*:\d+|\bto [a-z][\w-]*:\d+/.test(event.flat),
      },
      {
        says: 'it was refused again and again, so nothing was just starting',
        weight: 2,
        seen: ({ event }) => event.count > 2,
      },
      elsewhere(
        /Listening for (?:http|connections|native)\S*.{0,40}127\.0\.0\.1/i,
        'the server says it listens on loopback',
        40,
      ),
      elsewhere(
        /Listening for (?:http|connections|native)\S*.{0,40}0\.0\.0\.0/i,
        'the server says it listens everywhere',
        -40,
      ),
    ],
  },
]);
