import { type Argument, readArguments } from './arguments.ts';
import type { Finds, TextRule } from './finds.ts';
import { readQuoted } from './quoted.ts';

/** A call as a position rule sees it: the arguments and their texts, and whether it stands behind `ENGINE =`. */
interface Call {
  args: readonly Argument[];
  texts: readonly string[];
  engine: 'table' | 'database' | undefined;
}

type Positions = (call: Call) => number[];

/** A format's name where an access key could stand: `s3('url', 'CSV', …)` has no credentials. */
const FORMAT =
  /^(?:auto|NOSIGN|CSV|TSV|(?:CSV|TSV|TSKV|TabSeparated|CustomSeparated|JSON|Pretty|RowBinary|Template|Values|Vertical|Parquet|ORC|Arrow|Avro|Native|Protobuf|CapnProto|LineAsString|RawBLOB|Regexp|MsgPack|BSON|MySQLDump|DWARF|Npy|Form|Markdown|XML|SQLInsert|Null|One|Buffers|Hash|ODBCDriver)\w*)$/;

const objectStorage =
  (first: number): Positions =>
  ({ args, texts }) => {
    const key = texts[first] ?? '';
    if (args.length < first + 2 || FORMAT.test(key) || isNamed(key)) return [];
    const token = texts[first + 2];
    const hasToken = token !== undefined && args.length > first + 3 && !FORMAT.test(token) && !isNamed(token);
    return hasToken ? [first, first + 1, first + 2] : [first, first + 1];
  };

const azure =
  (first: number): Positions =>
  ({ texts }) =>
    FORMAT.test(texts[first] ?? '') || texts.length < first + 2 ? [] : [first + 1];

const database: Positions = ({ args, engine }) => {
  if (engine === 'database' || (engine === undefined && args.length === 4)) return [3];
  return args.length === 4 && engine === 'table' ? [3] : [4];
};

const remote: Positions = ({ texts }) => {
  const place = texts[1] ?? '';
  if (place.includes('(')) return [3];
  // `db.table` in one argument moves the rest to the left; a dot may also be part of a database's name.
  return place.includes('.') ? [3, 4] : [4];
};

const byName: ReadonlyMap<string, Positions> = new Map<string, Positions>([
  ...['s3', 's3queue', 'gcs', 'oss', 'cosn', 'deltalake', 'deltalakes3', 'hudi', 'iceberg', 'icebergs3', 'paimon'].map(
    (name): [string, Positions] => [name, objectStorage(1)],
  ),
  ...['s3cluster', 'deltalakecluster', 'hudicluster', 'icebergcluster', 'icebergs3cluster'].map(
    (name): [string, Positions] => [name, objectStorage(2)],
  ),
  ['azureblobstorage', azure(3)],
  ['azurequeue', azure(3)],
  ['icebergazure', azure(3)],
  ['azureblobstoragecluster', azure(4)],
  ['mysql', database],
  ['postgresql', database],
  ['materializedmysql', database],
  ['materializedpostgresql', database],
  ['mongodb', ({ args }) => (args.length >= 5 ? [4] : [])],
  ['redis', ({ engine }) => (engine ? [2] : [4])],
  ['remote', remote],
  ['remotesecure', remote],
  ...['encrypt', 'decrypt', 'tryencrypt', 'trydecrypt', 'aes_encrypt_mysql', 'aes_decrypt_mysql'].map(
    (name): [string, Positions] => [name, () => [2]],
  ),
]);

const GAP = String.raw`(?:[ \t\r\n]|\\[nrt]|%20|%0[AaDd]|\+)*`;
const CALL = new RegExp(`([a-z0-9_]+)${GAP}(?:\\(|%28)`, 'iy');
const EQUALS = new RegExp(`${GAP}(?:=|%3D)${GAP}`, 'iy');
const ENGINE = new RegExp(`ENGINE${GAP}(?:=|%3D)?${GAP}$`, 'i');

/** Secrets by their place among the arguments of table functions and engines: `s3('url', 'key', 'secret')`, `MySQL('host', 'db', 't', 'user', 'password')`. */
export const positional: TextRule = {
  keywords: [
    ...[...byName.keys()].filter((name) => name.length >= 4),
    ...['s3', 'gcs', 'oss']
      .flatMap((name) =>
        [' ', '=', '(', '\n', '\t', 'n', 't', '0', '+', ',', 'd', ')'].map((before) => `${before}${name}`),
      )
      .flatMap((start) => ['(', ' (', '%28', '\n('].map((open) => start + open)),
  ],
  at(finds: Finds, at: number): void {
    const { text } = finds;
    const named = /^[\s\S]?(?=(?:s3|gcs|oss)(?:\(| \(|%28|\n\())/i.test(text.slice(at, at + 7));
    const start = named ? at + 1 : at;
    if (
      !named &&
      /[A-Za-z0-9_]/.test(text[start - 1] ?? ' ') &&
      !/%[0-9A-Fa-f]{2}$|\\[nrt]$/.test(text.slice(start - 3, start))
    )
      return;
    CALL.lastIndex = start;
    const call = CALL.exec(text);
    const positions = call && byName.get((call[1] ?? '').toLowerCase());
    if (!call || !positions) return;
    const args = readArguments(finds, CALL.lastIndex);
    const texts = args.map((argument) =>
      argument.value ? (argument.value.readings[0] ?? '') : text.slice(argument.start, argument.end),
    );
    const engine = engineBefore(text, start);
    for (const index of positions({ args, texts, engine })) {
      const value = args[index]?.value;
      if (value) finds.hide(`pattern:${call[1]?.toLowerCase()}-argument`, at, value.start, value.end, value.readings);
    }
  },
};

/** `headers('Authorization' = 'Bearer …', …)` of `url()`: ClickHouse hides every value of it, and so do we. */
export const urlHeaders: TextRule = {
  keywords: ['headers(', 'headers (', 'headers%28'],
  at(finds: Finds, at: number): void {
    const { text } = finds;
    CALL.lastIndex = at;
    if (!CALL.test(text)) return;
    for (const argument of readArguments(finds, CALL.lastIndex)) {
      EQUALS.lastIndex = readQuoted(text, argument.start)?.next ?? text.length;
      const value = EQUALS.test(text) ? readQuoted(text, EQUALS.lastIndex) : undefined;
      if (value) finds.hide('pattern:url-headers', at, value.start, value.end, value.readings);
    }
  },
};

function engineBefore(text: string, at: number): 'table' | 'database' | undefined {
  const before = text.slice(Math.max(0, at - 4096), at);
  if (!ENGINE.test(before)) return undefined;
  const created = [
    ...before.matchAll(
      /\b(?:CREATE|ATTACH|REPLACE)(?:\s|%20|\+|\\n)+(?:OR(?:\s|%20|\+)+REPLACE(?:\s|%20|\+)+)?(DATABASE|TABLE|TEMPORARY)/gi,
    ),
  ].at(-1);
  return created?.[1]?.toUpperCase() === 'DATABASE' ? 'database' : 'table';
}

/** `key = 'value'` and lone identifiers: named collections and their overrides, hidden by the names of their keys. */
function isNamed(text: string): boolean {
  return /^[a-z_]\w*\s*=/i.test(text);
}
