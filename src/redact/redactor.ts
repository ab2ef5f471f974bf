import type { Redaction } from '../model/run.ts';
import { valuesIn } from '../model/server-words.ts';
import { type Clean, type CleanPiece, type CleanStream, cleanPiece, cleanStream, cleanText } from './clean.ts';
import { detect } from './detector.ts';
import { redactValue } from './json.ts';
import { type KnownSecret, KnownSecrets } from './known.ts';
import { printable } from './printable.ts';
import { Tokens } from './tokens.ts';
import { type Piece, Windows } from './windows.ts';

export type { KnownSecret } from './known.ts';

/** Hides secrets, known by value or recognised by their place, behind stable tokens, and keeps the ledger of it. */
export interface Redactor {
  /** One more known secret, as the run meets it. `user` where it is a password: then the pair is hidden in basic authentication, too. */
  learn(label: string, value: string, user?: string): void;
  /** @param file path in the archive, for the ledger. */
  text(file: string, raw: string): Clean;
  /** Values under secret names are hidden whole, texts and keys leaf by leaf; the result is always valid JSON, indented by two. */
  json(file: string, value: unknown): Clean;
  /** The same as one line with its line feed. */
  jsonLine(file: string, value: unknown): Clean;
  /** In bounded memory (about 5 MiB), across chunk borders; all other bytes pass as they are, valid UTF-8 or not. */
  stream(file: string, source: AsyncIterable<Uint8Array>): CleanStream;
  /** The same for someone who looks on: `flush()` gives at once all but what may yet become a secret. */
  live(file: string): LiveRedaction;
  /** For the terminal and for thrown messages: secrets hidden, control characters visible. */
  plain(raw: string): string;
  /** What was hidden so far, by file, rule and token. */
  ledger(): Redaction[];
  /** The label of the first known secret found in any form; short ones count only where a credential stands. */
  scan(source: AsyncIterable<Uint8Array>): Promise<string | undefined>;
}

export interface LiveRedaction {
  push(chunk: Uint8Array): CleanPiece[];
  flush(): CleanPiece[];
  end(): CleanPiece[];
}

export interface RedactorOptions {
  known: readonly KnownSecret[];
  /** Hides the values of rows that a server quotes in its errors: where rows are about persons. */
  hidesRowValues?: boolean | undefined;
}

/** A redactor of its own random key: tokens of two redactors have nothing to do with each other. */
export function createRedactor(options: RedactorOptions): Redactor {
  const known = new KnownSecrets(options.hidesRowValues);
  for (const secret of options.known) known.learn(secret);
  const tokens = new Tokens();

  function* render(file: string, pieces: readonly Piece[]): Generator<Uint8Array> {
    const parts = pieces.map((piece) =>
      'bytes' in piece ? piece.bytes : Buffer.from(tokens.hide(file, piece.span), 'utf8'),
    );
    if (parts.length > 0) yield Buffer.concat(parts);
  }

  const redact = (file: string, raw: string): string => {
    const bytes = Buffer.from(raw, 'utf8');
    const spans = detect(bytes, known);
    if (spans.length === 0) return raw;
    const parts: string[] = [];
    let at = 0;
    for (const span of spans) {
      parts.push(bytes.toString('utf8', at, span.start), tokens.hide(file, span));
      at = span.end;
    }
    return [...parts, bytes.toString('utf8', at)].join('');
  };

  /** An error of a server that stands alone, without the head by which a text is known as one. */
  const hideValues = (file: string, raw: string): string => {
    let at = 0;
    const parts: string[] = [];
    for (const { start, end } of valuesIn(raw)) {
      const secret = Buffer.from(raw.slice(start, end), 'utf8').toString('latin1');
      parts.push(raw.slice(at, start), tokens.hide(file, { rule: 'pattern:row-value', secret }));
      at = end;
    }
    return redact(file, [...parts, raw.slice(at)].join(''));
  };

  const walk = (file: string, value: unknown): unknown =>
    redactValue(value, {
      text: (raw) => redact(file, raw),
      known(raw) {
        const hidden = redact(file, raw);
        return hidden === raw ? undefined : hidden;
      },
      words: (raw) => (known.hidesRowValues ? hideValues(file, raw) : redact(file, raw)),
      whole(rule, raw) {
        if (raw === '' || isHidden(raw)) return raw;
        const secret = Buffer.from(raw, 'utf8').toString('latin1');
        const label = known.labelOf(secret);
        return tokens.hide(file, { rule: label === undefined ? rule : `known:${label}`, secret });
      },
    }) ?? null;

  async function* redacted(file: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const windows = new Windows(known);
    let failure: { cause: unknown } | undefined;
    try {
      for await (const chunk of source) yield* render(file, windows.push(chunk));
    } catch (cause) {
      // What came before the failure is evidence, too: it is given out, then the failure goes on.
      failure = { cause };
    }
    yield* render(file, windows.end());
    if (failure) throw failure.cause;
  }

  return {
    learn: (label, value, user) => known.learn({ label, value, user }),
    text: (file, raw) => cleanText(redact(file, raw)),
    json: (file, value) => cleanText(`${JSON.stringify(walk(file, value), undefined, 2)}\n`),
    jsonLine: (file, value) => cleanText(`${JSON.stringify(walk(file, value))}\n`),
    stream: (file, source) => cleanStream(redacted(file, source)),
    live(file) {
      const windows = new Windows(known, true);
      const clean = (pieces: readonly Piece[]) =>
        pieces.map((piece) => {
          const bytes = 'bytes' in piece ? piece.bytes : Buffer.from(tokens.hide(file, piece.span), 'utf8');
          return cleanPiece({ bytes, at: piece.at, length: piece.length });
        });
      return {
        push: (chunk) => clean(windows.push(chunk)),
        flush: () => clean(windows.flush()),
        end: () => clean(windows.end()),
      };
    },
    plain: (raw) => printable(redact('(terminal)', raw)),
    ledger: () => tokens.ledger(),
    async scan(source) {
      const windows = new Windows(known);
      for await (const chunk of source) {
        const label = knownLabel(windows.push(chunk));
        if (label !== undefined) return label;
      }
      return knownLabel(windows.end());
    },
  };
}

/** Hidden already, by the server or by us. */
function isHidden(text: string): boolean {
  return text === '[HIDDEN]' || /^‹secret-\d+›$/.test(text);
}

function knownLabel(pieces: readonly Piece[]): string | undefined {
  for (const piece of pieces) {
    if ('span' in piece && piece.span.rule.startsWith('known:')) return piece.span.rule.slice('known:'.length);
  }
  return undefined;
}
