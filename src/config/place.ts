import { type Address, joinAddress, parseAddress } from './address.ts';
import type { Found, Layer } from './layers.ts';
import { OPTIONS } from './options.ts';
import { absolute, type Resolver } from './resolver.ts';

/** Where rows go, before anyone has logged in. */
export type Place =
  | { kind: 'server'; address: Address; origin: string; layer: Layer }
  | { kind: 'embedded'; dataDir: string | undefined; origin: string }
  /** A mistake has been noted. */
  | { kind: 'wrong' };

function fromUrl(resolver: Resolver, layer: Layer, found: Found): Place {
  const text = resolver.check(OPTIONS.url, found);
  if (text === undefined) return { kind: 'wrong' };
  const address = parseAddress(text);
  if (typeof address === 'string') {
    resolver.wrong(found, `${found.name} ${address}`, 'write it as http://host:8123', 'CONFIG_URL');
    return { kind: 'wrong' };
  }
  if (layer.kind !== 'variables' && (address.user !== undefined || address.password !== undefined)) {
    const seen = layer.kind === 'flags' ? 'others on this machine can read a command line' : 'many read a file';
    resolver.wrong(
      found,
      `${found.name} holds credentials, and ${seen}`,
      'take them out of the URL and give CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, or the whole URL as CLICKHOUSE_URL',
      layer.kind === 'flags' ? 'CONFIG_SECRET_IN_ARGV' : 'CONFIG_SECRET_IN_FILE',
    );
    return { kind: 'wrong' };
  }
  if (!address.hasPort && new URL(address.url).pathname === '/')
    resolver.notes.push(
      `${found.from}: the URL names no port, so ${address.url.startsWith('https') ? '443' : '80'} is used; ClickHouse itself listens on 8123, or 8443 with TLS`,
    );
  resolver.came('target.url', found.from);
  return { kind: 'server', address, origin: found.from, layer };
}

function fromHost(resolver: Resolver, layer: Layer, found: Found): Place {
  const text = resolver.check(OPTIONS.host, found);
  const port = resolver.find(OPTIONS.port);
  const secure = resolver.find(OPTIONS.secure);
  const portNumber = port && resolver.check(OPTIONS.port, port);
  const isSecure = secure && resolver.check(OPTIONS.secure, secure);
  if (port && portNumber !== undefined && portNumber > 65_535)
    resolver.wrong(port, `${port.name} is ${portNumber}, expected a port from 1 to 65535`);
  if (text === undefined || (port && (portNumber ?? 65_536) > 65_535) || (secure && isSecure === undefined))
    return { kind: 'wrong' };
  const address = joinAddress(text, portNumber, isSecure);
  if (typeof address === 'string') {
    resolver.wrong(
      found,
      `${found.name} ${address}`,
      'write the host name alone, or give CLICKHOUSE_URL',
      'CONFIG_URL',
    );
    return { kind: 'wrong' };
  }
  const origins = [found, port, secure].flatMap((each) => (each === undefined ? [] : [each.from]));
  resolver.came('target.url', origins.join(', '));
  return { kind: 'server', address, origin: found.from, layer };
}

/**
 * The highest layer that names a place decides: a URL before a host within it. Nothing named: the embedded engine.
 * @param dataDir folder of the embedded engine's data where none is named
 */
export function placeOf(resolver: Resolver, dataDir: string): Place {
  for (const layer of resolver.layers) {
    const url = layer.find(OPTIONS.url);
    const host = layer.find(OPTIONS.host);
    const embedded = layer.find(OPTIONS.embedded);
    const wanted = embedded && resolver.check(OPTIONS.embedded, embedded);
    const server = url ?? host;
    if (embedded && wanted !== undefined && wanted !== false) {
      if (server !== undefined) {
        resolver.wrong(embedded, `${embedded.name} and ${server.name} name two targets`, 'give one of them');
        return { kind: 'wrong' };
      }
      resolver.came('target.embedded', embedded.from);
      const folder = typeof wanted === 'string' ? absolute(wanted, embedded.base) : dataDir;
      return { kind: 'embedded', dataDir: folder, origin: embedded.from };
    }
    if (url !== undefined) {
      if (host !== undefined) resolver.notes.push(`${host.from} is not used: ${url.name} decides`);
      return fromUrl(resolver, layer, url);
    }
    if (host !== undefined) return fromHost(resolver, layer, host);
  }
  const alone = resolver.find(OPTIONS.password) ?? resolver.find(OPTIONS.port);
  if (alone)
    resolver.notes.push(
      `${alone.from} is set, but neither CLICKHOUSE_URL nor CLICKHOUSE_HOST: the embedded engine is used`,
    );
  return { kind: 'embedded', dataDir, origin: 'nothing configured' };
}
