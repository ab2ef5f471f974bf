import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here } from '../signals.ts';

const HOST =
  /(?:lookup|resolve host:?|ENOTFOUND|EAI_AGAIN|host=|host address of host:?|UnknownHostException:|Not found address of host:?|for host) ?['"(]?(?<host>[A-Za-z0-9][\w.-]*[A-Za-z0-9])/;
const hostOf = (text: string) => HOST.exec(text)?.groups?.host;
const named = (text: string) => {
  const host = hostOf(text);
  return host === undefined ? 'the host name' : `the host name ${host}`;
};

/** Names that no resolver knows, and resolvers that do not answer. */
export const dns = patternRule('dns', 'network', [
  {
    cause: 'dns_unresolvable',
    side: 'network',
    codes: [198],
    text: /\bENOTFOUND\b|Name or service not known|nodename nor servname|no such host|UnknownHost|Could not resolve host|Couldn't resolve|Not found address of host|getaddrinfo failed|failed to lookup address|Name does not resolve|NXDOMAIN|No address associated with hostname|host not found in upstream|No such host is known|NameResolutionError|Unknown host|cannot resolve host|the host name of \S+ is not known/i,
    unless: /Temporary failure in name resolution|EAI_AGAIN|Try again|server misbehaving/i,
    strength: 92,
    alone: 70,
    own: [198],
    only: true,
    summary: ({ event }) => `There is no such host for this machine: ${named(event.flat)} does not resolve`,
    remedies: [
      'Check the spelling; inside Docker use the container or service name of the same network, on the host a published port on 127.0.0.1',
      'In Kubernetes use the service with its namespace: name.namespace.svc',
    ],
    question: 'Does the name resolve from the very place where the ingestion runs (getent hosts NAME)?',
    signals: [
      here(/Name or service not known|\bENOTFOUND\b|no such host/i, 'the resolver answered, and knows no such name', 2),
    ],
  },
  {
    cause: 'dns_temporary_failure',
    side: 'network',
    text: /EAI_AGAIN|Temporary failure in name resolution|server misbehaving|lookup \S+(?: on \S+)?: (?:read udp\S*.*)?i\/o timeout|getaddrinfo.{0,40}try again|resolver.{0,30}(?:timed out|did not answer)|SERVFAIL|DNS (?:lookup|resolution) timed? ?out|Resolving timed out/i,
    strength: 92,
    only: true,
    summary: ({ event }) => `The resolver did not answer for ${named(event.flat)}`,
    remedies: [
      'Try again; if it stays, look at the resolver of this machine or container (/etc/resolv.conf), and at whether the container has a network at all',
    ],
    question: 'Do other names resolve there at the same time?',
    signals: [
      elsewhere(/Name or service not known|ENOTFOUND/, 'another attempt was answered, and the name is unknown', -10),
    ],
  },
]);
