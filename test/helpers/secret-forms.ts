import { Buffer } from 'node:buffer';

/** Every form in which a secret must not be found, by the name of the form; made apart from the product's own code. */
export function formsOf(secret: string, user = 'guarded'): Record<string, string> {
  const bytes = Buffer.from(secret);
  const url = encodeURIComponent(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const hex = bytes.toString('hex');
  const forms: Record<string, string> = {
    raw: secret,
    'URL-encoded': url,
    'URL-encoded, strict': url.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`),
    'form-encoded': new URLSearchParams({ s: secret }).toString().slice(2),
    'JSON-escaped': json,
    'JSON in JSON': JSON.stringify(json).slice(1, -1),
    'JSON, ASCII only': json.replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
    'shell-quoted': secret.replaceAll("'", `'\\''`),
    'SQL-quoted': secret.replace(/[\\']/g, '\\$&'),
    'CSV-quoted': secret.replaceAll('"', '""'),
    HTML: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    hex,
    'hex, upper case': hex.toUpperCase(),
    'basic-auth pair': Buffer.from(`${user}:${secret}`).toString('base64').replace(/=+$/, ''),
  };
  for (const offset of [0, 1, 2]) {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // The first and the last digit hold bits of the neighbours too.
    const own = digits.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    forms[`base64 at ${offset}`] = own;
    forms[`base64url at ${offset}`] = own.replaceAll('+', '-').replaceAll('/', '_');
    forms[`base64 at ${offset}, URL-encoded`] = encodeURIComponent(own);
  }
  return forms;
}

/** Which forms of which secrets stand in these bytes: `CLICKHOUSE_PASSWORD, base64 at 1`. */
export function leaksIn(bytes: Buffer, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([label, secret]) =>
    Object.entries(formsOf(secret))
      .filter(([, form]) => bytes.includes(form))
      .map(([form]) => `${label}, ${form}`),
  );
}
