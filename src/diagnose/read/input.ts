import type { EvidenceEvent, InputFacts, QueryLogDump } from '../../model/evidence.ts';
import { type Container, containerEvent, type InspectReader, inspectReader, isInspect } from './containers.ts';
import { eventOf, type ZoneRules } from './event.ts';
import { LineCutter } from './lines.ts';
import { EventMemory } from './memory.ts';
import { isQueryLogRow, QueryLogTally } from './query-log.ts';
import { type RecordCutter, recordCutter } from './record.ts';
import { isTextLogRow, rowEvent, textLogEvent } from './row-events.ts';
import { type RowReader, rowReaderFor } from './rows.ts';
import { carried } from './transport.ts';

/** What one input held, and nothing more of it than rules may need. */
export interface ReadInput {
  facts: InputFacts;
  events: readonly EvidenceEvent[];
  query_log?: QueryLogDump | undefined;
  /** Structure of a table, where the input is the output of DESCRIBE. */
  columns?: readonly { name: string; type: string }[] | undefined;
  /** How far the ingestion got by its own words, line of the last success. */
  succeeded?: number | undefined;
}

const SNIFFED = 40;
const SAMPLE = 8192;
const DESCRIBED =
  /^`?([A-Za-z_][\w.]*)`?\t((?:U?Int\d+|Float\d+|String|FixedString|Date|DateTime|Enum\d*|LowCardinality|Nullable|Array|Map|Tuple|UUID|IPv\d|Decimal|Bool|JSON|Variant|Dynamic|Nested)[^\t]*)(?:\t|$)/;
