import { isRecord } from './json.ts';

/** A line without what a log collector put before it. */
export interface Carried {
  text: string;
  /** Time that the collector wrote, as it stands there; only where the line's own is missing is it used. */
  time?: string;
}

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');
const ESCAPE = String.fromCharCode(27);

/*
 * Forms, from the outside in:
 *   {"log":"…\n","stream":"stderr","time":"2025-…"}           Docker's json-file
 *   2025-10-29T12:10:30.123456789Z stderr F …                  CRI
 *   loader-1  | …                                              docker compose
 *   [pod/loader-5c7/main] …                                    kubectl logs --prefix
 *   Oct 29 12:10:30 host loader[123]: …                        syslog, journald
 *   2025-10-29T12:10:30+0300 host loader[123]: …               journalctl -o short-iso
 */
const CRI = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) std(?:out|err) [FP] ?/;
const COMPOSE = /^[A-Za-z0-9][\w.-]* {0,40}\| /;
const KUBECTL = /^\[pod\/[^\]\s]+\] /;
const SYSLOG = /^(?:<\d+>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?) \S+ [\w./@-]+(?:\[\d+\])?: /;
const JOURNAL = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) \S+ [\w./@-]+\[\d+\]: /;

/** Takes collectors' prefixes and terminal colours off a line. */
export function carried(line: string): Carried {
  let text = line.includes(ESCAPE) ? line.replace(ESCAPES, '') : line;
  let time: string | undefined;
  for (let depth = 0; depth < 3; depth += 1) {
    if (text.startsWith('{"log":')) {
      const wrapped = dockerLine(text);
      if (!wrapped) break;
      text = wrapped.text;
      time ??= wrapped.time;
      continue;
    }
    const first = text.charCodeAt(0);
    // Digits, letters, `[` and `<`: nothing else begins a prefix.
    if (
      !(first >= 48 && first <= 57) &&
      !(first >= 65 && first <= 91) &&
      !(first >= 97 && first <= 122) &&
      first !== 60
    )
      break;
    const match = CRI.exec(text) ?? SYSLOG.exec(text) ?? JOURNAL.exec(text) ?? KUBECTL.exec(text) ?? COMPOSE.exec(text);
    if (!match) break;
    time ??= match[1];
    text = text.slice(match[0].length);
  }
  return time === undefined ? { text } : { text, time };
}

function dockerLine(line: string): Carried | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (!isRecord(value) || typeof value.log !== 'string') return undefined;
    const text = value.log.replace(/\n$/, '');
    return typeof value.time === 'string' ? { text, time: value.time } : { text };
  } catch {
    return undefined;
  }
}
