import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../kernel/package.ts';

let byCode: Map<number, string> | undefined;
let byName: Map<string, number> | undefined;

/** `codes.tsv`: what `errorCodeToName` of engine 26.7 says of each number. Older servers know fewer of them, under the same numbers. */
function read(): Map<number, string> {
  if (byCode) return byCode;
  const text = readFileSync(join(packageRoot, 'src', 'diagnose', 'catalogue', 'codes.tsv'), 'utf8');
  const rows = text.split('\n').filter((line) => line !== '');
  byCode = new Map(rows.map((line) => [Number(line.slice(0, line.indexOf('\t'))), line.slice(line.indexOf('\t') + 1)]));
  return byCode;
}

/** The name of a server error code; undefined where the engine knows none. */
export function nameOfCode(code: number): string | undefined {
  return read().get(code);
}

/** The code of a server error name; undefined where the engine knows none. */
export function codeOfName(name: string): number | undefined {
  byName ??= new Map([...read()].map(([code, known]) => [known, code]));
  return byName.get(name);
}

export function knownCodes(): readonly { code: number; name: string }[] {
  return [...read()].map(([code, name]) => ({ code, name }));
}
