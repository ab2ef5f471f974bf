/** A server's address taken apart. */
export interface Address {
  /** Without credentials, query and final slash. */
  url: string;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** The text names a port. */
  hasPort: boolean;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const CREDENTIALS = ['user', 'password', 'database'];

/** Reads an http(s) URL with or without credentials; a sentence on what is wrong with it otherwise, which never repeats the text. */
export function parseAddress(text: string): Address | string {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === undefined) return 'does not begin with http:// or https://';
  if (scheme !== 'http' && scheme !== 'https')
    return /^(tcp|native|clickhouse|clickhouses|jdbc|ch)$/.test(scheme)
      ? `begins with ${scheme}://, expected the HTTP interface: http://host:8123 or https://host:8443`
      : 'does not begin with http:// or https://';
  if (!URL.canParse(trimmed)) return 'is not a URL; are characters such as / ? # in the password percent-encoded?';
  const url = new URL(trimmed);
  if (url.hash !== '') return 'holds a #; percent-encode it (%23) where it belongs to the password';
  if ([...url.searchParams.keys()].some((name) => !CREDENTIALS.includes(name)))
    return 'holds parameters other than user, password and database; server settings belong under target.settings';
  const value = (inUrl: string, name: string) =>
    (inUrl === '' ? undefined : decoded(inUrl)) ?? (url.searchParams.get(name) || undefined);
  return {
    url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`,
    user: value(url.username, 'user'),
    password: value(url.password, 'password'),
    database: value('', 'database'),
    // `URL` drops a port that is the scheme's own, so the text itself is asked; brackets are IPv6.
    hasPort: /:\d+$/.test(/^[^/?#]*/.exec(trimmed.replace(/^[a-z]+:\/\//i, '').replace(/^.*@/s, ''))?.[0] ?? ''),
  };
}

/** Joins host, port and scheme of the usual variables; a sentence on what is wrong otherwise. */
export function joinAddress(host: string, port: number | undefined, secure: boolean | undefined): Address | string {
  if (host.includes('://')) {
    const address = parseAddress(host);
    if (typeof address === 'string') return address;
    const url = new URL(address.url);
    const isSecure = url.protocol === 'https:';
    if (secure !== undefined && secure !== isSecure)
      return `begins with ${url.protocol}//, and CLICKHOUSE_SECURE says ${secure}`;
    const own = address.hasPort ? Number(url.port || (isSecure ? 443 : 80)) : undefined;
    if (own !== undefined && port !== undefined && own !== port)
      return `names port ${own}, and CLICKHOUSE_PORT says ${port}`;
    url.port = String(own ?? port ?? (isSecure ? 8443 : 8123));
    return { ...address, url: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`, hasPort: true };
  }
  const bracketed = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(host) ? `[${host}]` : host;
  const [, name = '', inHost] = /^(\[[^\]]+\]|[^:/@?#\s[\]]+)(?::(\d{1,5}))?$/.exec(bracketed) ?? [];
  if (name === '') return 'is neither a host name nor an http:// or https:// URL';
  const own = inHost === undefined ? undefined : Number(inHost);
  if (own !== undefined && port !== undefined && own !== port)
    return `names port ${own}, and CLICKHOUSE_PORT says ${port}`;
  const either = own ?? port;
  const isSecure = secure ?? (either === 443 || either === 8443);
  return parseAddress(`${isSecure ? 'https' : 'http'}://${name}:${either ?? (isSecure ? 8443 : 8123)}`);
}
