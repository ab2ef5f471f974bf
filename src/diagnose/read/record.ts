/** The lines of one entry of a log, without collectors' prefixes. */
export interface LogRecord {
  /** Of its first line, 1-based. */
  line: number;
  lines: string[];
  /** What a collector wrote as time of its first line. */
  time?: string | undefined;
  /** Whether any of its lines may matter to a diagnosis. */
  notable: boolean;
}

/** An entry holds no more of its lines and characters than that; stack traces are longer seldom. */
const LINES = 300;
const CHARS = 48 * 1024;
/** Lines past that are held only where they may matter, so many of them. */
const TAIL = 40;

/** How an entry of a log begins, whatever program wrote it. */
const START = new RegExp(
  [
    String.raw`\W{0,3}\d{4}[-/.]\d\d[-/.]\d\d[T ,]+\d\d:\d\d`, // 2025-10-29T12:10, 2025/10/29 12:10, [2025-10-29 12:10
    String.raw`\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\b`, // 12:10:30
    String.raw`\d\d[./]\d\d[./]\d{4} \d\d:\d\d`, // 29.10.2025 12:10
    String.raw`[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d`, // Oct 29 12:10:30
    String.raw`[IWEF]\d{4} \d\d:\d\d`, // klog
    String.raw`(?:TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[\d+\]`, // logrus on a terminal
    String.raw`1\d{9}(?:\.\d+|\d{3})?[ \t|]`, // epoch
    String.raw`(?:time|ts|timestamp|level|lvl|t)=\S`, // logfmt
    String.raw`\{"`, // JSON lines
    String.raw`\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|ERR|FATAL|CRITICAL|SEVERE|PANIC)\]?[\s:|]`,
    String.raw`\[(?:trace|debug|info|notice|warn|warning|error|fatal|critical)\]`,
    String.raw`\[[A-Za-z][\w.-]{2,}\] \S`, // [qtickets_api] Failed …
    '<(?:Trace|Debug|Information|Notice|Warning|Error|Critical|Fatal)> ',
    String.raw`(?:< )?HTTP\/[\d.]+ \d{3}`,
    String.raw`Traceback \(most recent call last\)|panic: |thread '[^']*' panicked`,
  ]
    .map((form) => `(?:${form})`)
    .join('|'),
  'y',
);

/** What makes a line worth more than counting. One pass over each line of a log, so it is short. */
const NOTABLE =
  /exception|error|fail|refus|denied|time[d-]? ?out|deadline|reset|unreachable|no route|cannot|can't|unable|could not|invalid|unknown|missing|reject|too (?:many|large|big|long)|exceeded|limit|read-?only|code:? ?['"]?\d|panic|fatal|critical|severe|traceback|abort|kill|e[a-z]{2,5}refused|enotfound|econn|eai_|ssl|tls|certificate|http\/[12]|gateway|pipe|hang up|closed|expired|ignoring|dedup|1970-01-01|errno|connected|listening|version|warn|skip|lost|suspicious|unexpected|not (?:found|exist|allowed|enough|like)|no (?:such|macro|space)|retry|attempt|succe|insert|loaded|wrote|written|complete|finish|done|TypeError|undefined|null|support|mismatch|in use|resolv|http|upstream|upload|overflow|range|lock|packet|is for |handshake|entity|html|denied|reach|Errno|grant|privile|violat|syntax|suspend|cancel|terminat|signal|return code|\bdsn\b|\buser(?:name|id)?\b ?[=:]|\buid=|expected|truncat|broken|corrupt/i;

/** Entries of these levels, most of a large log, matter only for an exception or a dropped block. */
const LOW = /^.{0,120}?(?:<(?:Debug|Trace|Test)>|\b(?:DEBUG|TRACE)\b|level=(?:debug|trace)|"level":"(?:debug|trace)")/;
const NOTABLE_LOW = /xception|ignoring it|rror:|Traceback|panic/;

function matters(text: string): boolean {
  return LOW.test(text) ? NOTABLE_LOW.test(text) : NOTABLE.test(text);
}

