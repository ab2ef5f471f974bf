import { type Document, isMap, isScalar, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { fileSchema, keysAt } from './file-schema.ts';
import { type Problem, shown } from './problems.ts';
import { isSecretName } from './secret-names.ts';
import { nearest } from './similar.ts';

/** A parsed configuration file. */
export interface ConfigFile {
  /** As written, keys without a value left out. */
  raw: Record<string, unknown>;
  problems: Problem[];
  /** `chwitness.yaml:4` for a key. */
  where(path: readonly PropertyKey[]): string;
}

// The parser's own messages may repeat the text around a mistake, and that may be a password.
const SYNTAX: Partial<Record<YAMLError['code'], string>> = {
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket is not closed',
  TAB_AS_INDENT: 'a tab is used as indentation; YAML takes spaces only',
  DUPLICATE_KEY: 'a key stands here a second time',
  MISSING_CHAR: 'a closing bracket, a quote, a comma or a colon with a space is missing',
  BAD_SCALAR_START: 'a value begins with a character that YAML reserves; put the value in quotes',
  BAD_DQ_ESCAPE: 'a backslash inside double quotes begins no known escape; use single quotes',
  MULTILINE_IMPLICIT_KEY: 'a key runs over more than one line; is a colon or a quote missing?',
  BLOCK_AS_IMPLICIT_KEY: 'a map stands inside a one-line value; put the value in quotes',
  BAD_ALIAS: 'an alias (*name) has no anchor (&name)',
  MULTIPLE_DOCS: 'a second document begins here; only one is read',
  TAG_RESOLVE_FAILED: 'an unknown tag (!name) stands here',
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key without a value says nothing: `job:` is as good as no line. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (!isRecord(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutBlanks(inner)]));
}

function lineOf(document: Document, counter: LineCounter, path: readonly PropertyKey[]): number {
  let line = 1;
  let node: unknown = document.contents;
  for (const part of path) {
    if (!isMap(node)) break;
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
    if (pair === undefined) break;
    if (isScalar(pair.key) && pair.key.range) line = counter.linePos(pair.key.range[0]).line;
    node = pair.value;
  }
  return line;
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    raw,
  );
}

function unknownKey(where: string, path: readonly PropertyKey[], key: string): Problem {
  const full = [...path, key].join('.');
  if (isSecretName(key))
    return {
      code: 'CONFIG_SECRET_IN_FILE',
      where,
      what: `${full} does not belong in the configuration file: it is read by many and ends up in version control`,
      next: 'give a password as CLICKHOUSE_PASSWORD in the environment or an env-file, by --password-file or --password-prompt',
    };
  const keys = keysAt(path);
  const near = nearest(key, keys, 3);
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    where,
    what: `${full} is not a key of the configuration${near === undefined ? '' : `; did you mean ${[...path, near].join('.')}?`}`,
    next: near === undefined && keys.length > 0 ? `known here: ${keys.join(', ')}` : undefined,
  };
}

function problemsOf(issue: z.core.$ZodIssue, raw: unknown, file: Pick<ConfigFile, 'where'>): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(file.where([...path, key]), path, key));
  const value = valueAt(raw, path);
  // A record reports a bad key through the schema of its keys: that issue holds the sentence.
  const expected = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  const found = issue.code === 'invalid_key' ? 'not a key that fits here' : shown(value, path);
  const quote = typeof value === 'number' && expected.startsWith('text') ? `write "${value}"` : undefined;
  return [
    {
      code: 'CONFIG_INVALID_VALUE',
      where: file.where(path),
      what: `${path.join('.') || 'the file'} is ${found}, expected ${expected}`,
      next: isSecretName(path.join('.')) ? undefined : quote,
    },
  ];
}

/** Reads the text of a configuration file; all mistakes at once, none of them repeating a value that may be secret. */
export function parseConfigFile(text: string, name: string): ConfigFile {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const where = (path: readonly PropertyKey[]) => `${name}:${lineOf(document, counter, path)}`;
  const file: ConfigFile = { raw: {}, problems: [], where };
  for (const error of [...document.errors, ...document.warnings])
    file.problems.push({
      code: 'CONFIG_SYNTAX',
      where: `${name}:${counter.linePos(error.pos[0]).line}`,
      what: SYNTAX[error.code] ?? `this is not YAML (${error.code})`,
    });
  if (file.problems.length > 0) return file;
  let parsed: unknown;
  try {
    parsed = withoutBlanks(document.toJS({ maxAliasCount: 100 })) ?? {};
  } catch {
    file.problems.push({ code: 'CONFIG_SYNTAX', where: name, what: 'the aliases of this file unfold without measure' });
    return file;
  }
  const result = fileSchema.safeParse(parsed);
  if (isRecord(parsed)) file.raw = parsed;
  if (!result.success) file.problems.push(...result.error.issues.flatMap((issue) => problemsOf(issue, parsed, file)));
  return file;
}
