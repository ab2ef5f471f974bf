import { createClient } from '@clickhouse/client';
import type { TargetConfig } from '../model/target.ts';
import { makeAgent } from './agent.ts';

/** `@clickhouse/client` logs to the console by default; what it has to say reaches us as errors. */
class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

/** The client, set up for one target. Close it. */
export type Wire = ReturnType<typeof createClient>;

/** `url` may name a path (a proxy's): the client would take it for the database, so it goes in by its own option. */
export function openWire(config: TargetConfig, url: URL): Wire {
  // A certificate and a password at once are refused by the server, so the certificate speaks only when alone.
  const byCertificate = config.tls?.cert !== undefined && config.password === '';
  return createClient({
    url: url.origin,
    pathname: url.pathname,
    username: config.user,
    password: config.password,
    http_agent: makeAgent(config, url),
    set_basic_auth_header: !byCertificate,
    http_headers: byCertificate ? { 'X-ClickHouse-User': config.user, 'X-ClickHouse-SSL-Certificate-Auth': 'on' } : {},
    application: 'chwitness',
    // The limits are ours (patience.ts): the client's own clock also runs while our source of rows is slow.
    request_timeout: 0,
    keep_alive: { enabled: true, idle_socket_ttl: 2000, eagerly_destroy_stale_sockets: true },
    max_response_headers_size: 256 * 1024,
    log: { LoggerClass: SilentLogger, level: 127 },
  });
}