/** A number of rows got there, or the program says it is done. */
const SUCCESS =
  /\b(?:inserted|loaded|wrote|written|stored|ingested|saved|flushed|committed|sent|uploaded)\b.{0,40}\b[1-9]\d*\b|\b[1-9][\d_,]* (?:rows?|records|events|documents|messages)\b.{0,40}\b(?:inserted|loaded|wrote|written|stored|ingested|saved|flushed|committed|sent|uploaded|ok)\b|\b(?:succeeded|success(?:ful(?:ly)?)?|completed|finished|all done|status[=: "]+ok)\b/i;
const NOT_SO = /\b(?:not|un|without|no|0|fail\w*|error\w*|before|never|cannot|partial\w*|with errors)\b/i;

/** Whether bytes are no text: a tenth of them are controls that texts do not hold. UTF-16 with its mark is text. */
function isBinary(sample: Uint8Array): boolean {
  if (sample.length < 64 || (sample[0] === 0xff && sample[1] === 0xfe) || (sample[0] === 0xfe && sample[1] === 0xff))
    return false;
  // A run of one byte counts once: logs end in zeros where a machine went down.
  const controls = sample.reduce(
    (count, byte, at) => count + ((byte < 9 || (byte > 13 && byte < 27)) && byte !== sample[at - 1] ? 1 : 0),
    0,
  );
  return controls > sample.length / 10;
}

/** An archive or packed file by its first bytes. */
function packedAs(chunk: Uint8Array): string | undefined {
  const mark = Buffer.from(chunk.subarray(0, 6)).toString('latin1');
  if (mark.startsWith('\x1f\x8b')) return 'gzip';
  if (mark.startsWith('PK\x03\x04') || mark.startsWith('PK\x05\x06')) return 'zip';
  if (mark.startsWith('\x28\xb5\x2f\xfd')) return 'zstd';
  if (mark.startsWith('BZh')) return 'bzip2';
  if (mark.startsWith('\xfd7zXZ')) return 'xz';
  return Buffer.from(chunk.subarray(257, 262)).toString('latin1') === 'ustar' ? 'tar' : undefined;
}

/**
 * Reads one text, whatever it is: told by its content. Pure but for the bytes it is given; memory is bounded whatever
 * the size.
 */
export class InputReader {
  readonly #name: string;
  readonly #zones: ZoneRules;
  readonly #cutter: LineCutter;
  readonly #memory = new EventMemory();
  #head: { text: string; line: number; time?: string | undefined }[] | undefined = [];
  #rows: RowReader | undefined;
  #containers: InspectReader | undefined;
  #records: RecordCutter | undefined;
  #tally: QueryLogTally | undefined;
  #columns: { name: string; type: string }[] | undefined;
  #succeeded: number | undefined;
  #serverLines = 0;
  #binary = false;
  /** What the bytes are packed as: what is packed twice is not unpacked twice. */
  #packed: string | undefined;
  #kind = 'text';

  constructor(name: string, zones: ZoneRules) {
    this.#name = name;
    this.#zones = zones;
    this.#cutter = new LineCutter((line, number) => this.#line(line, number));
  }

  push(chunk: Uint8Array): void {
    if (this.#cutter.bytes === 0) {
      this.#packed = packedAs(chunk);
      this.#binary = this.#packed !== undefined || isBinary(chunk.subarray(0, SAMPLE));
    }
    if (!this.#binary) this.#cutter.push(chunk);
    else this.#cutter.bytes += chunk.byteLength;
  }

  end(): ReadInput {
    if (!this.#binary) this.#cutter.end();
    this.#sniffed();
    this.#rows?.end();
    this.#records?.end();
    const { dropped } = this.#memory;
    const query_log = this.#tally?.dump();
    return {
      facts: {
        name: this.#name,
        bytes: this.#cutter.bytes,
        lines: this.#cutter.lines,
        kind: this.#kindOf(query_log),
        ...this.#note(dropped),
      },
      events: this.#memory.events(),
      query_log,
      columns: this.#columns,
      succeeded: this.#succeeded,
    };
  }

  #note(dropped: number): { note?: string } {
    if (this.#packed !== undefined)
      return {
        note: `not read: it is packed inside of what was given (${this.#packed}); unpack it once, and give what is in it`,
      };
    return dropped > 0 ? { note: `${dropped} different entries from its middle are not held` } : {};
  }

  #kindOf(query_log: QueryLogDump | undefined): string {
    if (this.#packed !== undefined) return 'packed';
    if (this.#binary) return 'not text';
    if (this.#cutter.bytes === 0) return 'empty';
    if (query_log) return `query_log dump (${this.#rows?.form})`;
    if (this.#rows) return `${this.#kind} (${this.#rows.form})`;
    if (this.#columns) return 'structure of a table';
    if (this.#serverLines > 0) return 'server log';
    return this.#memory.events().some((event) => event.origin === 'http') ? 'HTTP exchange' : this.#kind;
  }

  #line(raw: string, number: number): void {
    const { text, time } = carried(raw);
    if (this.#head) {
      this.#head.push({ text, line: number, time });
      if (this.#head.length >= SNIFFED) this.#sniffed();
      return;
    }
    this.#pass(text, number, time);
  }

  #pass(text: string, number: number, time: string | undefined): void {
    if (this.#containers) this.#containers.line(text, number);
    else if (this.#rows) this.#rows.line(text, number);
    else this.#records?.line(text, number, time);
  }

  /** Decides what the input is by its first lines, and reads them. */
  #sniffed(): void {
    const head = this.#head;
    if (!head) return;
    this.#head = undefined;
    const lines = head.map(({ text }) => text);
    const filled = lines.filter((line) => line !== '');
    const described = filled.map((line) => DESCRIBED.exec(line));
    if (filled.length > 1 && described.every((match) => match !== null))
      this.#columns = described.map((match) => ({ name: match?.[1] ?? '', type: match?.[2] ?? '' }));
    if (isInspect(lines)) {
      this.#kind = 'docker inspect';
      this.#containers = inspectReader((container, line) => this.#container(container, line));
    } else this.#rows = rowReaderFor(lines, (row, line) => this.#row(row, line));
    if (!this.#rows && !this.#containers) {
      this.#kind = 'ingestion log';
      this.#records = recordCutter((record) => this.#record(record));
    }
    for (const { text, line, time } of head) this.#pass(text, line, time);
  }

  #container(container: Container, line: number): void {
    this.#memory.add(containerEvent(container, { file: this.#name, line }, this.#zones.client));
    if (container.error === '') return;
    // Why Docker started nothing is told in its own words, which rules know from its command line.
    const record = { line, lines: [`docker: Error response from daemon: ${container.error}`], notable: true };
    this.#memory.add(eventOf(record, this.#name, this.#zones));
  }

  #record(record: Parameters<Parameters<typeof recordCutter>[0]>[0]): void {
    const event = eventOf(record, this.#name, this.#zones);
    if (event.origin === 'server') this.#serverLines += 1;
    if (!event.trouble && event.origin === 'client' && SUCCESS.test(event.flat) && !NOT_SO.test(event.flat))
      this.#succeeded = event.line;
    this.#memory.add(event);
  }

  #row(row: Readonly<Record<string, string>>, line: number): void {
    const zone = this.#zones.server;
    if (isQueryLogRow(row)) {
      this.#tally ??= new QueryLogTally(this.#name, zone);
      const { exception, exception_code } = this.#tally.add(row, line);
      const said = exception === '' && exception_code !== 0 ? `exception_code: ${exception_code}` : exception;
      const event = said === '' ? undefined : rowEvent({ ...row, exception: said }, this.#name, line, zone);
      if (event) this.#memory.add(event);
    } else if (isTextLogRow(row)) {
      this.#kind = 'text_log dump';
      this.#memory.add(textLogEvent(row, this.#name, line, zone));
    } else {
      this.#kind = 'rows of a system table';
      const event = rowEvent(row, this.#name, line, zone);
      if (event) this.#memory.add(event);
    }
  }
}
