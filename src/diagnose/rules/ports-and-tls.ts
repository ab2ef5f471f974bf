import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here, portIn, portOf } from '../signals.ts';

const HTTP_PORTS = [80, 443, 8123, 8443, 18123, 28123, 38123];
const NATIVE_PORTS = [9000, 9440, 19000, 29000];

/** The right server, spoken to in the wrong language: port and protocol do not belong together. */
export const portsAndTls = patternRule('ports-and-tls', 'protocols', [
  {
    cause: 'http_client_on_native_port',
    side: 'config',
    text: /Port (?<port>\d+) is for clickhouse-client program|You must use port \d+ for HTTP/i,
    strength: 96,
    only: true,
    summary: ({ groups }) =>
      `${groups.port === undefined ? 'The port' : `Port ${groups.port}`} is the server’s native interface, and the client speaks HTTP`,
    remedies: ['Use the HTTP port, by default 8123, or 8443 with TLS; the server’s own http_port says which'],
    question: 'Is this port the server’s tcp_port?',
  },
  {
    cause: 'native_client_on_http_port',
    side: 'config',
    codes: [102],
    text: /unexpected packet \[72\]|expected Hello or Exception|Unexpected packet from server.{0,120}(?:got|Unknown packet)|\[handshake\] unexpected packet/i,
    strength: 72,
    alone: 62,
    summary: ({ event }) =>
      `A client of the native protocol speaks to a port that answers something else${portOf(event) === undefined ? '' : ` (${portOf(event)})`}`,
    remedies: ['Use the native port, by default 9000, or 9440 with TLS: secure=True then; 8123 and 8443 speak HTTP'],
    question: 'Is the port 8123 or 8443, the server’s http_port?',
    signals: [
      here(/packet \[72\]/, 'packet 72 is the H of HTTP', 20),
      portIn(HTTP_PORTS, 'the port is one of HTTP', 18),
      portIn(NATIVE_PORTS, 'the port is the native one', -30),
      here(/proxy|squid|envoy|nginx|haproxy|cloudflare/i, 'a proxy answers', -18),
    ],
  },
  {
    cause: 'native_client_through_http_proxy',
    side: 'config',
    codes: [102],
    text: /expected Hello or Exception|\[handshake\] unexpected packet|Unexpected packet from server/i,
    strength: 50,
    summary: 'A proxy for HTTP stands between a client of the native protocol and the server',
    remedies: ['Let the native protocol pass as plain TCP (stream, not http), or use a client of the HTTP interface'],
    question: 'Does a proxy or an ingress for HTTP answer at this address?',
    signals: [
      portIn(NATIVE_PORTS, 'the port is the native one, and yet something else answers', 26),
      here(
        /proxy|squid|envoy|nginx|haproxy|ingress|cloudflare|port[=: ]*443|:443\b|:80\b/i,
        'a proxy or its port answers',
        30,
      ),
    ],
  },
  {
    cause: 'tls_client_on_plain_port',
    side: 'config',
    text: /wrong version number|WRONG_VERSION_NUMBER|server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|Unsupported or unrecognized SSL message|InvalidContentType|packet length too long|SSL_ERROR_RX_RECORD_TOO_LONG|record layer failure|not an SSL\/TLS record|tlsv1 alert.{0,20}version|Received fatal alert: protocol|The handshake failed due to an unexpected packet format|Cannot determine the frame size/i,
    strength: 92,
    only: true,
    summary: 'The client speaks TLS to a port that does not',
    remedies: ['Use http:// (secure = false) with the plain port, 8123 or 9000, or the port with TLS: 8443 or 9440'],
    question: 'Is the port the plain one (8123, 9000)?',
  },
  {
    cause: 'plain_client_on_tls_port',
    side: 'config',
    text: /plain HTTP request was sent to HTTPS port|Client sent an HTTP request to an HTTPS server|This combination of host and port requires TLS/i,
    strength: 94,
    only: true,
    summary: 'The client speaks plain HTTP to a port that expects TLS',
    remedies: ['Use https:// (secure = true) with this port, or the plain port'],
    question: 'Is the port the one with TLS (8443, 9440)?',
  },
  {
    cause: 'plain_client_on_tls_port',
    side: 'config',
    codes: [210, 32, 1002],
    text: /Connection reset by peer|ECONNRESET|Empty reply from server|Attempt to read after eof|unexpected EOF|: EOF\b|Remote end closed|socket hang up|failed to respond|Connection aborted|Unexpected packet from server|Broken pipe/i,
    unless: /SSL|TLS|https:|secure=(?:True|1)|--secure/i,
    strength: 32,
    summary: 'The port is one with TLS, and the client speaks without: the server hangs up',
    remedies: ['Use TLS: --secure, secure = true or https://, or the plain port (9000, 8123)'],
    question: 'Is the port the one with TLS (8443, 9440), and does the client speak plainly?',
    signals: [
      portIn([8443, 9440], 'the port is one with TLS', 60),
      { says: 'no port with TLS is named', weight: -60, seen: ({ event }) => !/\b(?:8443|9440)\b/.test(event.flat) },
      elsewhere(/--secure|secure=(?:True|1)|https:\/\//i, 'the client is told to use TLS', -60),
    ],
  },
  {
    cause: 'tls_versions_differ',
    side: 'config',
    text: /(?:SSLV3|TLSV1)_ALERT_(?:HANDSHAKE_FAILURE|PROTOCOL_VERSION)|handshake[_ ]failure|unsupported protocol|NO_(?:SHARED_)?CIPHER|no (?:shared )?cipher|No appropriate protocol|protocol is disabled or cipher suites/i,
    strength: 84,
    summary:
      'Client and server have no version of TLS or no cipher in common, or the server wants a client certificate',
    remedies: ['Compare what both allow (openssl says it of a connection); upgrade the older of the two'],
    question: 'Which versions and ciphers do both sides allow, and does the server ask for a certificate?',
  },
  {
    cause: 'tls_certificate_untrusted',
    side: 'config',
    text: /certificate verify failed|unable to get local issuer|self[- ]signed certificate|signed by unknown authority|PKIX path building failed|unable to find valid certification path|UNABLE_TO_VERIFY_LEAF|SELF_SIGNED_CERT|DEPTH_ZERO_SELF|UnknownIssuer|certificate has expired|CERT_HAS_EXPIRED|certificate is not trusted|SEC_E_UNTRUSTED_ROOT|certificate problem|CERTIFICATE_VERIFY_FAILED|RemoteCertificateChainErrors|tls: bad certificate|unknown ca/i,
    unless: /hostname mismatch|doesn't match|is valid for|not valid for|ERR_TLS_CERT_ALTNAME|IP address mismatch/i,
    strength: 92,
    only: true,
    summary: 'The client does not trust the server’s certificate, or it has run out',
    remedies: [
      'Give the client the authority’s certificate (ca_cert, --cacert, --ca); turning verification off lets anybody in between read the password',
    ],
    question: 'Who issued the certificate, and until when is it valid (openssl s_client -connect HOST:PORT)?',
  },
  {
    cause: 'tls_host_name_mismatch',
    side: 'config',
    text: /hostname mismatch|doesn't match (?:either )?['"]|certificate is valid for .{1,200}, not|not valid for the name|ERR_TLS_CERT_ALTNAME_INVALID|No subject alternative|IP address mismatch|NotValidForName|RemoteCertificateNameMismatch|subject name .{0,60}does not match/i,
    strength: 93,
    only: true,
    summary: 'The certificate is for another name than the one that the client asked for',
    remedies: [
      'Use a name that stands in the certificate, or have it issued for this one; server_host_name of some clients says which to expect',
    ],
    question: 'Which names does the certificate hold?',
  },
]);
