import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import { type RunEvidence, viewOf } from '../../src/diagnose/view.ts';
import { type LoadFacts, noLoad, type ServerException } from '../../src/model/load.ts';
import type { EvidenceView } from '../../src/model/rule.ts';

function view(error: LoadFacts['error'], more: Partial<RunEvidence> = {}): EvidenceView {
  return viewOf({
    ingestion: { ...noLoad, kind: 'load', status: 'failed', ...(error ? { error } : {}) },
    checks: [],
    facts: () => undefined,
    target: { kind: 'server', url: 'http://ch-1:8123', database: 'shop', user: 'loader' },
    capabilities: undefined,
    ...more,
  });
}

const server = (code: number, message: string): ServerException => ({ failure: 'server', code, message });
const socket = (failure: ServerException['failure'], message: string): ServerException => ({ failure, message });

describe('causes of a failed load', () => {
  test.each([
    [
      server(60, 'Code: 60. DB::Exception: Table shop.orders does not exist. (UNKNOWN_TABLE)'),
      'table_missing',
      'certain',
    ],
    [server(516, 'loader: Authentication failed'), 'auth_wrong_password', 'certain'],
    [server(193, 'Wrong password for user loader'), 'auth_wrong_password', 'certain'],
    [
      server(252, 'Too many partitions for single INSERT block (more than 100)'),
      'partition_key_high_cardinality',
      'certain',
    ],
    [
      server(252, 'Too many parts (301). Merges are processing significantly slower than inserts'),
      'too_many_small_inserts',
      'likely',
    ],
    [server(252, 'Too many parts (301): while pushing to view shop.daily_mv'), 'too_many_parts_in_mv_target', 'likely'],
    [server(241, 'Memory limit (total) exceeded'), 'memory_limit_server_total', 'certain'],
    [server(241, 'Memory limit (for query) exceeded'), 'memory_limit_query', 'certain'],
    [server(27, 'Cannot parse input: expected comma before: .25'), 'value_not_parsable_for_type', 'likely'],
    [server(117, 'Unknown field found while parsing JSONEachRow format: colour'), 'unknown_field_in_input', 'likely'],
    [socket('refused', 'connect ECONNREFUSED 127.0.0.1:1'), 'connection_refused', 'certain'],
    [socket('dns', 'getaddrinfo ENOTFOUND ch-1'), 'dns_unresolvable', 'certain'],
    [socket('dns', 'getaddrinfo EAI_AGAIN ch-1'), 'dns_temporary_failure', 'certain'],
    [socket('not-clickhouse', 'Port 9000 is for clickhouse-client program'), 'http_client_on_native_port', 'certain'],
  ] as const)('%o is %s', (error, cause, confidence) => {
    const [finding, ...others] = diagnose(view(error));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ cause, confidence });
    expect(finding?.because[0]?.text).toBe(error.message);
    expect(finding?.remedies.length).toBeGreaterThan(0);
  });

  test('a value that does not fit is named with row, column and text', () => {
    const message =
      'Cannot parse input: expected , (at row 3) : Row 3: Column 0, name: id, type: String, parsed text: "9" Column 1, name: sold, type: UInt32, ERROR: text "lots," is not like UInt32 : While executing X';
    expect(diagnose(view(server(27, message)))[0]?.summary).toContain(
      'row 3 of its batch, column sold UInt32: text "lots," is not like UInt32',
    );
  });

  test('an exception nobody knows gets no cause rather than a vague one', () => {
    expect(diagnose(view(server(987, 'Something new')))).toEqual([]);
  });

  test('a code that did not come from the server names nothing', () => {
    expect(diagnose(view({ failure: 'other', code: 60, message: '60' }))).toEqual([]);
  });

  test.each([
    ['INPUT_HEADER_UNKNOWN', 'csv_header_names_mismatch', /header .* names columns that the table does not have/],
    ['INPUT_HEADER_DUPLICATE', 'csv_header_names_mismatch', /more than once/],
    ['INPUT_EMPTY', 'input_empty', /no rows/],
    ['ENGINE_CANNOT_DESCRIBE', 'input_structure_unknown', /columns of a table to create/],
    ['INPUT_NOT_ROWS', 'client_sent_wrong_format', /cannot be read/],
    ['INPUT_CSV_QUOTE_OPEN', 'payload_corrupted_before_insert', /cannot be read/],
  ])('%s of the loader is %s', (code, cause, says) => {
    const [finding] = diagnose(view({ code, message: 'it', source: 'a.csv' }));
    expect(finding).toMatchObject({ cause, side: 'client', confidence: 'certain' });
    expect(finding?.summary).toMatch(says);
  });

  test.each([
    ['API_REFUSED', 'source_api_refused', 'config'],
    ['API_HTTP', 'source_api_unavailable', 'network'],
    ['API_FILTER_IGNORED', 'source_api_filter_ignored', 'client'],
    ['API_NOT_JSON', 'source_api_unexpected_answer', 'client'],
  ])('%s of the API that rows come from is %s, and nothing of ClickHouse', (code, cause, side) => {
    const findings = diagnose(view({ code, message: 'GET /orders', source: 'qtickets /orders' }));
    expect(findings).toMatchObject([{ cause, side, confidence: 'certain' }]);
  });

  test('a damaged gzip is the input’s fault', () => {
    const finding = diagnose(
      view({ code: 'INPUT_GZIP_DAMAGED', message: 'the gzip stream ends early', source: 'a.csv.gz' }),
    )[0];
    expect(finding).toMatchObject({ cause: 'gzip_file_damaged', side: 'client', confidence: 'certain' });
  });

  test('rows missing after a load that said ok is silent, and only possible', () => {
    const finding = diagnose({
      ...view(undefined),
      ingestion: { ...noLoad, kind: 'load', status: 'ok' },
      checks: [
        {
          id: 'row-counts',
          phase: 'after',
          status: 'fail',
          title: '',
          message: '10 rows sent, 0 came',
          because: [],
          remedies: [],
          duration_ms: 1,
          blocking: false,
        },
      ],
    })[0];
    expect(finding).toMatchObject({ side: 'silent', confidence: 'possible' });
    expect(finding?.alternatives.length).toBeGreaterThan(0);
  });

  test('the same exception seen by a check and by the load is told once', () => {
    const error = socket('refused', 'connect ECONNREFUSED 127.0.0.1:1');
    const findings = diagnose(
      view(error, {
        checks: [
          {
            id: 'target-reachable',
            phase: 'after',
            status: 'fail',
            title: '',
            message: '',
            because: [],
            remedies: [],
            duration_ms: 1,
            blocking: true,
          },
        ],
        facts: () => ({ failure: error }),
      }),
    );
    expect(findings.map((finding) => finding.because.length)).toEqual([1]);
  });
});
