import type { EvidenceEvent } from '../model/evidence.ts';
import type { Finding } from '../model/finding.ts';
import type { EvidenceView, Rule, Weighing } from '../model/rule.ts';
import type { Because } from '../model/verdict.ts';
import { pagePath } from './page.ts';
import { cite, confidenceOf, type Pattern, said, type Weighed, weigh } from './pattern.ts';
import { serverVersion } from './signals.ts';
import { isOutside } from './time-span.ts';
import { fitting } from './versions.ts';

/** A family of patterns with the page that explains it. */
export interface PatternRule extends Rule {
  page: string;
  patterns: readonly Pattern[];
}

/** A rule of one file: causes that show themselves in one entry of a log. Ranked against those of all other files by `rank`. */
export function patternRule(id: string, page: string, patterns: readonly Pattern[]): PatternRule {
  return {
    id,
    page,
    patterns,
    causes: [...new Set(patterns.map((pattern) => pattern.cause))],
    explain: (view) => rank(view, [{ id, page, patterns }]),
    weigh: (view) => weighings(view, patterns),
  };
}

type Family = Pick<PatternRule, 'id' | 'page' | 'patterns'>;
type Candidate = Weighed & { page: string };

/** Entries that may say why something failed: those that do, and those without a level, which only their text can tell. */
function troubles(view: EvidenceView): EvidenceEvent[] {
  return view.events.filter((event) => !event.recovered && (event.trouble || mayBe(event)));
}

function mayBe({ level, origin }: EvidenceEvent): boolean {
  return level === undefined && (origin === 'client' || origin === 'http' || origin === 'server');
}

/** Without any word of failure around it, a text must be a cause’s own. */
const BY_TEXT_ALONE = 72;

/** How much an entry counts besides its text: the ingestion's own words before those of a server that serves others, too. */
function standing(event: EvidenceEvent): number {
  if (event.origin === 'server' || event.origin === 'text_log')
    return event.level === 'error' || event.level === 'fatal' ? -6 : -8;
  return event.level === 'warning' ? -2 : 0;
}

/** Why an entry of a server is hardly the ingestion’s: its own log tells of another failure. Undefined where it may be. */
function passedOver(event: EvidenceEvent, view: EvidenceView): string | undefined {
  if (event.origin !== 'server' && event.origin !== 'text_log' && event.origin !== 'query_log') return undefined;
  const own = view.events.filter((one) => one.origin === 'client' && one.trouble && !one.recovered);
  if (own.length === 0) return undefined;
  const codes = event.exceptions.flatMap(({ code }) => (code === undefined ? [] : [code]));
  const told = own.some(
    (one) =>
      one.exceptions.some(({ code }) => code !== undefined && codes.includes(code)) ||
      !/\d|[A-Z]\w+Error/.test(one.flat),
  );
  return told ? undefined : 'the ingestion’s own log tells of another failure, and not of this one';
}

/** Of two patterns of one cause the one that nothing else reads like counts more than any sum of hints. */
function strength(one: Weighed): number {
  return one.score + (confidenceOf(one) === 'certain' ? 100 : 0);
}

function best(candidates: readonly Candidate[]): Candidate[] {
  const byCause = new Map<string, Candidate>();
  for (const one of candidates) {
    const known = byCause.get(one.pattern.cause);
    if (!known || strength(one) > strength(known)) byCause.set(one.pattern.cause, one);
  }
  return [...byCause.values()].sort((a, b) => b.score - a.score);
}

const ALTERNATIVES = 3;

function findingOf(top: Candidate, rest: readonly Candidate[]): Finding {
  const { pattern, match } = top;
  const others = rest
    .filter((one) => one.pattern.cause !== pattern.cause)
    .map((one) => ({
      cause: one.pattern.cause,
      summary: lower(said(one.pattern.summary, one.match)),
      question: one.pattern.question,
    }));
  const named = (pattern.or ?? []).filter((one) => !others.some((other) => other.cause === one.cause));
  const because: Because[] = [
    cite(match.event),
    ...top.for.flatMap(({ says, because: lines }) =>
      lines.length === 0 ? [{ text: says }] : lines.map((line) => ({ ...line, text: `${says}: ${line.text}` })),
    ),
    ...top.against.map(({ says }) => ({ text: `against it: ${says}` })),
  ];
  return {
    cause: pattern.cause,
    side: pattern.side,
    confidence: confidenceOf(top),
    summary: said(pattern.summary, match),
    because,
    alternatives: [...others, ...named].slice(0, ALTERNATIVES),
    remedies: fitting(said(pattern.remedies, match), serverVersion(match)),
    page: pagePath(top.page),
  };
}

function lower(text: string): string {
  return /^(?:[A-Z][a-z]|A )/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Findings of all families together: of each entry the best cause, its rivals as alternatives; of all entries the best first. */
export function rank(view: EvidenceView, families: readonly Family[]): Finding[] {
  const heads: { finding: Finding; score: number; event: EvidenceEvent }[] = [];
  for (const event of troubles(view)) {
    // What a server met at another time is no cause, and may be known as noise.
    const outside = isOutside(event, view);
    const candidates = best(
      families.flatMap(({ page, patterns }) =>
        patterns.flatMap((pattern) => {
          if (outside && !pattern.cause.endsWith('_unrelated')) return [];
          const weighed = weigh(pattern, event, view);
          return weighed ? [{ ...weighed, page }] : [];
        }),
      ),
    );
    const [top, ...rest] = candidates;
    if (!top || (!event.trouble && (top.pattern.text === undefined || top.score < BY_TEXT_ALONE))) continue;
    const near = rest.filter((one) => one.score >= top.score - 45);
    const finding = findingOf(top, near);
    const alone = passedOver(event, view);
    heads.push({
      finding: alone ? { ...finding, confidence: 'possible', because: [...finding.because, { text: alone }] } : finding,
      score: top.score + standing(event) - (alone ? 40 : 0),
      event,
    });
  }
  const merged = new Map<string, (typeof heads)[number]>();
  for (const head of heads) {
    const known = merged.get(head.finding.cause);
    if (!known) merged.set(head.finding.cause, head);
    else {
      const [better, other] = head.score > known.score ? [head, known] : [known, head];
      const because = [...better.finding.because, ...other.finding.because.slice(0, 1)].slice(0, 8);
      merged.set(head.finding.cause, { ...better, finding: { ...better.finding, because } });
    }
  }
  return [...merged.values()].sort((a, b) => b.score - a.score).map(({ finding }) => finding);
}

function weighings(view: EvidenceView, patterns: readonly Pattern[]): Weighing[] {
  return patterns.map((pattern) => {
    const found = troubles(view)
      .flatMap((event) => weigh(pattern, event, view) ?? [])
      .sort((a, b) => b.score - a.score)[0];
    const codeSeen = troubles(view).find((event) =>
      event.exceptions.some(({ code }) => code !== undefined && pattern.codes?.includes(code)),
    );
    if (found)
      return {
        cause: pattern.cause,
        score: found.score,
        seen: [
          `${found.match.event.file}:${found.match.event.line}`,
          ...found.for.map(({ says }) => says),
          ...found.against.map(({ says }) => `against: ${says}`),
        ],
        missing: (pattern.signals ?? [])
          .filter((one) => one.weight > 0 && !found.for.some(({ says }) => says === one.says))
          .map((one) => one.says),
      };
    return {
      cause: pattern.cause,
      score: undefined,
      seen: codeSeen ? [`its code, ${codeSeen.file}:${codeSeen.line}`] : [],
      missing: pattern.text ? [`a text like ${pattern.text.source.slice(0, 120)}`] : [],
    };
  });
}
