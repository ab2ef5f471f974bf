import { parseServerException } from '../../engine/exception-text.ts';
import type { LoggedException } from '../../model/evidence.ts';
import { codeOfName, nameOfCode } from '../catalogue/codes.ts';

/*
 * How clients print what the server said, where ClickHouse's own head (`Code: 27. DB::Exception: …`) is not part of it:
 *   code: 101, message: …                                     clickhouse-go
 *   ClickHouse exception, code: 1002, host: h, port: 8123; …  JDBC before 0.3.2
 *   … received ClickHouse error code 60, … exception, code: 60, server response: …   clickhouse-connect
 *   code: '27', type: 'CANNOT_PARSE_…'                        clickhouse-js
 *   x-clickhouse-exception-code: 117                          a dump of headers
 *   Code: 53. Type mismatch …                                 clickhouse-driver's own: no DB::Exception
 *   (0x00000204): …                                           ClickHouse.Client for .NET
 */
const CARRIERS: readonly { form: RegExp; base?: number; by: 'server' | 'client' }[] = [
  { form: /\bcode: (\d{1,4}), message: /, by: 'server' },
  { form: /x-clickhouse-exception-code["']?\s*[:=,]+\s*["']?(\d{1,4})\b/i, by: 'server' },
  { form: /ClickHouse error code:? (\d{1,4})\b/i, by: 'server' },
  { form: /ClickHouse exception, code: (\d{1,4}), server/i, by: 'server' },
  { form: /\bexception[_ ]?code["']?\s*[:=]\s*["']?([1-9]\d{0,3})\b/i, by: 'server' },
  { form: /\berror[_ ]?code["']?\s*[:=]\s*["']?(\d{1,4})\b/i, by: 'server' },
  { form: /\bcode["']?: ["'](\d{1,4})["']/, by: 'server' },
  { form: /\(0x0000([0-9A-Fa-f]{4})\)/, base: 16, by: 'server' },
  { form: /ClickHouse exception, code: (\d{1,4}), host/i, by: 'client' },
  { form: /\bCode: ?(\d{1,4})\b/, by: 'client' },
];
const NAMED = /\(([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\)|\btype["']?: ["']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["']/g;
/** A server's class without a code before it: wrappers cut the head off. */
const CLASS_ALONE = /(?:DB|Coordination)::[A-Za-z]*Exception[:.]\s*((?:(?!DB::[A-Za-z]*Exception)[\s\S])*)$/;
const PROGRAM_ERROR =
  /(?:^|[\s:>(])((?:[\w$]+\.)*)([A-Z][A-Za-z0-9_]*(?:Error|Exception|Failure|Interrupted|Timeout|Fault|Disconnected)|KeyError|StopIteration|error)(?:: ?([^\n]*)|(?=\s*$))/gm;

const MESSAGE = 2000;

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, MESSAGE);
}

/** What the server wrote, innermost code first: code, name and message as far as the text has them. */
function serverExceptions(text: string): LoggedException[] {
  const parsed = parseServerException(text);
  if (parsed) {
    const inner: LoggedException = {
      code: parsed.code,
      name: parsed.name ?? nameOfCode(parsed.code),
      message: parsed.message.slice(0, MESSAGE),
      by: 'server',
    };
    const outer = parsed.codes
      .slice(1)
      .map((code): LoggedException => ({ code, name: nameOfCode(code), message: '', by: 'server' }));
    return [inner, ...outer];
  }
  const names = [...text.matchAll(NAMED)].map((match) => match[1] ?? match[2] ?? '');
  const name = names.reverse().find((one) => codeOfName(one) !== undefined);
  const carrier = CARRIERS.find(({ form }) => form.test(text));
  const code = carrier && Number.parseInt(carrier.form.exec(text)?.[1] ?? '', carrier.base ?? 10);
  const alone = CLASS_ALONE.exec(text)?.[1];
  if (name !== undefined && code !== undefined && codeOfName(name) === code)
    return [{ code, name, message: oneLine(text), by: 'server' }];
  if (name !== undefined && (code === undefined || carrier?.by === 'client'))
    return [{ code: codeOfName(name), name, message: oneLine(text), by: 'server' }];
  if (code !== undefined && carrier && (code === 1002 || nameOfCode(code) !== undefined))
    return [{ code, name: nameOfCode(code), message: oneLine(alone ?? text), by: carrier.by }];
  return alone === undefined ? [] : [{ message: oneLine(alone), by: 'server' }];
}

/** What a program threw: type and message; the cause named last in a chain of Java comes first, the last line of a traceback, too. */
function programExceptions(text: string): LoggedException[] {
  const found: LoggedException[] = [];
  for (const match of text.matchAll(PROGRAM_ERROR)) {
    const [, , name = '', message = ''] = match;
    if (name === 'error' && !/struct\.|zlib\.|socket\./.test(match[1] ?? '')) continue;
    found.push({ name, message: oneLine(message), by: 'client' });
    if (found.length === 12) break;
  }
  return found.reverse();
}

/** Every exception of a text, innermost first; the server's before those of the program that passed them on. */
export function exceptionsIn(text: string): LoggedException[] {
  return [...serverExceptions(text), ...programExceptions(text)];
}

const STATUS = [
  /HTTP\/[\d.]+ (\d{3})\b/,
  /\b(?:status|statusCode|status_code|http_code|response code|status code|returned|HTTP status|HTTP Error|HTTP)["']?\s*(?:code)?\s*[:=[( ]*\s*(\d{3})\b/i,
  /<title>(\d{3}) /i,
  /\b(413|414|431|502|503|504) (?:Request|Payload|URI|Request-URI|Bad|Service|Gateway|Content)/i,
];

/** HTTP status that a text tells. */
export function statusIn(text: string): number | undefined {
  for (const form of STATUS) {
    const status = Number(form.exec(text)?.[1]);
    if (status >= 100 && status < 600) return status;
  }
  return undefined;
}
