import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { type Format, type InputError, InputFault, isRowFormat, type Source } from '../model/source.ts';
import { BOM, hasBom, withoutBom } from './bom.ts';
import { detect, type Looked } from './detect.ts';
import { expand, type Place } from './expand.ts';
import { fileOrigin, unreadable } from './file.ts';
import { gunzip, gunzipHead, isGzip } from './gunzip.ts';

import { parseFormat } from './names.ts';
import type { Origin } from './origin.ts';
import { type ParquetFooter, readParquetFooter } from './parquet.ts';
import { streamOrigin } from './stream.ts';
import { urlOrigin } from './url.ts';

/** As much as is looked at to say what a source is. */
const HEAD_BYTES = 256 * 1024;

export interface OpenOptions {
  /** `--format`: beats name and content. */
  format?: string | undefined;
  stdin: NodeJS.ReadableStream;
  cwd: string;
  signal: AbortSignal;
}

/**
 * The sources that inputs name, each looked at: paths, patterns, folders, `-`, http(s) addresses.
 * A source whose content cannot be loaded comes with its `fault`; what is not there at all is thrown.
 * @throws WitnessError
 */
export async function openSources(inputs: readonly string[], options: OpenOptions): Promise<Source[]> {
  const forced = options.format === undefined ? undefined : parseFormat(options.format);
  const places = await expand(inputs, options.cwd);
  const sources: Source[] = [];
  for (const place of places) {
    options.signal.throwIfAborted();
    sources.push(await lookAt(originOf(place, options), forced, place.kind === 'file' ? place.note : undefined));
  }
  return sources;
}

function originOf(place: Place, { stdin, signal }: OpenOptions): Origin {
  switch (place.kind) {
    case 'file':
      return fileOrigin(place.path, place.shown, place.bytes);
    case 'pipe':
      return {
        ...streamOrigin(place.shown, () => createReadStream(place.path), signal),
        fileName: basename(place.path),
      };
    case 'stdin':
      return streamOrigin('stdin', () => stdin, signal);
    case 'url':
      return urlOrigin(place.url, signal);
  }
}

async function lookAt(origin: Origin, forced: Format | undefined, left: string | undefined): Promise<Source> {
  const { name, path } = origin;
  const peek = await origin.peek(HEAD_BYTES);
  const packed = isGzip(peek.bytes);
  const unpacked = packed ? await gunzipHead(peek.bytes, HEAD_BYTES) : peek.bytes;
  const bom = hasBom(unpacked);
  const bytes = bom ? unpacked.subarray(BOM.length) : unpacked;
  const complete = peek.complete && unpacked.length < HEAD_BYTES;
  const looked = detect({ bytes, complete, fileName: origin.fileName, packed }, forced);
  const footer = looked.format === 'Parquet' && path && !looked.fault ? await footerOf(path, name) : undefined;
  const fault = faultOf(name, looked, footer);
  const notes = [...(packed ? ['gzip'] : []), ...(bom ? ['byte order mark dropped'] : []), ...looked.notes, left];
  const note = notes.filter((part) => part !== undefined).join(', ');
  const text = isRowFormat(looked.format);
  const empty = !isRowFormat(looked.format) && peek.complete && peek.bytes.length === 0;
  return {
    name,
    format: looked.format,
    formatBy: looked.formatBy,
    firstRow: looked.firstRow,
    header: looked.header,
    digitsAsText: looked.digitsAsText,
    bytesTotal: origin.bytesTotal,
    rows: empty ? 0 : footer?.ok ? footer.rows : undefined,
    path,
    note: note === '' ? undefined : note,
    fault,
    get state() {
      return origin.state;
    },
    async *open(signal, read, reuse) {
      if (fault) throw new InputFault(fault);
      const raw = origin.open(signal, read, reuse === true && text && !packed);
      if (!text) return yield* raw;
      yield* withoutBom(packed ? gunzip(raw, name) : raw);
    },
    async sample(maxBytes) {
      const { bytes: head } = await origin.peek(maxBytes);
      const start = packed ? await gunzipHead(head, maxBytes) : head;
      return text && hasBom(start) ? start.subarray(BOM.length) : start;
    },
  };
}

async function footerOf(path: string, shown: string): Promise<ParquetFooter> {
  try {
    return await readParquetFooter(path);
  } catch (cause) {
    throw unreadable(shown, cause);
  }
}

const FOOTER_FAULTS: Record<Extract<ParquetFooter, { ok: false }>['why'], readonly [code: string, what: string]> = {
  'not-parquet': ['INPUT_NOT_PARQUET', 'is not Parquet: it does not begin with PAR1'],
  'cut-off': ['INPUT_TRUNCATED', 'begins as Parquet and does not end with PAR1: it is cut off'],
  encrypted: ['INPUT_NOT_PARQUET', 'is Parquet with an encrypted footer, which cannot be read'],
  damaged: ['INPUT_NOT_PARQUET', 'begins and ends as Parquet, and its footer cannot be read'],
};

function faultOf(source: string, looked: Looked, footer: ParquetFooter | undefined): InputError | undefined {
  if (looked.fault) return { ...looked.fault, message: `${source} ${looked.fault.message}`, source };
  if (!footer || footer.ok) return undefined;
  const [code, what] = FOOTER_FAULTS[footer.why];
  return { code, message: `${source} ${what}`, source };
}
