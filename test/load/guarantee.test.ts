import { describe, expect, test } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import { judge } from '../../src/load/guarantee/ask-log.ts';
import { askParts, judgeParts } from '../../src/load/guarantee/ask-parts.ts';
import { chooseGuarantee } from '../../src/load/guarantee/choose.ts';
import { remembers } from '../../src/load/guarantee/window.ts';
import { classOf, pauseMs } from '../../src/load/retry.ts';
import { startEngine } from '../helpers/engine.ts';

const TABLE = { database: 'd', table: 't' };
const kindOf = (engine: string, settings: Record<string, string>, engineFull = engine, atLeastOnce = false) =>
  chooseGuarantee(TABLE, { engine, engineFull, settings: new Map(Object.entries(settings)) }, atLeastOnce).kind;

describe('what is promised', () => {
  const on = { insert_deduplicate: '1', insert_deduplication_token: '' };

  test('tokens need a table that remembers blocks and a server that takes them', () => {
    expect(kindOf('MergeTree', on)).toBe('at-most-once');
    expect(kindOf('MergeTree', on, 'MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100')).toBe(
      'tokens',
    );
    expect(kindOf('ReplicatedMergeTree', { ...on, replicated_deduplication_window: '100' })).toBe('tokens');
    expect(
      kindOf('ReplicatedMergeTree', { ...on, insert_deduplicate: '0', replicated_deduplication_window: '100' }),
    ).toBe('at-most-once');
  });

  test('without tokens a replicated table knows blocks by their content', () => {
    expect(kindOf('ReplicatedMergeTree', { insert_deduplicate: '1', replicated_deduplication_window: '100' })).toBe(
      'content',
    );
  });

  test('rows are sent twice only where the user said so', () => {
    expect(kindOf('Log', on)).toBe('at-most-once');
    expect(kindOf('Log', on, 'Log', true)).toBe('at-least-once');
  });

  test('where the rows are when the answer comes is named', () => {
    const sentence = (engine: string, settings: Record<string, string>) =>
      chooseGuarantee(TABLE, { engine, engineFull: engine, settings: new Map(Object.entries(settings)) }, false)
        .sentence;
    expect(sentence('Distributed', { insert_distributed_sync: '0' })).toMatch(
      /; an answer means that the shards hold the rows \(insert_distributed_sync = 1\)$/,
    );
    expect(sentence('Distributed', {})).toMatch(/; an answer means that they are queued for the shards$/);
    expect(sentence('ReplicatedMergeTree', { insert_quorum: '0' })).toMatch(/one replica holds the rows/);
    expect(sentence('ReplicatedMergeTree', { insert_quorum: '2' })).toMatch(/2 replicas hold the rows/);
    expect(sentence('ReplicatedMergeTree', { insert_quorum: 'auto' })).toMatch(/a majority of the replicas hold/);
    expect(sentence('MergeTree', { insert_quorum: '2' })).not.toMatch(/an answer means/);
  });

  test('a window holds while less than half of it has gone by, in blocks and in time', () => {
    const window = { blocks: 100, seconds: 60 };
    const then = { blocks: 500, at: 0 };
    expect(remembers(window, then, { blocks: 549, at: 1000 })).toBe(true);
    expect(remembers(window, then, { blocks: 550, at: 1000 })).toBe(false);
    expect(remembers(window, then, { blocks: 501, at: 30_000 })).toBe(false);
    // Partitions were dropped meanwhile: how many blocks came cannot be told.
    expect(remembers(window, then, { blocks: 400, at: 1000 })).toBe(false);
    // The clock was put back: how long ago it was cannot be told either.
    expect(remembers(window, then, { blocks: 501, at: -1 })).toBe(false);
  });
});

describe('the log', () => {
  const row = (query_id: string, type: number, exception = '') => ({ query_id, type, exception });
  const control = row('control', 2);

  test('is believed only with the control in it', () => {
    expect(judge([], 'control', ['a'])).toBeUndefined();
    expect(judge([row('a', 2)], 'control', ['a'])).toBeUndefined();
  });

  test('an INSERT that finished is stored, one that is not there or failed in reading its rows is not', () => {
    expect(judge([control, row('a', 1), row('a', 2)], 'control', ['a'])).toBe('stored');
    expect(judge([control], 'control', ['a'])).toBe('not-stored');
    expect(judge([control, row('a', 1), row('a', 4, 'Code: 33, e.displayText() = …')], 'control', ['a'])).toBe(
      'not-stored',
    );
  });

  test('one that began and never ended, or failed in writing, leaves the question open', () => {
    expect(judge([control, row('a', 1)], 'control', ['a'])).toBeUndefined();
    expect(judge([control, row('a', 4, 'Code: 243. DB::Exception: …')], 'control', ['a'])).toBeUndefined();
  });

  test('of several attempts one that is stored is enough, and all must be known for none', () => {
    expect(judge([control, row('a', 1), row('b', 2)], 'control', ['a', 'b'])).toBe('stored');
    expect(judge([control, row('a', 1)], 'control', ['a', 'b'])).toBeUndefined();
  });
});

