/** UTF-8's byte order mark. */
export const BOM = [0xef, 0xbb, 0xbf] as const;

export function hasBom(head: Uint8Array): boolean {
  return BOM.every((byte, index) => head[index] === byte);
}

/** The same bytes without a byte order mark before them, however they are cut. */
export async function* withoutBom(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let matched = 0;
  let decided = false;
  for await (const chunk of chunks) {
    let at = 0;
    while (!decided && at < chunk.length) {
      if (chunk[at] !== BOM[matched]) decided = true;
      else {
        at += 1;
        matched += 1;
        if (matched === BOM.length) {
          decided = true;
          matched = 0;
        }
      }
    }
    if (!decided) continue;
    // A beginning of a mark that was none belongs to the data.
    if (matched > 0) yield Uint8Array.from(BOM.slice(0, matched));
    matched = 0;
    if (at < chunk.length) yield chunk.subarray(at);
  }
  if (!decided && matched > 0) yield Uint8Array.from(BOM.slice(0, matched));
}
