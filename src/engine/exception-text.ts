/** A server's exception as its text tells it. */
export interface ParsedException {
  /** The innermost code: the cause, where others only pass it on. */
  code: number;
  /** Every code in the text, innermost first. */
  codes: number[];
  /** `UNKNOWN_TABLE`; servers before about 21.12 print none. */
  name: string | undefined;
  /** `DB::Exception`, `DB::ParsingException`, `Coordination::Exception`, `Poco::Exception`, `std::exception` … */
  type: string;
  /** The innermost message on one line, without code, name, version and stack trace. */
  message: string;
}

/*
 * Heads by period, as servers print them:
 *   Code: 27, e.displayText() = DB::Exception: …, e.what() = DB::Exception                 18.x
 *   Code: 27, e.displayText() = DB::Exception: … (version 20.8.1.1)                        19.x to 21.x
 *   Code: 27. DB::Exception: … (CANNOT_PARSE_INPUT_ASSERTION_FAILED) (version 24.8.4.13)   21.12 and newer
 *   Poco::Exception. Code: 1000, e.code() = 111, e.displayText() = Connection refused, e.what() = …
 *   std::exception. Code: 1001, type: std::out_of_range, e.what() = …
 */
const HEADS = [
  /(?<type>Poco::Exception|std::exception)\.\s+Code:\s*(?<code>\d+),\s*(?:e\.code\(\)\s*=\s*-?\d+,\s*e\.displayText\(\)\s*=\s*|type:\s*[\w:<>]+,\s*e\.what\(\)\s*=\s*)?/,
  /Code:\s*(?<code>\d+)[.,]\s*(?:e\.displayText\(\)\s*=\s*)?(?<type>[A-Za-z]+(?:::[A-Za-z]+)+)(?::|\s+(?=\())\s*/,
];
const HEAD = new RegExp(HEADS.map((head, index) => renameGroups(head.source, index)).join('|'), 'g');
const NAME = /\(([A-Z][A-Z0-9_]+)\)(?=[.,\s]*(?:\(version|\(queryId|\(from|$))/;
const STACK = /,?\s*Stack trace(?: \(when copying[^)]*\))?:/;
const END = /,\s*e\.what\(\)\s*=|\s*\(version\s[^)]*\)|\s*,?\s*version\s*=\s*\d/;
const RECEIVED = /^Received from [^\s]+?\.\s+(?:[A-Za-z]+::[A-Za-z]+:\s*)?/;

function renameGroups(source: string, index: number): string {
  return source.replaceAll('(?<type>', `(?<type${index}>`).replaceAll('(?<code>', `(?<code${index}>`);
}

/**
 * Reads a server's exception from its text, of any period; undefined where no server wrote it.
 * Nested exceptions (`Received from`, `There was an error on [host:9000]`) give the innermost one.
 */
export function parseServerException(text: string): ParsedException | undefined {
  const heads = [...text.matchAll(HEAD)].map((match) => ({
    code: Number(match.groups?.code0 ?? match.groups?.code1),
    type: match.groups?.type0 ?? match.groups?.type1 ?? 'DB::Exception',
    from: match.index + match[0].length,
  }));
  const last = heads.at(-1);
  if (!last) return undefined;
  const [rest = ''] = text.slice(last.from).replace(RECEIVED, '').trimEnd().split(STACK, 1);
  const name = NAME.exec(rest);
  const end = END.exec(rest);
  const stop = Math.min(name?.index ?? rest.length, end?.index ?? rest.length);
  const codes = heads.map((head) => head.code).reverse();
  return {
    code: last.code,
    codes: codes.filter((code, index) => index === 0 || code !== codes[index - 1]),
    name: name?.[1],
    type: last.type,
    message: rest
      .slice(0, stop)
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/(?<!\.)\s*\.$/, ''),
  };
}

/** Whether the text begins as a server's exception does: what an answer of nothing but an exception looks like. */
export function startsAsException(text: string): boolean {
  return new RegExp(`^\\s*(?:${HEAD.source})`).test(text);
}
