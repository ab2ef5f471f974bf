import type { Finding } from '../../model/finding.ts';
import type { ServerException } from '../../model/load.ts';
import type { EvidenceView, Rule } from '../../model/rule.ts';
import { exceptionsOf } from '../exceptions.ts';
import { answered, goneAfterwards } from './server-gone.ts';

interface Known {
  cause: string;
  side: Finding['side'];
  confidence: Finding['confidence'];
  summary: (url: string) => string;
  remedies: string[];
}

const RESOLVER_DOWN = /EAI_AGAIN|temporary failure/i;
const NATIVE_PORT = /native|clickhouse-client program|\b9000\b|\b9440\b/i;
const DIED_IN_CONTAINER = 'look at the engine’s own log for its last lines';

/** Failures that never became an answer of ClickHouse: what the socket says is all there is, and mostly it is enough. */
function known(exception: ServerException): Known | undefined {
  switch (exception.failure) {
    case 'dns':
      return RESOLVER_DOWN.test(exception.message)
        ? {
            cause: 'dns_temporary_failure',
            side: 'network',
            confidence: 'certain',
            summary: (url) => `The resolver did not answer for the host name in ${url}`,
            remedies: ['Try again; if it stays, look at the resolver of this machine or container (/etc/resolv.conf)'],
          }
        : {
            cause: 'dns_unresolvable',
            side: 'network',
            confidence: 'certain',
            summary: (url) => `The host name in ${url} does not exist for this machine`,
            remedies: [
              'Check the spelling; inside Docker use the container or service name, on the host a published port on 127.0.0.1',
            ],
          };
    case 'refused':
      return {
        cause: 'connection_refused',
        side: 'network',
        confidence: 'certain',
        summary: (url) => `Nothing accepts connections at ${url}`,
        remedies: [
          'Check that the server runs and that host and port are those of its HTTP interface (8123, TLS 8443)',
          'A server that listens on loopback only needs listen_host to be reached from elsewhere',
        ],
      };
    case 'reset':
      return {
        cause: 'connection_reset_by_peer',
        side: 'network',
        confidence: 'likely',
        summary: (url) => `The connection to ${url} was closed before an answer came`,
        remedies: [
          'Look at the server’s log for a restart or a crash at this time, and at any proxy between for its idle limit',
        ],
      };
    case 'tls':
      return {
        cause: 'tls_client_on_plain_port',
        side: 'config',
        confidence: 'possible',
        summary: (url) => `TLS with ${url} could not be agreed`,
        remedies: [
          'Use http:// with the plain port (8123) or https:// with the TLS port (8443)',
          'For a certificate of one’s own authority name it with --ca',
        ],
      };
    case 'timeout':
      return {
        cause: 'client_timeout_shorter_than_query',
        side: 'client',
        confidence: 'possible',
        summary: (url) => `No answer from ${url} within the time allowed`,
        remedies: [
          'Raise --timeout if the statement is meant to take this long; whether it finished on the server, query_log tells',
        ],
      };
    case 'not-clickhouse':
      return NATIVE_PORT.test(exception.message)
        ? {
            cause: 'http_client_on_native_port',
            side: 'config',
            confidence: 'certain',
            summary: (url) => `${url} is the port of the native protocol, not of HTTP`,
            remedies: ['Use the HTTP port: 8123, or 8443 with TLS'],
          }
        : undefined;
    case 'engine-died':
      return {
        cause: 'server_restarted_mid_query',
        side: 'server',
        confidence: 'certain',
        summary: () => 'The embedded engine’s process ended during the run',
        remedies: [DIED_IN_CONTAINER],
      };
    case 'server':
    case 'canceled':
    case 'other':
      return undefined;
  }
}

/** Of a server that answered in the same run, silence is a long statement, and a refusal what came after. */
function surety({ cause, confidence }: Known, view: EvidenceView): Finding['confidence'] {
  if (cause === 'client_timeout_shorter_than_query' && answered(view)) return 'likely';
  return cause === 'connection_refused' && goneAfterwards(view) !== undefined ? 'possible' : confidence;
}

export const connection: Rule = {
  id: 'connection',
  causes: [
    'dns_temporary_failure',
    'dns_unresolvable',
    'connection_refused',
    'connection_reset_by_peer',
    'tls_client_on_plain_port',
    'client_timeout_shorter_than_query',
    'http_client_on_native_port',
    'server_restarted_mid_query',
  ],
  explain(evidence) {
    return exceptionsOf(evidence).flatMap(({ exception, because }) => {
      const match = known(exception);
      if (!match) return [];
      const { cause, side, summary, remedies } = match;
      const confidence = surety(match, evidence);
      return [
        {
          cause,
          side,
          confidence,
          summary: summary(evidence.target?.url ?? 'the server'),
          because: [because],
          alternatives: [],
          remedies,
        },
      ];
    });
  },
};
