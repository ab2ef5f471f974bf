import type { EvidenceEvent } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { EvidenceView } from '../model/rule.ts';
import type { Because } from '../model/verdict.ts';

/** What a pattern matched, for its sentences. */
export interface Match {
  event: EvidenceEvent;
  view: EvidenceView;
  /** Groups of the pattern's text. */
  groups: Readonly<Record<string, string | undefined>>;
  code: number | undefined;
}

/** Something elsewhere in the evidence, or in the entry itself, that makes a cause likelier or less likely. */
export interface Signal {
  /** One clause: `the port is that of the native protocol`. */
  says: string;
  /** Added to the score: 5 a hint, 15 strong, 40 decides; negative against. */
  weight: number;
  seen(match: Match): boolean | Because | Because[];
}

/** A remedy; of a list the first part stands by itself, and each further one only where the server has what it names. */
export type Remedy = string | readonly [string, ...string[]];

type Said<T> = T | ((match: Match) => T);

/** How a cause shows itself in one entry of a log, and what settles it. */
export interface Pattern {
  cause: string;
  side: Finding['side'];
  /** Server codes under which it comes. The text beats the number: a pattern with `text` may match without them. */
  codes?: readonly number[];
  text?: RegExp;
  /** Where this stands, too, it is something else. */
  unless?: RegExp;
  /** Only in entries of these origins. */
  from?: readonly EvidenceEvent['origin'][];
  /** Score where the text matches: 90 nothing else reads so, 70 likely, 40 one of several causes. */
  strength: number;
  /** Score where only the code is there, of which no text is known. */
  alone?: number;
  /** Those of `codes` that say so by themselves; absent: all of them. */
  own?: readonly number[];
  /** Whether the matched text is written by nothing but this cause: only then may it be `certain`. */
  only?: boolean;
  signals?: readonly Signal[];
  summary: Said<string>;
  remedies: Said<readonly Remedy[]>;
  /** The question whose yes makes it this cause. */
  question: string;
  /** Causes that read the same and that no other pattern names. */
  or?: readonly Finding['alternatives'][number][];
}

export interface Weighed {
  pattern: Pattern;
  match: Match;
  score: number;
  for: { says: string; because: Because[] }[];
  against: { says: string; because: Because[] }[];
}

const QUOTED = 700;

/** An entry as evidence: what it says, shortened, and where it stands. */
export function cite(event: EvidenceEvent): Because {
  const text = event.text.trim();
  const times = event.count > 1 ? ` (${event.count} times)` : '';
  const shown = text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
  return { text: `${shown}${times}`, file: event.file, ...(event.line > 0 ? { line: event.line } : {}) };
}

export function said<T>(value: Said<T>, match: Match): T {
  return typeof value === 'function' ? (value as (match: Match) => T)(match) : value;
}

/** The text of the entry that matches: as it is, and with broken words put together again. */
function find(text: RegExp, event: EvidenceEvent): RegExpExecArray | null {
  return text.exec(event.flat) ?? (event.glued === undefined ? null : text.exec(event.glued));
}

function codeIn(pattern: Pattern, event: EvidenceEvent): number | undefined {
  return event.exceptions.map(({ code }) => code).find((code) => code !== undefined && pattern.codes?.includes(code));
}

/** Holds a pattern against one entry; undefined where it does not match. */
export function weigh(pattern: Pattern, event: EvidenceEvent, view: EvidenceView): Weighed | undefined {
  if (pattern.from && !pattern.from.includes(event.origin)) return undefined;
  // What was read of a container is no text of a program: words of one mean something else there.
  if (event.origin === 'container' && !pattern.from?.includes('container')) return undefined;
  if (pattern.unless && find(pattern.unless, event)) return undefined;
  const code = codeIn(pattern, event);
  const found = pattern.text ? find(pattern.text, event) : null;
  const speaks = code !== undefined && (pattern.own ?? pattern.codes)?.includes(code);
  if (!found && (pattern.alone === undefined || !speaks)) return undefined;
  const codes = event.exceptions.filter((one) => one.code !== undefined && one.by === 'server');
  // Another code than those of the pattern speaks against it, not more: versions number the same text differently.
  const base = !found
    ? (pattern.alone ?? 0)
    : pattern.strength + (code !== undefined ? 3 : pattern.codes && codes.length > 0 ? -12 : 0);
  const match: Match = { event, view, groups: found?.groups ?? {}, code };
  const weighed: Weighed = { pattern, match, score: base, for: [], against: [] };
  for (const signal of pattern.signals ?? []) {
    const seen = signal.seen(match);
    if (seen === false || (Array.isArray(seen) && seen.length === 0)) continue;
    const because = seen === true ? [] : Array.isArray(seen) ? seen : [seen];
    weighed.score += signal.weight;
    (signal.weight < 0 ? weighed.against : weighed.for).push({ says: signal.says, because });
  }
  return weighed.score > 0 ? weighed : undefined;
}

/** `certain` only where nothing else reads so and nothing speaks against it. */
export function confidenceOf(weighed: Weighed): Finding['confidence'] {
  const { pattern, score, against } = weighed;
  const textSeen = pattern.text !== undefined && score >= pattern.strength;
  if (pattern.only === true && textSeen && against.length === 0 && score >= 88) return 'certain';
  return score >= 60 ? 'likely' : 'possible';
}
