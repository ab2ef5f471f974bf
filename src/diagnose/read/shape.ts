import type { Level, Origin } from '../../model/evidence.ts';
import { isRecord, parsedJson, textOf } from './json.ts';

/** What the head of an entry says of it, whatever program wrote it. */
export interface Shape {
  origin: Origin;
  level?: Level | undefined;
  logger?: string | undefined;
  query_id?: string | undefined;
  /** The message; undefined where it is the entry itself. */
  message?: string | undefined;
  /** Time as it stands there, where it is not at the beginning. */
  time?: string | undefined;
}

const LEVELS: Record<string, Level> = {
  trace: 'trace',
  test: 'trace',
  finest: 'trace',
  debug: 'debug',
  dbg: 'debug',
  fine: 'debug',
  info: 'info',
  information: 'info',
  notice: 'info',
  note: 'info',
  inf: 'info',
  warn: 'warning',
  warning: 'warning',
  wrn: 'warning',
  error: 'error',
  err: 'error',
  eror: 'error',
  severe: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  crit: 'fatal',
  panic: 'fatal',
  emerg: 'fatal',
  alert: 'fatal',
};
const PINO: Record<string, Level> = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'fatal' };
const KLOG: Record<string, Level> = { I: 'info', W: 'warning', E: 'error', F: 'fatal' };

const LOGRUS: Record<string, Level> = {
  TRAC: 'trace',
  DEBU: 'debug',
  INFO: 'info',
  WARN: 'warning',
  ERRO: 'error',
  FATA: 'fatal',
  PANI: 'fatal',
};

const SERVER =
  /^(?:\d{4}\.\d\d\.\d\d \d\d:\d\d:\d\d(?:\.\d+)? )?(?:\[ \d+ \] )?(?:\{([^}]*)\} )?<(Fatal|Critical|Error|Warning|Notice|Information|Debug|Trace|Test)> (.+?): ([\s\S]*)$/;
const SERVER_AFTER_HOST = /\[ \d+ \] \{[^}]*\} <\w+> /;
const WORD =
  /(?:^|[\s[(|<"'=])(trace|finest|debug|dbg|fine|info|information|notice|inf|warn|warning|wrn|error|err|severe|fatal|critical|crit|panic|emerg|alert)(?=[\s\]):|>"',;-]|$)/i;
const KEYED = /(?:^|\s)(?:level|lvl|severity)=\W?([A-Za-z]+)/;

export function levelOf(word: string | undefined): Level | undefined {
  return word === undefined ? undefined : (LEVELS[word.toLowerCase()] ?? PINO[word]);
}

const TELLS = /Exception\b|\bCode: \d+|[a-z]Error:|\bE[A-Z]{4,}\b|Traceback/;

/** A JSON line of a log: of programs, and of servers that log as JSON. */
function jsonShape(text: string): Shape | undefined {
  if (!text.startsWith('{"')) return undefined;
  const value = parsedJson(text);
  if (!isRecord(value)) return undefined;
  const pick = (...names: string[]) => names.map((name) => textOf(value[name])).find((one) => one !== undefined);
  const nested = (name: string) => (isRecord(value[name]) ? value[name] : undefined);
  const error = nested('error') ?? nested('err') ?? nested('exception') ?? nested('exc_info');
  const parts = [
    pick('message', 'msg', 'event', 'text', 'log', '@message'),
    pick('error', 'err', 'exception', 'exc_info', 'cause', 'reason', 'detail', 'error.message'),
    error && [textOf(error.type) ?? textOf(error.name), textOf(error.message)].filter(Boolean).join(': '),
    error && textOf(error.code) !== undefined ? `code: '${textOf(error.code)}'` : undefined,
    error && (textOf(error.stack) ?? textOf(error.stack_trace)),
    pick('stack', 'stacktrace', 'stack_trace', 'traceback', 'error.stack_trace'),
    pick('body', 'response', 'response_body'),
    // Programs name the field as they like; what reads as an exception is one.
    ...Object.values(value).filter((one): one is string => typeof one === 'string' && TELLS.test(one)),
    pick('status', 'status_code') === undefined ? undefined : `status: ${pick('status', 'status_code')}`,
  ].filter((part): part is string => part !== undefined && part !== '');
  const isServer = 'logger_name' in value && ('thread_id' in value || 'date_time' in value);
  return {
    origin: isServer ? 'server' : 'client',
    level: levelOf(pick('level', 'lvl', 'severity', 'levelname', 'log.level', 'loglevel', '@level')),
    logger: pick('logger', 'logger_name', 'name', 'source', 'component'),
    query_id: pick('query_id'),
    message: [...new Set(parts)].join('\n') || text,
    time: pick('time', 'ts', 'timestamp', '@timestamp', 'asctime', 'date_time', 'datetime', 't'),
  };
}

/** Level and origin of an entry, by its head. */
export function shapeOf(text: string): Shape {
  const json = jsonShape(text);
  if (json) return json;
  const from = SERVER_AFTER_HOST.exec(text.slice(0, 200));
  const server = SERVER.exec(text) ?? (from ? SERVER.exec(text.slice(from.index)) : null);
  if (server) {
    const [, query_id = '', level, logger, message] = server;
    const words = level === 'Critical' ? 'fatal' : level;
    return {
      origin: 'server',
      level: levelOf(words),
      logger,
      message,
      ...(query_id === '' ? {} : { query_id }),
    };
  }
  const klog = /^([IWEF])\d{4} \d\d:/.exec(text);
  if (klog) return { origin: 'client', level: KLOG[klog[1] ?? ''] };
  const logrus = /^(TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[\d+\]/.exec(text)?.[1];
  if (logrus) return { origin: 'client', level: LOGRUS[logrus] };
  const head = text.slice(0, 160);
  const keyed = KEYED.exec(text.slice(0, 300))?.[1];
  const word = keyed ?? WORD.exec(head.split('\n', 1)[0] ?? '')?.[1];
  const origin = /^(?:< )?HTTP\/[\d.]+ \d{3}/m.test(head) ? 'http' : 'client';
  return { origin, level: levelOf(word) };
}
