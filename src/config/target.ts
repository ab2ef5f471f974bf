import { accessSync, constants, statSync } from 'node:fs';
import type { TargetConfig } from '../model/target.ts';
import { parseAddress } from './address.ts';
import type { Option } from './option.ts';
import { OPTIONS } from './options.ts';
import type { Place } from './place.ts';
import type { Resolver } from './resolver.ts';
import { checkSettingFlags, serverSettings } from './server-settings.ts';

/** Options of which a flag makes sense only beside a server. */
const SERVER_ONLY: readonly Option[] = [
  OPTIONS.user,
  OPTIONS.passwordFile,
  OPTIONS.passwordPrompt,
  OPTIONS.ca,
  OPTIONS.cert,
  OPTIONS.key,
  OPTIONS.acceptInvalidCerts,
  OPTIONS.proxy,
  OPTIONS.cluster,
];

function pem(resolver: Resolver, option: typeof OPTIONS.ca | typeof OPTIONS.cert | typeof OPTIONS.key) {
  const path = resolver.value(option);
  if (path === undefined) return undefined;
  try {
    accessSync(path, constants.R_OK);
    if (option === OPTIONS.key && process.getuid && (statSync(path).mode & 0o077) !== 0)
      resolver.notes.push(`other users may read the private key; chmod 600 ${path}`);
  } catch {
    const found = resolver.find(option);
    resolver.wrong({ from: found?.from ?? path }, `the file ${path} cannot be read`, 'check the path');
  }
  return path;
}

function tlsOf(resolver: Resolver, url: string): TargetConfig['tls'] {
  const ca = pem(resolver, OPTIONS.ca);
  const cert = pem(resolver, OPTIONS.cert);
  const key = pem(resolver, OPTIONS.key);
  const serverName = resolver.value(OPTIONS.serverName);
  const accept = resolver.value(OPTIONS.acceptInvalidCerts, 'target.tls.verify') === true;
  const verify = accept ? false : (resolver.value(OPTIONS.verify) ?? true);
  const half = cert === undefined ? resolver.find(OPTIONS.key) : resolver.find(OPTIONS.cert);
  if (half && (cert === undefined) !== (key === undefined))
    resolver.wrong(half, 'a client certificate and its private key belong together', 'give both --cert and --key');
  if (!url.startsWith('https:')) {
    const given = [OPTIONS.ca, OPTIONS.cert, OPTIONS.key, OPTIONS.acceptInvalidCerts].flatMap((option) => {
      const found = resolver.layers.find((layer) => layer.kind === 'flags')?.find(option);
      return found ? [found] : [];
    });
    for (const found of given)
      resolver.wrong(found, `${found.name} was given, and the server is spoken to without TLS`, 'use an https:// URL');
    return undefined;
  }
  if (!verify)
    resolver.notes.push(
      "the server's certificate is not checked: anyone in between can read the password and the rows",
    );
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    verify,
    ...(serverName === undefined ? {} : { serverName }),
  };
}

function proxyOf(resolver: Resolver): string | undefined {
  const proxy = resolver.value(OPTIONS.proxy);
  const found = resolver.find(OPTIONS.proxy);
  if (proxy === undefined || found === undefined) return undefined;
  const address = parseAddress(proxy);
  if (typeof address === 'string') {
    resolver.wrong(found, `${found.name} ${address}`, 'write it as http://proxy:3128', 'CONFIG_URL');
    return undefined;
  }
  const isVariable = found.name === 'CHWITNESS_PROXY';
  if (!isVariable && (address.password !== undefined || address.user !== undefined))
    resolver.wrong(
      found,
      `${found.name} holds credentials, which others can read there`,
      'give the whole URL as CHWITNESS_PROXY',
      found.name.startsWith('--') ? 'CONFIG_SECRET_IN_ARGV' : 'CONFIG_SECRET_IN_FILE',
    );
  return proxy;
}

/** All of the target but its password. A server's URL may name user and database; flags go before it, lower layers after. */
export function targetOf(resolver: Resolver, place: Place): Omit<TargetConfig, 'password'> {
  const database = fromUrlOr(resolver, place, OPTIONS.database, 'database');
  checkSettingFlags(resolver);
  const common = {
    database: database ?? OPTIONS.database.default,
    connectTimeoutMs: resolver.value(OPTIONS.connectTimeout) ?? OPTIONS.connectTimeout.default,
    requestTimeoutMs: resolver.value(OPTIONS.requestTimeout) ?? OPTIONS.requestTimeout.default,
    settings: serverSettings(resolver, OPTIONS.targetSettings),
  };
  if (place.kind !== 'server') {
    const flags = resolver.layers.find((layer) => layer.kind === 'flags');
    for (const option of place.kind === 'embedded' ? SERVER_ONLY : []) {
      const found = flags?.find(option);
      if (found)
        resolver.wrong(
          found,
          `${found.name} was given, and the target is the embedded engine (${place.kind === 'embedded' ? place.origin : ''})`,
          'name the server with --url or CLICKHOUSE_URL',
        );
    }
    const dataDir = place.kind === 'embedded' ? place.dataDir : undefined;
    const origin = place.kind === 'embedded' ? place.origin : '';
    return { kind: 'embedded', url: '', user: 'default', ...common, dataDir, origin };
  }
  return {
    kind: 'server',
    url: place.address.url,
    user: fromUrlOr(resolver, place, OPTIONS.user, 'user') ?? OPTIONS.user.default,
    ...common,
    tls: tlsOf(resolver, place.address.url),
    proxy: proxyOf(resolver),
    cluster: resolver.value(OPTIONS.cluster),
    origin: place.origin,
  };
}

function fromUrlOr(
  resolver: Resolver,
  place: Place,
  option: typeof OPTIONS.user | typeof OPTIONS.database,
  part: 'user' | 'database',
): string | undefined {
  const inUrl = place.kind === 'server' ? place.address[part] : undefined;
  if (place.kind !== 'server' || inUrl === undefined) return resolver.value(option);
  const higher = resolver.layers.slice(0, resolver.layers.indexOf(place.layer));
  if (higher.some((layer) => layer.find(option) !== undefined)) return resolver.value(option);
  resolver.came(option.key, place.origin);
  return inUrl;
}
