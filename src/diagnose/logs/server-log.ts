/** One entry of a server's log: its first line taken apart, and all its lines, a stack trace included. */
export interface LogEntry {
  /** `2025.10.29 15:10:20.123456`, in the server's zone; '' where the line has none. */
  local: string;
  /** Seconds since the epoch, where the log itself says so (JSON). */
  epoch: number | undefined;
  level: string;
  logger: string;
  query_id: string;
  message: string;
  lines: string[];
}

/** From coarse to fine, as the server orders them. */
export const LEVELS = ['Fatal', 'Critical', 'Error', 'Warning', 'Notice', 'Information', 'Debug', 'Trace', 'Test'];

/** `2025.10.29 15:10:20.123456 [ 46 ] {query-id} <Error> Logger: message`; the microseconds came with 19.x. */
const HEAD = /^(\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?) \[ ?\d+ ?\] \{([^}]*)\} <(\w+)> (?:(.*?): )?(.*)$/;
/** A process that dies writes its lines without a head of this form, and `docker logs` mixes in others. */
const DATED = /^(\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2}(?:\.\d+)?) (.*)$/;

function fromJson(line: string): LogEntry | undefined {
  let found: unknown;
  try {
    found = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof found !== 'object' || found === null || !('date_time' in found) || !('level' in found)) return undefined;
  const text = (name: string) => {
    const value: unknown = Reflect.get(found, name);
    return value === undefined || value === null ? '' : String(value);
  };
  return {
    local: '',
    epoch: Number(text('date_time')),
    level: text('level'),
    logger: text('logger_name'),
    query_id: text('query_id'),
    message: text('message'),
    lines: [line],
  };
}

function begins(line: string): LogEntry | undefined {
  if (line.startsWith('{')) return fromJson(line);
  const head = HEAD.exec(line);
  if (head) {
    const [, local = '', query_id = '', level = '', logger = '', message = ''] = head;
    return { local, epoch: undefined, level, logger, query_id, message, lines: [line] };
  }
  const dated = DATED.exec(line);
  if (!dated) return undefined;
  return {
    local: dated[1] ?? '',
    epoch: undefined,
    level: '',
    logger: '',
    query_id: '',
    message: dated[2] ?? '',
    lines: [line],
  };
}

/** Takes a log apart, lines without a head going to the entry before them: a stack trace stays with its error. */
export function parseServerLog(text: string): LogEntry[] {
  const entries: LogEntry[] = [];
  for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) {
    const next = begins(line);
    const last = entries.at(-1);
    if (next) entries.push(next);
    else if (last) last.lines.push(line);
    else if (line !== '')
      entries.push({ local: '', epoch: undefined, level: '', logger: '', query_id: '', message: line, lines: [line] });
  }
  return entries;
}