/** A failure of the server whose text is not at its end: the next line belongs to it. */
const OPEN = /(?:Code:\s*\d+[.,]?\s*(?:[a-z]|$)|[A-Za-z]+::(?:[A-Z][A-Za-z]*)?Exception)/;
const CLOSED = /\([A-Z][A-Z0-9_]{4,}\)|\(version [\d.]+|e\.what\(\) =/;
/** What no entry of its own begins with: punctuation, a lower-case word, a stack frame, a tail of an exception. */
const RESUMES = /^(?:[a-z([{<>'"`:;,.=+*/\\|)\]}-]|Caused by:|DB::|During handling|The above exception|\d+\. |at )/;

/** What the server puts after an empty line of an exception: its account of the row, its stack trace. */
const CONTINUES = /^(?:Row \d+:|Column \d+,|\d{1,2}\. |Stack trace|: |ERROR: |\(query: )/;

export interface RecordCutter {
  line(text: string, number: number, time: string | undefined): void;
  end(): void;
}

/**
 * Puts lines together to entries: a line that begins as no entry does belongs to the one before. Text without any such
 * beginnings is cut at empty lines. Entries that cannot matter are dropped without being put together.
 */
export function recordCutter(take: (record: LogRecord) => void): RecordCutter {
  let current: LogRecord | undefined;
  let chars = 0;
  /** Whether the current entry began as entries do, or is mere text. */
  let begun = false;
  /** Whether an empty line came after the mere text. */
  let gap = false;

  function flush(): void {
    if (current?.notable) take(current);
    current = undefined;
  }

  function open(text: string, line: number, time: string | undefined, isStart: boolean): void {
    flush();
    current = { line, lines: [text], time, notable: matters(text) };
    chars = text.length;
    begun = isStart;
  }

  function add(text: string): void {
    if (!current) return;
    // Of a long answer the end matters as much: an exception stands there.
    if ((current.lines.length >= LINES || chars > CHARS) && !(current.lines.length < LINES + TAIL && matters(text)))
      return;
    current.lines.push(text);
    chars += text.length;
    current.notable ||= matters(text);
  }

  return {
    line(text, number, time) {
      if (text === '') {
        // An empty line inside a stack trace or a wrapped message is part of it; in mere text it ends the paragraph.
        gap = !begun;
        return;
      }
      if (gap && current && !CONTINUES.test(text)) flush();
      gap = false;
      START.lastIndex = 0;
      const isStart = START.test(text) && !(begun && text.startsWith('Traceback'));
      if (!current) open(text, number, time, isStart);
      else if (isStart && !wrapsInto(current, text)) open(text, number, time, true);
      else if (!isStart && (begun || current.lines.length < 60)) add(text);
      else if (isStart) add(stripped(text));
      else open(text, number, time, false);
    },
    end: flush,
  };
}

const STAMP = /^\W{0,3}\d{4}[-/.]\d\d[-/.]\d\d[T ,]+[\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s+/;
const LEVEL = /^(?:[\w.-]+[:\s]+)?\[?(?:ERROR|WARN|WARNING|INFO|FATAL|CRITICAL|ERR)\]?[\s:|-]+(?:[\w.-]+: )?/;

/** Text after time, logger and level. */
function stripped(text: string): string {
  return text.replace(STAMP, '').replace(LEVEL, '');
}

/** Whether a line that begins as an entry only goes on with an exception that an earlier one broke off: some collectors stamp every line. */
function wrapsInto(current: LogRecord, text: string): boolean {
  // An exception is broken off only where one stands.
  if (!current.notable || current.lines.length > 12) return false;
  const first = current.lines[0] ?? '';
  const stamp = STAMP.exec(text)?.[0];
  if (stamp === undefined || !first.startsWith(stamp.trimEnd().slice(0, 19))) return false;
  const body = current.lines.join(' ');
  return OPEN.test(body) && !CLOSED.test(body) && RESUMES.test(stripped(text));
}
