import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { quoteText } from '../../kernel/sql.ts';
import type { Engine } from './engine.ts';
import { exception } from './exception.ts';
import { guardText } from './guard.ts';

/** A sample of a row format is this much of a file. */
const SAMPLE_BYTES = 4 * 1024 * 1024;
/** Formats whose structure stands at the end, or who need the whole, are read up to here. */
const WHOLE_BYTES = 64 * 1024 * 1024;

/** The structure that the engine infers from a sample of `format`. The sample is bound, not spliced, and never stands in a log. */
export async function describeSample(
  engine: Engine,
  format: string,
  sample: Uint8Array,
  settings: readonly (readonly [string, string])[],
): Promise<{ name: string; type: string }[]> {
  for (const [name, value] of settings) {
    if (!/^[A-Za-z_][A-Za-z0-9_.]*$/.test(name)) throw exception(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'.`);
    guardText(value);
  }
  const connection = await engine.connect();
  try {
    await connection.query(
      "SET log_comment = 'chwitness-internal:describe', max_query_size = 1000000000, log_queries_cut_to_length = 60, input_format_values_interpret_expressions = 0, input_format_values_deduce_templates_of_expressions = 0",
    );
    if (settings.length > 0) {
      await connection.query(`SET ${settings.map(([name, value]) => `${name} = ${quoteText(value)}`).join(', ')}`);
    }
    const hex = Buffer.from(sample.buffer, sample.byteOffset, sample.length).toString('hex');
    await connection.query(`SET param_format = ${quoteText(format)}, param_sample = '${hex}'`);
    const { bytes } = await connection.query(
      'DESCRIBE TABLE format({format:String}, unhex({sample:String})) FORMAT JSONCompactEachRow',
    );
    return Buffer.from(bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        // DESCRIBE answers with strings, name and type first.
        const [name = '', type = ''] = JSON.parse(line) as string[];
        return { name, type };
      });
  } finally {
    await connection.close();
  }
}

/** A sample out of a file in one of the allowed folders: its beginning, or the footer that makes a Parquet file readable by itself. */
export async function sampleOf(path: string, format: string, allowed: readonly string[]): Promise<Buffer> {
  const real = await realpath(path);
  const folders = await Promise.all(allowed.map((folder) => realpath(folder)));
  if (!folders.some((folder) => real === folder || real.startsWith(folder + sep))) {
    throw exception(481, 'PATH_ACCESS_DENIED', `File ${path} is not inside a folder that the embedded engine may read`);
  }
  const file = await open(real, 'r');
  try {
    const { size } = await file.stat();
    const read = async (from: number, length: number) => {
      const buffer = Buffer.alloc(length);
      const { bytesRead } = await file.read(buffer, 0, length, from);
      return buffer.subarray(0, bytesRead);
    };
    if (format.toLowerCase() === 'parquet' && size > 12) {
      const end = await read(size - 8, 8);
      const footer = end.readUInt32LE(0) + 8;
      if (end.toString('latin1', 4) === 'PAR1' && footer <= Math.min(size - 4, WHOLE_BYTES)) {
        return Buffer.concat([Buffer.from('PAR1'), await read(size - footer, footer)]);
      }
    }
    if (/^(parquet|arrow|orc|avro|npy|json|jsoncolumns|jsoncompact|jsonobjecteachrow)$/i.test(format)) {
      if (size > WHOLE_BYTES)
        throw exception(
          48,
          'NOT_IMPLEMENTED',
          `The structure of ${format} is inferred from whole files only, up to 64 MiB`,
        );
      return await read(0, size);
    }
    const head = await read(0, Math.min(size, SAMPLE_BYTES));
    // A row cut in the middle would spoil the sample.
    const lineEnd = size > head.length ? head.lastIndexOf(0x0a) : -1;
    return lineEnd > 0 ? head.subarray(0, lineEnd + 1) : head;
  } finally {
    await file.close();
  }
}
