import { isSecretName, secretWord } from '../names.ts';
import { unescapePercent } from './decode.ts';
import type { Finds, TextRule } from './finds.ts';
import { readQuoted } from './quoted.ts';

const NAME = /[A-Za-z0-9_.$-]/;
const SEPARATOR =
  /(?:\\*["'`]|""|%22|%27|&quot;|&#39;|\])?[ \t]*(?:(=>|:=|==?|:)|(%3[Dd]|%3[Aa]|=3D))(?:[ \t]|\\[nt](?=[ \\"'])|\r?\n(?=[ \t]*"))*/y;
const COMMA = /(\\*["'])[ \t]*,[ \t\r\n]*(?=\\*["'])/y;
const SPACE = /(?:[ \t\r\n]|\\n|%20|\+)+/y;
const BARE = /(?:[^\s"'`&<>|,;)}\]\\]|[,;)}\]](?![\s"'}\])]|$|[\w.-]+\s*[=:])|\\(?![nrt"'\\]))+/y;
const IN_URL = /[^\s"'`<>&#\\]+/y;
const REST_OF_LINE = /[^\r\n]+/y;

/** `password = '…'`, `"token": "…"`, `?secret=…`, `X-ClickHouse-Key: …`, `<password>…`, `--password …`: a value whose name says it is a secret. */
export const keyed: TextRule = {
  keywords: [
    'passw',
    'passphrase',
    'passcode',
    'pwd=',
    'pwd:',
    'pwd"',
    "pwd'",
    '_pwd',
    '_pass',
    'secret',
    'token',
    'apikey',
    'api_key',
    'api-key',
    'accesskey',
    'access_key',
    'access-key',
    'privatekey',
    'private_key',
    'accountkey',
    'account_key',
    'shared_key',
    'sharedkey',
    'auth_key',
    'signing_key',
    'encryption_key',
    'master_key',
    'clickhouse-key',
    'clickhouse_key',
    'credential',
    'cookie',
    'sig=',
    'amz-signature',
    'client-key-data',
    'key_hex',
    'salt',
    'payment_url',
    'paymenturl',
    'cancel_url',
    'cancelurl',
    'pdf_url',
    'pdfurl',
    'passbook_url',
    'passbookurl',
  ],
  at: keyedAt,
};

function keyedAt(finds: Finds, at: number): void {
  const { text } = finds;
  if (finds.inside(at)) return;
  const [start, end] = nameAround(text, at);
  const name = text.slice(start, end);
  if (!isSecretName(name, text.slice(end + 1, end + 2))) return;
  const rule = `key:${secretWord(name)}`;
  if (text[start - 1] === '<' && text[end] === '>') {
    const close = text.indexOf('<', end + 1);
    if (close > end) finds.hide(rule, start, end + 1, close);
    return;
  }
  SEPARATOR.lastIndex = end;
  const separator = SEPARATOR.exec(text);
  if (separator) {
    value(finds, rule, start, name, SEPARATOR.lastIndex, separator[1], separator[2] !== undefined);
    return;
  }
  afterSpace(finds, rule, start, end, name);
}

function nameAround(text: string, at: number): [start: number, end: number] {
  let start = at;
  while (start > 0 && at - start < 128 && NAME.test(text[start - 1] ?? '')) start -= 1;
  let end = at;
  while (end < text.length && end - at < 128 && NAME.test(text[end] ?? '')) end += 1;
  // What precedes may be the end of an escape: `%26password`, `\npassword`, `\u0026password`.
  if (text[start - 1] === '%') start += 2;
  else if (text[start - 1] === '\\') start += /^u[0-9a-fA-F]{4}/.test(text.slice(start, start + 5)) ? 5 : 1;
  return [Math.min(start, at), end];
}

function value(
  finds: Finds,
  rule: string,
  from: number,
  name: string,
  at: number,
  sign: string | undefined,
  encoded: boolean,
): void {
  const { text } = finds;
  const quoted = readQuoted(text, at);
  if (quoted) {
    // A quote that never closes on its line is an apostrophe or a cut; keys of several lines are found by their frame.
    const line = text.slice(quoted.start, quoted.end).indexOf('\n');
    finds.hide(rule, from, quoted.start, line < 0 ? quoted.end : quoted.start + line, line < 0 ? quoted.readings : []);
    return;
  }
  if (/^(?:\[HIDDEN\]|[[{(])/.test(text.slice(at, at + 8)) && sign !== '=') return;
  const before = text[from - 1] ?? '\n';
  const url = before === '?' || (before === '&' && sign === '=');
  const ownLine = /(?:^|\n)[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+)?$/i.test(text.slice(Math.max(0, from - 40), from));
  const shape = url ? IN_URL : ownLine && !encoded ? REST_OF_LINE : BARE;
  shape.lastIndex = at;
  let raw = shape.exec(text)?.[0] ?? '';
  if (shape === REST_OF_LINE) raw = raw.split(/[ \t,;&]+[\w.-]+\s*[=:]|[ \t]+#|[ \t]+$|\\[nr]|["',]+$/)[0] ?? '';
  if (encoded) raw = raw.split(/%(?:26|22|27|20|0[AaDd])/)[0] ?? '';
  // "unexpected token: Comma" is prose; a password after a colon is hidden whatever it looks like.
  if (sign === ':' && !ownLine && !/pass|pwd|clickhouse/i.test(name) && !/\d/.test(raw)) return;
  finds.hide(
    rule,
    from,
    at,
    at + raw.length,
    url || encoded ? [unescapePercent(raw.replace(/\+/g, ' ')), unescapePercent(raw)] : [raw, unescapePercent(raw)],
  );
}

/** `--password x`, `["--password", "x"]`, `('X-ClickHouse-Key', 'x')`, and `PASSWORD 'x'` of a dictionary's source. */
function afterSpace(finds: Finds, rule: string, start: number, end: number, name: string): void {
  const { text } = finds;
  const option = name.startsWith('--');
  COMMA.lastIndex = end;
  if ((option || name.includes('-')) && COMMA.test(text)) {
    const quoted = readQuoted(text, COMMA.lastIndex);
    if (quoted) finds.hide(rule, start, quoted.start, quoted.end, quoted.readings);
    return;
  }
  SPACE.lastIndex = end;
  if (!SPACE.test(text)) return;
  const at = SPACE.lastIndex;
  const quoted = option || /passw|secret|hash_hex$/i.test(name) ? readQuoted(text, at) : undefined;
  if (quoted) finds.hide(rule, start, quoted.start, quoted.end, quoted.readings);
  else if (option && text[at] !== '-') {
    BARE.lastIndex = at;
    const raw = BARE.exec(text)?.[0] ?? '';
    finds.hide(rule, start, at, at + raw.length, [raw]);
  }
}
