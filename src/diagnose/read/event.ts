import type { EvidenceEvent } from '../../model/evidence.ts';
import { exceptionsIn, statusIn } from './exceptions.ts';
import { momentIn, type ZoneRule } from './moment.ts';
import type { LogRecord } from './record.ts';
import { shapeOf } from './shape.ts';

export interface ZoneRules {
  /** For times in a server's log. */
  server: ZoneRule;
  /** For those of a program. */
  client: ZoneRule;
}

/** Characters of an entry that are kept. */
const KEPT = 12 * 1024;

/** Something went wrong, in words that no level says; none of them stands in the log of a load that went well. */
const WENT_WRONG =
  /::[A-Za-z]*Exception\b|\bTraceback \(most recent|\b[A-Z]\w*(?:Error|Exception)\b(?!s)(?:[:\s]|$)|\bpanic:|\bpanicked at|(?:^|\s)(?:error|fatal|failed|failure)\b ?[:=|]|\b(?:could not|couldn't|cannot|can't|unable to|failed to|fails? with|refused|timed out|hang up|not enough space|denied|no route to host|unreachable|E[A-Z]*(?:REFUSED|RESET|TIMEDOUT|UNREACH|PIPE|AI_AGAIN))\b|HTTP\/[\d.]+ [45]\d\d|\b(?:413|414|502|503|504) [A-Z][a-z]|already exists.{0,60}ignoring|\[error\]|error:|not supported|Method write|Broken pipe|is in readonly|is read-?only|suspicious|Cannot |cannot |exceeded|Timeout|too many|Too many|mismatch|\([A-Z]{3,}(?:_[A-Z]+)+\)|Code: \d+|exception-code|is not like|refusing|\bSIG(?:KILL|TERM|SEGV|ABRT|BUS)\b|return code -\d|i\/o timeout|connect error|deadline exceeded|broken pipe|\bENOTFOUND\b|[Uu]nexpected (?:packet|token|end|EOF|eof|response|error|status|exception)/;
/** …and what only looks like it. */
const MERELY =
  /\b(?:no|0|zero|without(?: any)?|errors?[=:] ?0|failed[=:] ?0|rejected[=:] ?0) ?(?:errors?|exceptions?|failures?)?\b/i;
const NUMBERS_OF_NOTHING =
  /\b(?:no|zero|0|without(?: any)?) (?:\w+ )?(?:errors?|exceptions?|failures?|timeouts?)\b|\b(?:errors?|exceptions?|failures?|failed|rejected|retries|timeouts?|skipped)"?\s*[=:]\s*"?(?:0\b|none\b|null\b|\[\]|false\b)/gi;

/** `max()` of an empty column of times beside `count()`: a result, not a log line. */
const EMPTY_RESULT =
  /^"?1970-01-01[ T]\d\d:\d\d:\d\d(?:\.0+)?"?\s*[\t,|│ ]\s*0"?\s*$|^0\s*[\t,|]\s*"?1970-01-01 \d\d:\d\d:\d\d(?:\.0+)?"?\s*$/m;

/** The entry’s own time: it is no value of the input, though it may look like one. */
const OWN_TIME =
  /^\W{0,3}\d{4}[-/.]\d\d[-/.]\d\d[T ,]+\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?(?=[\s:|,-])/;

/** An entry with all that its text tells. */
export function eventOf(record: LogRecord, file: string, zones: ZoneRules): EvidenceEvent {
  const whole = record.lines.join('\n');
  const shape = shapeOf(whole);
  const full = shape.message ?? whole;
  const text = full.length > KEPT ? `${full.slice(0, KEPT - 2048)}\n…\n${full.slice(-2048)}` : full;
  const isResult = EMPTY_RESULT.test(whole);
  const flat = (isResult ? text : text.replace(OWN_TIME, '')).replace(/\s+/g, ' ').trim();
  const zone = shape.origin === 'server' ? zones.server : zones.client;
  const at = momentIn(shape.time ?? record.lines[0] ?? '', zone) ?? (record.time && momentIn(record.time, zone));
  const exceptions = exceptionsIn(text);
  const status = statusIn(flat.slice(0, 4000));
  return {
    file,
    line: record.line,
    origin: isResult ? 'result' : shape.origin,
    ...(at ? { at } : {}),
    level: shape.level,
    logger: shape.logger,
    ...(shape.query_id === undefined ? {} : { query_id: shape.query_id }),
    text,
    flat,
    ...(text.includes('\n') ? { glued: text.replace(/\s*\n\s*/g, '') } : {}),
    exceptions,
    ...(status === undefined ? {} : { status }),
    trouble: !isResult && troubled(shape.level, flat, exceptions.length),
    count: 1,
    again: [],
  };
}

const FAILED = /\b(?:failed|failing|failure|error=|return code -\d|"error":)/i;

function troubled(level: EvidenceEvent['level'], flat: string, exceptions: number): boolean {
  if (level === 'error' || level === 'fatal') return true;
  const said = MERELY.test(flat) ? flat.replace(NUMBERS_OF_NOTHING, '') : flat;
  if (level === 'warning') return exceptions > 0 || WENT_WRONG.test(said);
  if (exceptions > 0 && said === flat) return true;
  // Some programs say at level info that they failed and will try again.
  if (level !== undefined && FAILED.test(said) && WENT_WRONG.test(said)) return true;
  return (
    WENT_WRONG.test(said) && (level === undefined || exceptions > 0 || /ignoring it|::[A-Za-z]*Exception/.test(said))
  );
}
