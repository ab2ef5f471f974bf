import type { KnownSecret } from '../model/config.ts';
import { isPathOfKey, isSecretName } from './secret-names.ts';

const NEVER_SECRET = /^(true|false|yes|no|on|off|null|none|undefined)?$/i;
// Greedy up to the last @: a password may hold one itself.
const USERINFO = /^[a-z][a-z0-9+.-]*:\/\/([^:@/\s]*):(.+)@[^@]*$/is;
const PAIR =
  /(?:(?:^|[?&;,\s])(?:password|passwd|pwd|token|access_token|api_key|secret)|[?&]key)=('[^']*'|"[^"]*"|[^&;,\s]+)/gi;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Credentials inside a URL or a connection string, in the form they stand there and decoded. */
export function secretsInText(label: string, text: string): KnownSecret[] {
  const found: KnownSecret[] = [];
  const [, user = '', password = ''] = USERINFO.exec(text.trim()) ?? [];
  for (const value of new Set([password, decoded(password)]))
    if (value !== '') found.push({ label, value, ...(user === '' ? {} : { user: decoded(user) }) });
  for (const [, quoted = ''] of text.matchAll(PAIR)) {
    const value = quoted.replace(/^(['"])(.*)\1$/s, '$2');
    for (const form of new Set([value, decoded(value)])) if (form !== '') found.push({ label, value: form });
  }
  return found;
}

/** Secrets of one variable: its value when its name or the user says so, else credentials inside the value. */
export function secretsOfVariable(name: string, value: string, declared: readonly string[]): KnownSecret[] {
  const isDeclared = declared.includes(name);
  if ((isDeclared || isSecretName(name)) && !NEVER_SECRET.test(value.trim())) {
    if (!isDeclared && isPathOfKey(name, value)) return [];
    // Docker keeps quotes around a value, and whatever printed it may have taken them off.
    const bare = value.trim().replace(/^(['"])(.+)\1$/s, '$2');
    return [...new Set([value, bare])].map((form) => ({ label: name, value: form })).concat(secretsInText(name, value));
  }
  return secretsInText(name, value);
}

/** Secrets among the leaves of a parsed file: options of a check may hold a token of their own. */
export function secretsOfFile(value: unknown, path: readonly string[] = [], under = false): KnownSecret[] {
  const label = path.join('.');
  if (typeof value === 'string' || typeof value === 'number') {
    const text = String(value);
    const own = under && !NEVER_SECRET.test(text) && !isPathOfKey(path.at(-1) ?? '', text);
    return own ? [{ label, value: text }] : secretsInText(label, text);
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    // Names of secret variables, not secrets.
    if (path.length === 0 && key === 'secrets') return [];
    const known = label === 'target.tls' && key === 'key';
    return secretsOfFile(inner, [...path, key], !known && (under || isSecretName(key)));
  });
}

/** Each value once; the entry that knows the user is kept. */
export function distinctSecrets(secrets: readonly KnownSecret[]): KnownSecret[] {
  const byValue = new Map<string, KnownSecret>();
  for (const secret of secrets) {
    const before = byValue.get(secret.value);
    if (secret.value !== '' && (before === undefined || (before.user === undefined && secret.user !== undefined)))
      byValue.set(secret.value, before === undefined ? secret : { ...before, ...secret, label: before.label });
  }
  return [...byValue.values()];
}

/** Takes known secrets out of a sentence for the user; shorter ones than 6 characters would tear up ordinary words. */
export function withoutSecrets(sentence: string, secrets: readonly KnownSecret[]): string {
  return [...secrets]
    .filter(({ value }) => value.length >= 6)
    .sort((a, b) => b.value.length - a.value.length)
    .reduce((text, { value }) => text.replaceAll(value, '‹hidden›'), sentence);
}
