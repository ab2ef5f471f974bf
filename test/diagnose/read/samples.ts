/** A text of each form that the readers know, long enough that a broken line leaves others whole. */
export interface Sample {
  form: string;
  text: string;
  /** Lines at the beginning by which the form is told: they are left whole. */
  head: number;
}

const times = (count: number, of: (at: number) => string) => Array.from({ length: count }, (_, at) => of(at)).join('');
const two = (at: number) => String(at).padStart(2, '0');

const vertical = times(
  12,
  (at) =>
    `Row ${at + 1}:\n──────\nevent_time:     2025-06-01 03:00:${two(at)}\ntype:           ExceptionBeforeStart\nquery:          INSERT INTO t${at} VALUES\nexception_code: 60\nexception:      Code: 60. DB::Exception: Table d.t${at} does not exist. (UNKNOWN_TABLE)\n\n`,
);
const row = (at: number, join: string) =>
  [
    `2025-06-01 03:00:${two(at)}`,
    'ExceptionWhileProcessing',
    `q${at}`,
    'etl',
    `INSERT INTO t${at} VALUES`,
    '252',
    `Code: 252. DB::Exception: Too many parts (${300 + at}). (TOO_MANY_PARTS)`,
  ].join(join);
const NAMES = ['event_time', 'type', 'query_id', 'user', 'query', 'exception_code', 'exception'];
const object = (at: number) => ({
  event_time: `2025-06-01 03:00:${two(at)}`,
  type: 'ExceptionBeforeStart',
  query_id: `q${at}`,
  query: `INSERT INTO t${at}`,
  exception_code: 16,
  exception: `Code: 16. DB::Exception: No such column c${at} in table t. (NO_SUCH_COLUMN_IN_TABLE)`,
});

const container = (at: number) => ({
  Id: `${two(at)}e95b38cebb3f652f261e11bb2dc4ef`,
  Created: '2025-06-01T03:00:00Z',
  Path: '/usr/bin/loader',
  Args: [],
  State: { Status: 'exited', OOMKilled: true, ExitCode: 137, Error: '', FinishedAt: `2025-06-01T03:00:${two(at)}Z` },
  Name: `/loader-${at}`,
  RestartCount: at,
  Config: { Env: [], Image: 'loader:1' },
});

export const SAMPLES: readonly Sample[] = [
  {
    form: 'ingestion log',
    head: 1,
    text: times(30, (at) =>
      at % 3 === 0
        ? `2025-06-01T03:00:${two(at)}Z loader ERROR KeyError in batch ${at}\nTraceback (most recent call last):\n  File "a.py", line ${at}, in run\nKeyError: 'c${at}'\n`
        : `2025-06-01T03:00:${two(at)}Z loader WARNING attempt ${at} failed: Connection refused\n`,
    ),
  },
  {
    form: 'server log',
    head: 1,
    text: times(
      30,
      (at) =>
        `2025.06.01 03:00:${two(at)}.120000 [ ${at} ] {q} <Error> executeQuery: Code: ${200 + at}. DB::Exception: Failure ${at} of its kind, Stack trace (when copying this message, always include the lines below):\n\n0. DB::f() @ 0x${at}\n1. DB::g() @ 0x1\n`,
    ),
  },
  {
    form: 'JSON lines',
    head: 1,
    text: times(
      30,
      (at) =>
        `${JSON.stringify({ time: `2025-06-01T03:00:${two(at)}Z`, level: 'error', msg: `insert ${at} failed`, error: `Code: 60. DB::Exception: Table t${at} does not exist` })}\n`,
    ),
  },
  {
    form: 'logfmt',
    head: 1,
    text: times(
      30,
      (at) =>
        `time=2025-06-01T03:00:${two(at)}Z level=error msg="flush failed" err="dial tcp 10.0.0.${at}:9000: connect: connection refused"\n`,
    ),
  },
  { form: 'Vertical', head: 2, text: vertical },
  { form: 'TSVWithNames', head: 2, text: `${NAMES.join('\t')}\n${times(20, (at) => `${row(at, '\t')}\n`)}` },
  {
    form: 'CSVWithNames',
    head: 2,
    text: `${NAMES.join(',')}\n${times(20, (at) => `${row(at, '","').replace(/^|$/g, '"')}\n`)}`,
  },
  { form: 'JSONEachRow', head: 1, text: times(20, (at) => `${JSON.stringify(object(at))}\n`) },
  {
    form: 'JSON',
    head: 4,
    text: `{\n\t"meta":\n\t[\n\t\t{ "name": "event_time" }\n\t],\n\n\t"data":\n\t[\n${times(
      20,
      (at) =>
        `\t\t{\n${Object.entries(object(at))
          .map(([name, value]) => `\t\t\t"${name}": ${JSON.stringify(value)}`)
          .join(',\n')}\n\t\t},\n`,
    )}\t]\n}\n`,
  },
  {
    form: 'Pretty',
    head: 2,
    text: `┌─event_time──────────┬─type─────────────────┬─query─┬─exception_code─┬─exception─┐\n${times(20, (at) => `│ 2025-06-01 03:00:${two(at)} │ ExceptionBeforeStart │ INSERT INTO t${at} │ 81 │ Code: 81. DB::Exception: Database d${at} does not exist. (UNKNOWN_DATABASE) │\n`)}└──┘\n`,
  },
  {
    form: 'HTTP',
    head: 1,
    text: times(
      12,
      (at) =>
        `HTTP/1.1 500 Internal Server Error\nX-ClickHouse-Exception-Code: ${200 + at}\nServer: n${at}\nCode: ${200 + at}. DB::Exception: Failure ${at} of many\n`,
    ),
  },
  {
    form: 'docker inspect',
    head: 8,
    text: `[\n${times(12, (at) => `${JSON.stringify(container(at), undefined, 4).replace(/^/gm, '    ')}${at === 11 ? '' : ','}\n`)}]\n`,
  },
];
