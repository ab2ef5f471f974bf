import { distance } from './similar.ts';

const SECRET_WORDS = new Set([
  'password',
  'passwd',
  'passphrase',
  'token',
  'tokens',
  'secret',
  'secrets',
  'credential',
  'credentials',
  'apikey',
  'bearer',
  'authtoken',
  'authorization',
  'webhook',
]);
/** Keys that say how data lies, or that everyone may see. */
const HARMLESS_KEYS = new Set(
  'sort sorting order partition primary foreign unique public dedup deduplication sampling cache routing index row message'.split(
    ' ',
  ),
);
/** `TOKEN_TTL`, `PASSWORD_FILE`: about a secret, not the secret. */
const ABOUT = new Set(
  'file path dir folder ttl length size count limit expires expiry expiration lifetime timeout policy type enabled required prompt name header'.split(
    ' ',
  ),
);
const AMOUNT = new Set(['max', 'min', 'num', 'total']);
/** Working folders of the shell, in every environment. */
const SHELL = new Set(['PWD', 'OLDPWD', 'INIT_CWD']);

function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '');
}

/**
 * Whether a key or variable says of itself that its value is secret. Not every value of an env-file is:
 * a year, a database name and a port must stay readable. A slip in `PASSWORD` (`PASWORD`) counts as the word.
 */
export function isSecretName(name: string): boolean {
  if (SHELL.has(name)) return false;
  const parts = words(name);
  const last = parts.at(-1) ?? '';
  if (ABOUT.has(last) || AMOUNT.has(parts[0] ?? '')) return false;
  if (parts.some((word) => SECRET_WORDS.has(word))) return true;
  if (parts.some((word) => word.length >= 6 && distance(word, 'password') <= 1)) return true;
  if (last === 'pass' || last === 'pwd') return true;
  // SECRET_ACCESS_KEY, API_KEY_ID, SIGNING_KEY, CLICKHOUSE_KEY: a key, unless it says that it is a harmless one.
  const at = parts.lastIndexOf('key');
  return at >= 0 && at >= parts.length - 2 && !HARMLESS_KEYS.has(parts[at - 1] ?? '');
}

/** A key may name the file that holds it; the path is no secret. */
export function isPathOfKey(name: string, value: string): boolean {
  return words(name).includes('key') && /^(\.{0,2}\/|~\/|[A-Za-z]:\\)|\.(pem|key|crt|p12)$/.test(value);
}
