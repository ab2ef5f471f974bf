import { patternRule } from '../pattern-rule.ts';
import { effective, here } from '../signals.ts';

/** Something between client and server answered in its place. */
export const proxies = patternRule('proxies', 'network', [
  {
    cause: 'proxy_timeout',
    side: 'network',
    text: /504 Gateway|Gateway Time-?out|upstream request timeout|upstream timed out|\b504\b.{0,40}(?:time|gateway)|stream timeout|HTTP\/[\d.]+ 504|status[^\d]{0,12}504\b|error code:? 524|524: A timeout|\bsH--|408 Request Time-?out|returned response code 504/i,
    strength: 92,
    only: true,
    summary: 'A proxy between gave up waiting for the server; the statement may have finished all the same',
    remedies: [
      [
        'Look in query_log whether it finished before sending the rows again',
        '; a retry needs an insert_deduplication_token',
      ],
      'Raise the proxy’s limit (nginx proxy_read_timeout, Envoy route timeout, HAProxy timeout server), or send smaller batches',
    ],
    question: 'Does query_log show the statement as finished?',
  },
  {
    cause: 'proxy_body_limit',
    side: 'network',
    text: /413 (?:Request Entity|Payload|Content)|Request Entity Too Large|Payload Too Large|client intended to send too large body|Content Too Large|HTTP\/[\d.]+ 413|status[^\d]{0,12}413\b|body exceeds|request body too large|FUNCTION_PAYLOAD_TOO_LARGE/i,
    strength: 92,
    summary: 'A proxy between refuses bodies of this size; ClickHouse itself has no such limit for inserted data',
    remedies: [
      'Send smaller batches, or raise the proxy’s limit (nginx client_max_body_size, Envoy max_request_bytes)',
    ],
    question: 'Does a smaller batch pass?',
    signals: [here(/query=INSERT.{500,}/i, 'the statement stands in the URL', -30)],
  },
  {
    cause: 'url_too_long',
    side: 'client',
    codes: [1002],
    text: /414 (?:Request-URI|URI)|Request-URI Too (?:Long|Large)|URI Too Long|HTTP\/[\d.]+ 414|status[^\d]{0,12}414\b|URI is too long|Request header.{0,20}too large|\b431\b Request|too long URI|http_max_uri_size/i,
    strength: 78,
    summary: 'The statement stands in the URL and is longer than the server, or a proxy, takes',
    remedies: (match) => [
      [
        'Send the statement in the body (or name fewer columns)',
        `: ${effective(match, 'http_max_uri_size')} is 1 MiB by default, proxies take 8 KiB`,
      ],
    ],
    question: 'Is the URL, with its list of columns, longer than 16 KB?',
    signals: [here(/\b414\b|URI/i, 'it speaks of the URI', 14), here(/1002/, 'the JDBC driver knows no reason', 4)],
  },
  {
    cause: 'url_too_long',
    side: 'client',
    codes: [1002],
    text: /Broken pipe \(Write failed\)/i,
    strength: 64,
    summary: 'The server may have hung up on a URL that was too long: the statement stands in it',
    remedies: ['Send the statement in the body, or name fewer columns'],
    question: 'Is the URL, with its list of columns, longer than 16 KB?',
    signals: [
      here(
        /INSERT INTO [^)]{2000,}|\b\d{3,} columns|columns : \d{3,}|wide table|long (?:list of )?columns/i,
        'the insert names very many columns',
        20,
      ),
      here(/URI|URL|query=/, 'it speaks of the URL', 14),
      here(/1002/, 'the JDBC driver of the first years, which puts the statement into the URL', 10),
    ],
  },
  {
    cause: 'proxy_upstream_unavailable',
    side: 'network',
    text: /502 Bad Gateway|Bad Gateway|no live upstreams|503 Service|Service (?:Temporarily )?Unavailable|no healthy upstream|upstream connect error|upstream prematurely closed|No server is available to handle|HTTP\/[\d.]+ 50[23]|status[^\d]{0,12}50[23]\b|response code 50[23]|connect\(\) failed .{0,80}upstream/i,
    strength: 88,
    summary: 'A proxy or balancer between has no server behind it that answers',
    remedies: [
      'Look at the servers behind the proxy and at its health checks; whether a statement under way was stored, query_log tells',
    ],
    question: 'Does the server answer /ping past the proxy?',
    signals: [here(/DB::/, 'ClickHouse itself wrote it', -60)],
  },
  {
    cause: 'container_network_unreachable',
    side: 'network',
    codes: [210],
    text: /no route to host|EHOSTUNREACH|ENETUNREACH|Network is unreachable|Host is unreachable|Errno 113\b|Errno 101\b|os error 113|NoRouteToHost|unreachable host/i,
    strength: 90,
    summary: 'There is no way to this address from where the client runs',
    remedies: [
      'Check that both are on one network (docker network inspect), that the address is still the server’s, and the firewall of the host',
      'Where the server had just been started anew, try again: its address may have changed',
    ],
    question: 'Are client and server on the same network, and is the address still the server’s?',
  },
  {
    cause: 'not_clickhouse_answering',
    side: 'network',
    text: /<!DOCTYPE html|<html\b|captive portal|Unexpected token '?<|invalid character '<' looking for beginning/i,
    unless: /\b(?:413|414|408|502|503|504|524)\b/,
    strength: 62,
    summary: 'Something else than ClickHouse answered: a page of HTML',
    remedies: ['Look at what listens at this address; /ping of ClickHouse answers Ok.'],
    question: 'Does /ping at this address answer Ok.?',
    signals: [
      here(/sign[- ]?in|log[- ]?in|oauth|\bsso\b|password|captive/i, 'it is a page to log in', 12),
      here(/query=|INSERT|clickhouse/i, 'a statement of a load was answered by it', 12),
    ],
  },
  {
    cause: 'rate_limited_by_proxy',
    side: 'network',
    text: /Too Many Requests|\b(?:HTTP|code|status)\D{0,12}429\b|limits? for (?:cluster )?user .{1,80} (?:is|are) exceeded/i,
    strength: 92,
    summary: 'Something between allows fewer requests than are sent',
    remedies: ['Send fewer and larger batches, and wait for as long as Retry-After says'],
    question: 'Does a single request pass?',
  },
]);
