import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../../src/diagnose/diagnose.ts';
import { notEstablished, somethingFailed } from '../../../src/diagnose/not-established.ts';
import { readText } from '../../../src/diagnose/read/texts.ts';
import { type RunEvidence, viewOf } from '../../../src/diagnose/view.ts';
import { packageRoot } from '../../../src/kernel/package.ts';
import { firstRoundByOurselves } from './own-first-round.ts';

/** Evidence of a round as somebody collected it by hand. */
function round(name: string, run: Partial<RunEvidence> = {}) {
  const folder = join(packageRoot, 'test', 'golden', 'incident', name);
  const inputs = readdirSync(folder)
    .sort()
    .map((file) => readText(file, readFileSync(join(folder, file), 'utf8')));
  const view = viewOf(run, inputs);
  return { view, findings: diagnose(view) };
}

const words = (value: unknown) => JSON.stringify(value);

describe('the incident', () => {
  test('first round: the client’s side, likely; that no INSERT arrived is not established, and why', () => {
    const [first, ...others] = round('round1').findings;
    expect(first).toMatchObject({ cause: 'client_exception_untyped', side: 'client', confidence: 'likely' });
    expect(first?.alternatives[0]?.cause).toBe('client_rows_are_dicts');
    expect(first?.summary).toContain(
      'printed without its type; ClickHouse’s code 1 is UNSUPPORTED_METHOD and never reads like this',
    );
    expect(first?.summary).toContain('that no INSERT arrived is not established');
    const why = first?.because.find(({ file }) => file === 'query_log.txt')?.text;
    expect(why).toContain('taken before the run: it ends at 2025-10-29T12:09:49.000Z (server zone +03:00');
    expect(why).toContain('18 of its 20 rows are health checks');
    expect(first?.because.some(({ text }) => text.includes('3 times'))).toBe(true);
    // Noise and consequences come after the cause, and are called what they are.
    expect(others.map(({ cause }) => cause)).toEqual(
      expect.arrayContaining([
        'target_table_empty',
        'ipv6_listen_unavailable_unrelated',
        'auth_no_credentials_sent_unrelated',
      ]),
    );
    expect(
      others.filter(({ confidence, cause }) => confidence === 'certain' && !/empty|unrelated/.test(cause)),
    ).toEqual([]);
  });

  test('second round: a dump of failures alone shows no absence', () => {
    const [first] = round('round2').findings;
    expect(first).toMatchObject({ cause: 'client_exception_untyped', side: 'client' });
    expect(words(first?.because)).toContain('holds failed statements only');
  });

  test('third round, with type and traceback: rows are dicts, certain', () => {
    const [first] = round('round3').findings;
    expect(first).toMatchObject({ cause: 'client_rows_are_dicts', side: 'client', confidence: 'certain' });
    expect(first?.because[0]).toMatchObject({ file: 'run.log.txt', line: 2 });
  });

  test('fourth round: nothing is wrong, and the noise of the server’s log is called unrelated', () => {
    const { view, findings } = round('round4');
    expect(findings.filter(({ cause }) => !cause.endsWith('_unrelated'))).toEqual([]);
    expect(somethingFailed(view, findings)).toBe(false);
    expect(notEstablished(view, findings)).toBeUndefined();
  });

  test('first round, witnessed by chwitness: rows are dicts, likely, with the control seen', () => {
    const [first] = round('round1', firstRoundByOurselves()).findings;
    expect(first).toMatchObject({ cause: 'client_rows_are_dicts', side: 'client', confidence: 'likely' });
    expect(words(first?.because)).toContain('query_log holds the control queries of both ends of the window');
    expect(words(first?.because)).toContain(
      '1 is the index of event_id String, the first column of variable width of zakaz.stg_qtickets_api_inventory_raw',
    );
  });

  test('an INSERT in the window, or another number, and nobody says dicts', () => {
    const inserted = round('round1', firstRoundByOurselves({ insert: true })).findings;
    expect(words(inserted)).not.toContain('client_rows_are_dicts');
    expect(inserted[0]).toMatchObject({ cause: 'client_exception_untyped', confidence: 'possible' });
    const other = round(
      'round1',
      firstRoundByOurselves({
        columns: [
          ['event_id', 'String'],
          ['snapshot_ts', 'DateTime'],
        ],
      }),
    ).findings;
    expect(words(other)).not.toContain('client_rows_are_dicts');
    expect(other[0]?.cause).toBe('client_exception_untyped');
  });

  test('without the control the index alone is a hint', () => {
    const [first] = round('round1', firstRoundByOurselves({ seen: false })).findings;
    expect(first).toMatchObject({ cause: 'client_exception_untyped', confidence: 'likely' });
    expect(first?.alternatives[0]?.cause).toBe('client_rows_are_dicts');
  });
});
