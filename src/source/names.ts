import { WitnessError } from '../kernel/errors.ts';
import { type Format, ROW_FORMATS, WHOLE_FORMATS } from '../model/source.ts';

const BY_EXTENSION: Record<string, Format> = {
  json: 'JSONEachRow',
  jsonl: 'JSONEachRow',
  ndjson: 'JSONEachRow',
  csv: 'CSV',
  tsv: 'TabSeparated',
  tab: 'TabSeparated',
  parquet: 'Parquet',
  pq: 'Parquet',
  arrow: 'Arrow',
  feather: 'Arrow',
  arrows: 'ArrowStream',
  orc: 'ORC',
  avro: 'Avro',
  native: 'Native',
};

const OTHER_NAMES: Record<string, Format> = {
  jsonlines: 'JSONEachRow',
  tsv: 'TabSeparated',
  tsvwithnames: 'TabSeparatedWithNames',
};

/** What the name promises: `orders.csv.gz` → CSV; undefined when it promises nothing. */
export function formatOfName(fileName: string): Format | undefined {
  const extension = /\.([^.]+)$/.exec(fileName.replace(/\.(?:gz|gzip)$/i, ''))?.[1];
  return extension === undefined ? undefined : BY_EXTENSION[extension.toLowerCase()];
}

/** Reads `--format`: ClickHouse's name in any case, or a usual file extension. @throws WitnessError */
export function parseFormat(text: string): Format {
  const wanted = text.toLowerCase();
  const names: readonly Format[] = [...ROW_FORMATS, ...WHOLE_FORMATS];
  const format = names.find((name) => name.toLowerCase() === wanted) ?? OTHER_NAMES[wanted] ?? BY_EXTENSION[wanted];
  if (format) return format;
  throw new WitnessError({
    code: 'INPUT_FORMAT',
    what: `The format ${text} is not one that can be loaded`,
    where: '--format',
    next: `Use one of ${names.join(', ')}`,
  });
}
