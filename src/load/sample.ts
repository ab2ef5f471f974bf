import type { RowFormat, Source } from '../model/source.ts';
import { AGAIN, CutError, MORE } from './cut/cutter.ts';
import { cutterOf } from './rows.ts';

/** The same source with samples that end at a row's end: half a row at the end would spoil what is inferred from the whole ones. */
export function withWholeRows(source: Source, format: RowFormat): Source {
  return {
    ...source,
    async sample(maxBytes) {
      // The scan may rewrite what stands between rows; the sample may be the source's own buffer.
      const bytes = Uint8Array.from(await source.sample(maxBytes));
      const end = lastRowEnd(bytes, source, format);
      return bytes.length < maxBytes || end === 0 ? bytes : bytes.subarray(0, end);
    },
  };
}

/** Goes through the rows as the load will. */
function lastRowEnd(bytes: Uint8Array, source: Source, format: RowFormat): number {
  const cutter = cutterOf(format, source.firstRow?.length === 1);
  let at = 0;
  try {
    for (let end = cutter.next(bytes, at); end !== MORE; end = cutter.next(bytes, at)) if (end !== AGAIN) at = end;
  } catch (error) {
    // What is wrong with the rows is said when they are loaded.
    if (!(error instanceof CutError)) throw error;
  }
  return at;
}
