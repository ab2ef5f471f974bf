/** Ways in which programs write a text into another text, told apart from the ones in `src/` on purpose: tests hold them against each other. */
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const ascii = (text: string) =>
  Array.from(json(text).split(''), (unit) =>
    unit > '~' ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : unit,
  ).join('');
const sql = (text: string) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
const html = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
const lowerEscapes = (text: string) => text.replace(/%[0-9A-F]{2}/g, (found) => found.toLowerCase());
const octets = (text: string) => [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0'));

export const encoders: Record<string, (secret: string) => string> = {
  raw: (secret) => secret,
  'encodeURIComponent, upper case': encodeURIComponent,
  'encodeURIComponent, lower case': (secret) => lowerEscapes(encodeURIComponent(secret)),
  encodeURI: encodeURI,
  'form, + for a space': (secret) => new URLSearchParams([['', secret]]).toString().slice(1),
  'Python quote_plus': (secret) =>
    encodeURIComponent(secret)
      .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)
      .replaceAll('%20', '+'),
  'every byte in percent': (secret) =>
    octets(secret)
      .map((octet) => `%${octet}`)
      .join(''),
  'percent twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  JSON: json,
  'JSON, ASCII only': ascii,
  'JSON with escaped slashes': (secret) => json(secret).replaceAll('/', '\\/'),
  'JSON safe for HTML': (secret) =>
    json(secret).replaceAll('<', '\\u003c').replaceAll('>', '\\u003E').replaceAll('&', '\\u0026'),
  'JSON in JSON': (secret) => json(json(secret)),
  'ASCII JSON in JSON': (secret) => json(ascii(secret)),
  'SQL, backslashes': sql,
  'SQL, doubled quotes': (secret) => secret.replaceAll("'", "''"),
  'SQL in JSON': (secret) => json(sql(secret)),
  'SQL in a URL': (secret) => encodeURIComponent(sql(secret)),
  'shell, single quotes': (secret) => secret.replaceAll("'", `'\\''`),
  'shell, double quotes around the single one': (secret) => secret.replaceAll("'", `'"'"'`),
  'shell, backslashes': (secret) => secret.replace(/[^\w.,:/@%+=\n\p{C}\p{L}\p{N}-]/gu, '\\$&'),
  CSV: (secret) => secret.replaceAll('"', '""'),
  HTML: html,
  'HTML, every character by number': (secret) =>
    [...secret].map((character) => `&#${character.codePointAt(0)};`).join(''),
  'HTML, every character in hex': (secret) =>
    [...secret].map((character) => `&#x${character.codePointAt(0)?.toString(16).toUpperCase()};`).join(''),
  'hex, lower case': (secret) => octets(secret).join(''),
  'hex, upper case': (secret) => octets(secret).join('').toUpperCase(),
  'Python bytes': (secret) =>
    octets(secret)
      .map((octet) => `\\x${octet}`)
      .join(''),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  'base64 in JSON': (secret) => Buffer.from(secret).toString('base64').replaceAll('/', '\\/'),
  'base64 in a URL': (secret) => encodeURIComponent(Buffer.from(secret).toString('base64')),
};