describe('the log of parts', () => {
  const row = (query_id: string, rows: number) => ({ query_id, rows });

  test('is believed only with the parts of an INSERT that was answered in it', () => {
    expect(judgeParts([row('a', 10)], 'control', ['a'], 10)).toBeUndefined();
    expect(judgeParts([], 'control', ['a'], 10)).toBeUndefined();
  });

  test('all rows are stored, none are not, and some leave the question open', () => {
    const control = row('control', 5);
    expect(judgeParts([control, row('a', 10)], 'control', ['a'], 10)).toBe('stored');
    expect(judgeParts([control], 'control', ['a', 'b'], 10)).toBe('not-stored');
    expect(judgeParts([control, row('a', 4)], 'control', ['a'], 10)).toBeUndefined();
    // The second attempt was known again and dropped: the first one had stored it.
    expect(judgeParts([control, row('a', 10)], 'control', ['a', 'b'], 10)).toBe('stored');
  });

  test('tells on a real engine with a table of the documented columns, and where there is none, or none that names queries, cannot', async () => {
    const { target, close } = await startEngine();
    try {
      const table = { database: 'd', table: 't' };
      const ask = (rows: number, control?: string) => {
        const question = { queryIds: ['a', 'b'], sentAt: Date.now(), rows };
        return askParts(target, table, question, control, new AbortController().signal);
      };
      // Its log is believed of what came seconds after its start.
      for (let up = 0; up < 4; [{ up = 0 } = {}] = await target.all<{ up: number }>('SELECT toUInt32(uptime()) AS up'))
        await new Promise((done) => setTimeout(done, 250));
      expect(await ask(10, 'control')).toBeUndefined();
      const columns =
        "event_type Enum8('NewPart' = 1, 'MergeParts' = 2), event_date Date, database String, table String, rows UInt64, error UInt16";
      await target.command(`CREATE TABLE system.part_log (${columns}) ENGINE = Memory`);
      expect(await ask(10, 'control')).toBeUndefined();
      await target.command('DROP TABLE system.part_log');
      await target.command(`CREATE TABLE system.part_log (query_id String, ${columns}) ENGINE = Memory`);
      const insert = (query_id: string, event_type: string, rows: number, error = 0) =>
        target.command(
          `INSERT INTO system.part_log SELECT '${query_id}', '${event_type}', today(), 'd', 't', ${rows}, ${error}`,
        );
      expect(await ask(10, 'control')).toBeUndefined();
      await insert('control', 'NewPart', 3);
      expect(await ask(10)).toBeUndefined();
      expect(await ask(10, 'control')).toBe('not-stored');
      // Its block was known already: no part of it was made.
      await insert('b', 'NewPart', 10, 389);
      expect(await ask(10, 'control')).toBe('not-stored');
      for (const rows of [4, 6]) await insert('a', 'NewPart', rows);
      await insert('a', 'MergeParts', 10);
      expect(await ask(10, 'control')).toBe('stored');
      expect(await ask(11, 'control')).toBeUndefined();
    } finally {
      await close();
    }
  });
});

describe('failures', () => {
  const server = (code: number, message = '') => new EngineError({ failure: 'server', code, message });
  const broken = (failure: 'reset' | 'refused' | 'timeout' | 'tls' | 'canceled') =>
    new EngineError({ failure, message: '' });

  test('are repeated at once, only where that is safe, or not at all', () => {
    expect([202, 242, 252, 285].map((code) => classOf(server(code)))).toEqual(Array(4).fill('not-stored'));
    expect([209, 210, 241, 425, 999].map((code) => classOf(server(code)))).toEqual(Array(5).fill('unsettled'));
    expect([27, 60, 117, 497, 243].map((code) => classOf(server(code)))).toEqual(Array(5).fill('final'));
    expect((['refused', 'reset', 'timeout', 'tls', 'canceled'] as const).map((one) => classOf(broken(one)))).toEqual([
      'not-stored',
      'unsettled',
      'unsettled',
      'final',
      'final',
    ]);
    expect(classOf(new TypeError('a bug'))).toBe('final');
  });

  test('too many partitions in one block share a code with too many parts, and no pause mends them', () => {
    expect(classOf(server(252, 'Too many partitions for single INSERT block (more than 100)'))).toBe('final');
  });

  test('pauses double up to a ceiling, longer for too many parts, and are never all alike', () => {
    expect([0, 1, 2, 9].map((attempt) => pauseMs(attempt, broken('reset'), 1))).toEqual([500, 1000, 2000, 20_000]);
    expect(pauseMs(0, server(252), 1)).toBe(2000);
    expect(pauseMs(3, broken('reset'), 0)).toBe(2000);
  });
});
