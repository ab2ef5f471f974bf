/** How the header of a format repeats when the engine formats each block as a document of its own. */
type Header = 0 | 1 | 2 | 'csv-1' | 'csv-2';

// Formats whose documents can be put one after the other once repeated headers are cut off. All others go through a file.
const STREAMED: Record<string, Header> = {
  tabseparated: 0, tsv: 0, tabseparatedraw: 0, tsvraw: 0, csv: 0, tskv: 0, lineasstring: 0, native: 0, rowbinary: 0, jsoneachrow: 0,
  jsonlines: 0, ndjson: 0, jsonstringseachrow: 0, jsoncompacteachrow: 0, jsoncompactstringseachrow: 0, null: 0,
  tabseparatedwithnames: 1, tsvwithnames: 1, tabseparatedrawwithnames: 1, tsvrawwithnames: 1, csvwithnames: 'csv-1',
  jsoncompacteachrowwithnames: 1, jsoncompactstringseachrowwithnames: 1, tabseparatedwithnamesandtypes: 2,
  tsvwithnamesandtypes: 2, tabseparatedrawwithnamesandtypes: 2, tsvrawwithnamesandtypes: 2, csvwithnamesandtypes: 'csv-2',
  jsoncompacteachrowwithnamesandtypes: 2, jsoncompactstringseachrowwithnamesandtypes: 2,
}; // biome-ignore format: a table reads better in rows

/** Undefined for a format that cannot be streamed block by block. Format names know no case. */
export function headerOf(format: string): Header | undefined {
  return STREAMED[format.toLowerCase()];
}

/** Bytes of the header at the start of a document. */
export function headerLength(header: Header, document: Uint8Array): number {
  const lines = typeof header === 'number' ? header : Number(header.slice(4));
  const quotes = typeof header === 'string';
  let at = 0;
  for (let line = 0; line < lines; line += 1) {
    let inside = false;
    while (at < document.length && (inside || document[at] !== 0x0a)) {
      if (quotes && document[at] === 0x22) inside = !inside;
      at += 1;
    }
    at += 1;
  }
  return Math.min(at, document.length);
}

const TYPES: Record<string, string> = {
  json: 'application/json', jsoncompact: 'application/json', jsonstrings: 'application/json', jsoncompactstrings: 'application/json',
  jsonobjecteachrow: 'application/json', jsoncolumns: 'application/json', jsoncompactcolumns: 'application/json',
  jsoncolumnswithmetadata: 'application/json', csv: 'text/csv', csvwithnames: 'text/csv', csvwithnamesandtypes: 'text/csv',
  tabseparated: 'text/tab-separated-values', tsv: 'text/tab-separated-values', tabseparatedwithnames: 'text/tab-separated-values',
  tsvwithnames: 'text/tab-separated-values', tabseparatedwithnamesandtypes: 'text/tab-separated-values',
  tsvwithnamesandtypes: 'text/tab-separated-values', xml: 'application/xml', native: 'application/octet-stream',
  rowbinary: 'application/octet-stream', parquet: 'application/octet-stream', arrow: 'application/octet-stream',
  arrowstream: 'application/octet-stream', orc: 'application/octet-stream', avro: 'application/octet-stream',
}; // biome-ignore format: a table reads better in rows

export function contentType(format: string): string {
  const name = format.toLowerCase();
  if (name.startsWith('rowbinary')) return 'application/octet-stream';
  const kind = TYPES[name] ?? (/^json.*eachrow|^jsonlines|^ndjson/.test(name) ? 'application/x-ndjson' : 'text/plain');
  return kind.startsWith('text/')
    ? `${kind}; charset=UTF-8${name.includes('withnames') ? '; header=present' : ''}`
    : kind;
}
