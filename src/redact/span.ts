/** A stretch of bytes to hide, found in a buffer that is looked at as bytes and as a Latin-1 string of the same length. */
export interface Span {
  start: number;
  end: number;
  /** Where what identifies it begins: the key before a value, the function's name before an argument. */
  from: number;
  /** `known:CLICKHOUSE_PASSWORD`, `pattern:identified-by`, `key:password`. */
  rule: string;
  /** The secret itself, decoded, as a Latin-1 string: what the token is made from. */
  secret: string;
}

/** A known secret of which only the beginning or the end stands at an edge of a value. */
export interface SecretPart {
  label: string;
  secret: string;
  /** `end`: its first characters are the value’s last ones; `start`: its last characters are the value’s first ones. */
  edge: 'start' | 'end';
  length: number;
}

/** Spans in order, overlapping ones made one; the more certain span (a known secret, else the longer) names it. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  const merged: Span[] = [];
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last === undefined || span.start >= last.end) {
      merged.push({ ...span });
      continue;
    }
    if (weight(span) > weight(last)) {
      last.rule = span.rule;
      last.secret = span.secret;
    }
    last.end = Math.max(last.end, span.end);
    last.from = Math.min(last.from, span.from);
  }
  return merged;
}

function weight(span: Span): number {
  return (span.rule.startsWith('known:') ? 1e9 : 0) + span.secret.length;
}

/** Those of `spans` that hold none of `inner` entirely. */
export function withoutHolders(spans: readonly Span[], inner: readonly Span[]): Span[] {
  const sorted = [...inner].sort((a, b) => a.start - b.start);
  let next = 0;
  return [...spans]
    .sort((a, b) => a.start - b.start)
    .filter((span) => {
      while ((sorted[next]?.start ?? Number.POSITIVE_INFINITY) < span.start) next += 1;
      for (let at = next; (sorted[at]?.start ?? Number.POSITIVE_INFINITY) < span.end; at += 1) {
        if ((sorted[at]?.end ?? 0) <= span.end) return false;
      }
      return true;
    });
}
