import type { Signal } from '../pattern.ts';
import { patternRule } from '../pattern-rule.ts';
import { elsewhere, here, program } from '../signals.ts';

const CONNECT = program(/clickhouse_connect|clickhouse-connect/, 'clickhouse_connect wrote it', 10);
const DRIVER = program(/clickhouse_driver|clickhouse-driver/, 'clickhouse_driver wrote it', 10);
/** Words that columns of times have in their names. */
const TIME_COLUMN: Signal = {
  says: 'the column it names holds times, by its name',
  weight: 22,
  seen: ({ event }) =>
    /column [`'"]?\w*(?:_ts|_at|time|date|stamp|day|until|expires?|since|valid|begin|start|end)\w*[`'"]?/i.test(
      event.flat,
    ),
};

const ROWS_AS_LISTS = [
  'Convert the rows: [[row[name] for name in columns] for row in rows], with column_names=columns; or use insert_df',
  'Log the type and the traceback of exceptions: str(KeyError(1)) is only 1; and do not retry what no retry can mend',
];

/** Exceptions of Python programs and their two client libraries, raised before anything was sent. */
export const pythonClients = patternRule('python-clients', 'client-python', [
  {
    cause: 'client_rows_are_dicts',
    side: 'client',
    // Only the sampling of whole rows reads an element by its number there; a Tuple column has frames of its own.
    text: /clickhouse_connect[\s\S]{0,4000}(?:driver\/insert\.py|_calc_block_size|data\[j\]\[i\])[\s\S]{0,1500}KeyError: ?(?<index>\d+)\b/,
    unless: /for x in sample\]|e_type|container\.py/,
    strength: 96,
    only: true,
    summary: ({ groups }) =>
      `The rows are dicts where clickhouse_connect wants lists: it asked a row for its element ${groups.index} to sample the size of a block, and a dict has no such key; no INSERT was sent`,
    remedies: ROWS_AS_LISTS,
    question: 'Are the rows that are given to insert() dicts?',
  },
  {
    cause: 'client_rows_are_dicts',
    side: 'client',
    text: /KeyError(?:: ?|\()(?<index>\d+)\b(?!\.)/,
    strength: 74,
    summary: ({ groups }) =>
      `The rows are dicts where the library wants lists: it asked a row for its element ${groups.index}, and a dict has no such key`,
    remedies: ROWS_AS_LISTS,
    question: 'Are the rows that are given to insert() dicts?',
    signals: [
      CONNECT,
      here(
        /_calc_block_size|insert\.py|data\[j\]\[i\]|block_row_count|driver\/insert/,
        'it was raised where the library samples the size of a block',
        18,
      ),
      here(/pandas|get_loc|hashtable|Index/i, 'it was raised where a frame looks up its index', -45),
      here(/for x in sample\]|e_type|element_type|tuple|container\.py/i, 'it was raised inside a Tuple column', -45),
      {
        says: 'the traceback does not show the library',
        weight: -6,
        seen: ({ event }) => /Traceback|File "/.test(event.text) && !/clickhouse/.test(event.text),
      },
    ],
  },
  {
    cause: 'client_dict_value_for_tuple_column',
    side: 'client',
    text: /KeyError: ?\d+\b|(?:dict|Tuple).{0,60}(?:named tuple|not supported)|Invalid data type.{0,30}Tuple/i,
    strength: 48,
    summary:
      'A dict was given as the value of a Tuple column; the library wants a tuple or list in the order of its elements',
    remedies: ['Give tuple(value[name] for name in elements); newer versions take dicts for named tuples'],
    question: 'Is a value of a Tuple column a dict?',
    signals: [
      here(
        /for x in sample\]|e_type|elem(?:ent)?_size|container\.py|\bx\[ix\]/,
        'it was raised inside a Tuple column',
        42,
      ),
      here(/data\[j\]\[i\]|_calc_block_size/, 'it was raised where whole rows are sampled', -20),
    ],
  },
  {
    cause: 'client_dict_key_missing',
    side: 'client',
    text: /KeyError: ?['"](?<key>[^'"]+)['"]/,
    strength: 78,
    summary: ({ groups }) => `A row has no key ${groups.key}: the program stopped before sending`,
    remedies: [
      'Give every row every column (row.get(name) with a default), or name only the columns that all rows have',
    ],
    question: 'Does every row have this key, in the same case?',
    signals: [
      here(/_mutate_dicts_to_rows|block\.py|row\[name\]/, 'clickhouse_driver was turning dicts into rows', 14),
      DRIVER,
    ],
    or: [
      {
        cause: 'client_dict_keys_do_not_match_columns',
        summary: 'the keys of the rows are named otherwise than the columns',
        question: 'Are the keys named as the columns are, in the same case?',
      },
    ],
  },
  {
    cause: 'client_dict_keys_do_not_match_columns',
    side: 'client',
    text: /KeyError: ?['"][^'"]+['"]|not in (?:index|columns)|None of \[.{1,100}\] are in the|columns? .{0,60}(?:do(?:es)? not|don't) match.{0,60}(?:dict|keys|frame)|Columns? .{1,80}not (?:found|present) in (?:the )?(?:data|row|dict)/i,
    strength: 56,
    summary: 'The keys of the rows are not the names of the table’s columns',
    remedies: ['Rename them before the insert; case counts, and numbers are no names'],
    question: 'Are the keys named as the columns are, in the same case?',
    signals: [
      here(
        /_mutate_dicts_to_rows|insert_df|dataframe|pandas|get_loc|row\[name\]/i,
        'rows or a frame were matched by their names',
        16,
      ),
      here(/KeyError: ?['"]\d+['"]/, 'the missing name is a number', 14),
    ],
  },
  {
    cause: 'client_row_not_nested',
    side: 'client',
    text: /Insert data column count does not match column names/i,
    strength: 84,
    summary:
      'The library counts other columns in the rows than there are names: one flat list was given instead of a list of rows, or the rows have another width',
    remedies: ['Give a list of rows, also for one row: client.insert(table, [values], column_names=names)'],
    question: 'Is the data a list of lists, and has the first row as many values as there are names?',
  },
  {
    cause: 'client_row_not_nested',
    side: 'client',
    text: /TypeError: (?:object of type '(?:int|float|datetime[\w.]*|NoneType|bool)' has no len|'(?:int|float|datetime[\w.]*)' object is not (?:subscriptable|iterable))|list\/tuple\/dict expected|Expected list, tuple or generator|TypeMismatch.{0,40}expected (?:list|tuple)/i,
    strength: 76,
    summary: 'A row is a single value: one flat list was given instead of a list of rows',
    remedies: ['Give a list of rows, also for one row: [values]'],
    question: 'Is the data a list of lists?',
    signals: [CONNECT, DRIVER],
  },
  {
    cause: 'client_integer_out_of_range',
    side: 'client',
    text: /Unable to create Python array|OverflowError: .{0,80}(?:int|long|unsigned)|format requires .{0,40}<= number|argument out of range|int too (?:big|large)|Python int too large|can't convert negative (?:int|value) to unsigned|out of range for (?:u?int|column)|converting \S+ to U?Int\d+.{0,40}(?:overflow|range)|value out of range/i,
    unless: /DateTime|timestamp|year/i,
    strength: 76,
    summary:
      'A number lies outside its column’s range, and the client could not pack it: what the message says of None need not be so',
    remedies: [
      'Look for negative numbers in unsigned columns and for values beyond the type; use a wider type or mend them',
    ],
    question: 'Does a value lie below or above what its column’s type holds?',
    signals: [
      { ...TIME_COLUMN, weight: -10 },
      here(/OverflowError|format requires|out of range|too (?:big|large)/i, 'it speaks of a range', 12),
    ],
  },
  {
    cause: 'client_datetime_out_of_range',
    side: 'client',
    text: /Unable to create Python array|year .{0,20}is out of range|date value out of range|OutOfBoundsDatetime|timestamp.{0,40}out of range|dateTime overflow|Date overflow|must be between 19\d\d-\d\d-\d\d|mktime argument out of range|DateTime.{0,60}out of range|Column \w+: argument out of range|'[IHil]' format requires .{0,30}(?:4294967295|65535)|OverflowError: timestamp/i,
    strength: 62,
    summary:
      'A time lies outside what its column can hold (DateTime ends in 2106), and the client could not pack it: what the message says of None need not be so',
    remedies: [['Mend the value: look for placeholders such as year 9999 or 1', ', or use DateTime64 or Date32']],
    question: 'Does a value lie before 1970 or after 2106-02-07?',
    signals: [TIME_COLUMN, here(/year|OutOfBounds|date|timestamp|dateTime overflow|2106/i, 'it speaks of a time', 14)],
  },
  {
    cause: 'client_none_in_non_nullable',
    side: 'client',
    text: /\bDBNull\b|Unable to create Python array|'NoneType' object has no attribute|NoneType|required argument is not an integer|write null into not nullable|null (?:value )?(?:in|into|for).{0,30}(?:non|not)[- ]?nullable|converting <?nil>? to|one of the hex, bytes, bytes_le|Cannot set null|must not be null|not nullable.{0,60}null|unsupported.{0,20}nil|Column .{1,60}(?:is not nullable|cannot be null|not null)|NullPointerException/i,
    unless: /KeyError|DB::\w*Exception|Cannot convert NULL/,
    strength: 60,
    summary:
      'A missing value (None, null, nil) was given for a column that is not Nullable; the client refused before sending',
    remedies: ['Make the column Nullable, or replace missing values by a default before the insert'],
    question: 'Is a value None in a column that is not Nullable?',
    signals: [
      here(/NoneType|not nullable|\bnil\b|null into|'?None'? values.*$/i, 'it speaks of None or null', 6),
      here(
        /write null into|DBNull|not nullable column|NoneType|<nil>|must not be null|non-?nullable/i,
        'it names the missing value itself',
        22,
      ),
      here(/: None\b|[(,] ?None\b/, 'the row that is shown holds None', 30),
      { ...TIME_COLUMN, weight: -2 },
    ],
  },
  {
    cause: 'client_value_type_wrong',
    side: 'client',
    text: /'(?:int|float|bool|dict|list|tuple|bytes|datetime\.\w+|date|Decimal|set|UUID)' object has no attribute '(?:encode|timetuple|timestamp|hex|int|split|replace|toordinal|tzinfo|isoformat|strftime|items|keys|values|decode)'|'str' object has no attribute '(?!pipe)\w+'|Type mismatch in VALUES section|TypeMismatchError|StructPackException|required argument is not|argument for '\w' must be|must be real number, not|expected (?:str|bytes|int|float|datetime|list)[^:]{0,40}(?:got|,)|an integer is required|ClassCastException|converting .{1,80}? to .{1,80}? is unsupported|unsupported (?:type|conversion)|cannot be cast to|can't multiply|badly formed hexadecimal UUID|Unsupported (?:data )?type/i,
    unless: /NoneType|Unable to create Python array|<nil>|DB::\w*Exception/,
    strength: 80,
    summary:
      'A value has another type than its column, or the values stand in another order than the columns; the client refused before sending',
    remedies: [
      'Name the columns in the insert and give the values in that order; convert each to its column’s type',
      'clickhouse_driver tells the column with types_check=True',
    ],
    question: 'Does each value have the type of the column at its place?',
    signals: [here(/out of range|format requires/, 'a range is spoken of, not a type', -12)],
  },
  {
    cause: 'client_value_not_serializable',
    side: 'client',
    text: /is not JSON serializable|Object of type \w+ is not|Converting circular structure to JSON|unsupported value: NaN|json: unsupported type|InvalidDefinitionException/i,
    strength: 90,
    summary: 'The client could not write a value as JSON (a date, a decimal, a NaN): nothing was sent',
    remedies: ['Convert it to text or number first: default=str for json.dumps, NaN to null'],
    question: 'Which type has the value that the message names?',
  },
  {
    cause: 'client_driver_bug_large_rows',
    side: 'client',
    text: /(?:IndexError|struct\.error|BufferError|MemoryError|ArrayIndexOutOfBounds|index out of (?:range|bounds)|buffer overflow|block size|ZeroDivisionError|NegativeArraySize)[^\n]*/i,
    strength: 44,
    summary: 'The client library trips over rows that are unusually large',
    remedies: ['Upgrade the client; until then send fewer rows in one insert'],
    question: 'Does the same insert with shorter values pass?',
    signals: [
      here(
        /clickhouse_connect|clickhouse_driver|com\.clickhouse|clickhouse-go|transform|block|insert\.py/i,
        'it was raised inside the client library',
        16,
      ),
      here(/large|size|bytes|block/i, 'it speaks of a size', 8),
      here(/\b\d{2,} ?[MG]i?B\b/, 'it names a large size', 24),
      {
        says: 'it is a list index of the program itself',
        weight: -14,
        seen: ({ event }) => !/clickhouse/i.test(event.text),
      },
    ],
  },
  {
    cause: 'client_driver_bug_null_column',
    side: 'client',
    text: /(?:all[- ]?(?:None|null)|null column|empty column|only (?:None|null)).{0,80}|(?:IndexError|StopIteration|TypeError|AttributeError)[^\n]{0,200}(?:first_value|_active_null|null_map|all None)/i,
    strength: 52,
    summary: 'The client library trips over a column that holds nothing but None',
    remedies: ['Upgrade the client; until then leave the column out of the insert'],
    question: 'Is a column of this batch None in every row?',
    signals: [CONNECT, DRIVER, elsewhere(/clickhouse_connect|clickhouse_driver/, 'the library is in the traceback', 8)],
  },
]);
