import type { KnownSecrets } from './known.ts';
import { Needles } from './needles.ts';
import { authorizationHeader, bareCredentials, commandLineUser } from './rules/authorization.ts';
import { privateKey, webToken } from './rules/blobs.ts';
import { cutValue } from './rules/cut.ts';
import { Finds, type TextRule } from './rules/finds.ts';
import { positional, urlHeaders } from './rules/functions.ts';
import { identified } from './rules/identified.ts';
import { keyed } from './rules/keyed.ts';
import { rowValue } from './rules/row-value.ts';
import { serverWords } from './rules/server-words.ts';
import { urlPassword } from './rules/urls.ts';
import { secretlintSpans } from './secretlint.ts';
import { mergeSpans, type Span, withoutHolders } from './span.ts';

const RULES: readonly TextRule[] = [
  keyed,
  urlPassword,
  authorizationHeader,
  bareCredentials,
  commandLineUser,
  identified,
  positional,
  urlHeaders,
  privateKey,
  webToken,
  cutValue,
  rowValue,
  serverWords,
];

const RULE_OF_KEYWORD: readonly TextRule[] = RULES.flatMap((rule) => rule.keywords.map(() => rule));

const KEYWORDS = new Needles(
  RULES.flatMap((rule) => rule.keywords.map((keyword) => Buffer.from(keyword, 'latin1'))),
  true,
);

/** Everything to hide in these bytes, in order and without overlaps: known secrets in any form, and what looks like a secret by its place. */
export function detect(bytes: Buffer, known: KnownSecrets): Span[] {
  const spans: Span[] = [];
  known.find(bytes, spans);
  const finds = new Finds(
    bytes.toString('latin1'),
    (secret) => known.labelOf(secret),
    (value) => known.parts(value),
    known.hidesRowValues,
  );
  KEYWORDS.search(bytes, 0, (keyword, at) => {
    RULE_OF_KEYWORD[keyword]?.at(finds, at);
    return undefined;
  });
  const placed = finds.spans.splice(0);
  secretlintSpans(finds);
  // Where a rule of ours found the secret inside of what a pattern reports, ours is the closer one.
  const others = withoutHolders(finds.spans, placed);
  return mergeSpans([...spans, ...placed, ...others]);
}
