import { patternRule } from '../pattern-rule.ts';
import { here } from '../signals.ts';

const LIBRARY = /clickhouse[_-]?(?:connect|driver|sqlalchemy|go|rs|js|client|jdbc)|@clickhouse|com\.clickhouse|ch-go/i;

/** What client libraries themselves raise besides: pools, frames, types they do not know, and their own mistakes. */
export const clientLibraries = patternRule('client-libraries', 'client-others', [
  {
    cause: 'client_connection_pool_exhausted',
    side: 'client',
    text: /acquire conn(?:ection)? timeout|number of max open conn|connection pool (?:is )?(?:exhausted|full|timeout)|QueuePool limit|Connection is not available, request timed out|Timeout waiting for connection from pool|PoolTimeout|no available connection|pool.{0,20}exhausted/i,
    strength: 93,
    summary: 'All connections of the client’s pool are busy, and none came free in time',
    remedies: [
      'Close batches and rows also on errors, so that connections go back; then raise the pool (max_open_conns) or send fewer batches at once',
    ],
    question: 'Are batches, rows or clients left open on some path of the program?',
  },
  {
    cause: 'client_dataframe_index_not_reset',
    side: 'client',
    text: /(?:pandas|get_loc|Int64HashTable)[\s\S]{0,1500}KeyError: ?\d+/,
    strength: 84,
    summary:
      'The frame’s index does not begin at 0: rows were selected from another frame, and the client looks up a row by its number',
    remedies: ['df.reset_index(drop=True) before the insert, or upgrade the client'],
    question: 'Was the frame made by selecting rows of another one?',
    signals: [
      { says: 'a client library is in the traceback', weight: 4, seen: ({ event }) => LIBRARY.test(event.text) },
    ],
  },
  {
    cause: 'client_value_type_wrong',
    side: 'client',
    text: /Unsupported column type: <class|list or tuple is expected|Internal serialization error|invalid data types in an inserted row|invalid literal for int|could not convert string to float|Invalid type .{0,60}(?:for column|in column)|Cannot serialize|unable to encode|\bencode\b.{0,40}(?:unsupported|failed)/i,
    strength: 76,
    summary: 'A value has another type than its column; the client refused before sending',
    remedies: [
      'Name the columns in the insert and give each value the type of its column; frames need use_numpy with clickhouse_driver',
      'Look in the traceback for the exception before this one: it names the value',
    ],
    question: 'Does each value have the type of the column at its place?',
    signals: [{ says: 'a client library wrote it', weight: 8, seen: ({ event }) => LIBRARY.test(event.text) }],
  },
  {
    cause: 'client_value_type_wrong',
    side: 'client',
    text: /clickhouse[_-](?:connect|driver|sqlalchemy)[\s\S]{0,4000}(?:TypeError|ValueError|InvalidOperation|AttributeError)\b|(?:TypeError|ValueError|AttributeError)\b[\s\S]{0,600}clickhouse[_-](?:connect|driver|sqlalchemy)/,
    unless: /NoneType|DB::\w*Exception|Unable to create Python array|out of range|column count/,
    strength: 58,
    summary: 'The client library refused a value before sending: another type than its column, most likely',
    remedies: ['Look at the line of the traceback above the exception, and at the column it writes'],
    question: 'Does each value have the type of the column at its place?',
  },
  {
    cause: 'client_driver_bug_large_rows',
    side: 'client',
    text: /(?:PipedOutputStream|max_queued_buffers|NonBlockingPiped)[\s\S]{0,600}|Write timed out after \d+ ms/i,
    strength: 70,
    summary: 'The driver’s own buffer filled up and nothing emptied it: the batch is larger than its queue takes',
    remedies: [
      'Send the batch more often (executeBatch), or take the limit off the driver’s queue; newer versions of the driver do not queue so',
    ],
    question: 'Does the same insert pass with fewer rows in a batch?',
  },
  {
    cause: 'client_does_not_know_type',
    side: 'client',
    text: /unsupported column type|UnknownTypeError|Unknown type [A-Z]\w+|unknown column type|unrecognized ClickHouse type|Unrecognized (?:ClickHouse )?type|type .{1,60} is not supported by (?:this|the) (?:client|driver)|Unsupported ClickHouse type/i,
    unless: /DB::\w*Exception|numpy|<class/,
    strength: 88,
    summary: 'The table has a column of a type that this version of the client library does not know',
    remedies: ['Upgrade the client library, or leave the column out of the insert and fill it by a default or a view'],
    question: 'Since which version does the client know the type?',
  },
  {
    cause: 'client_library_bug',
    side: 'client',
    text: /Unexpected server message|Unknown packet(?: type)? from server|panic: (?:runtime error|assignment to entry in nil map|interface conversion|close of)[\s\S]{0,2000}(?:clickhouse-go|ch-go)|(?:IndexOutOfBounds|NullPointer|ConcurrentModification|IllegalState)Exception[\s\S]{0,400}at com\.clickhouse|(?:IndexError|UnboundLocalError|ZeroDivisionError|RuntimeError)[^\n]*[\s\S]{0,200}clickhouse_(?:connect|driver)|clickhouse_(?:connect|driver)[\s\S]{0,2000}(?:IndexError|UnboundLocalError|ZeroDivisionError)/,
    strength: 80,
    summary: 'The client library itself broke: no INSERT, or half of one, was sent',
    remedies: [
      'Upgrade the library and search its issues for the first frame that is its own; a batch must not be used again after an error of it',
    ],
    question: 'Is the topmost frame of the trace the library’s own?',
    signals: [here(/nil map|LowCardinality|index out of range/i, 'it broke inside a column', 2)],
  },
  {
    cause: 'async_insert_not_visible_yet',
    side: 'silent',
    text: /Failed to insert expected rows into check table|Actual written: 0\b/i,
    strength: 90,
    summary: 'The client counts right after an asynchronous insert that has not been flushed yet',
    remedies: ['Turn async_insert off for this user, or wait_for_async_insert on: then the answer waits for the flush'],
    question: 'Is async_insert on for this user, with wait_for_async_insert = 0?',
  },
]);
