/** What a code of the server means for a load, and with what it is confused. */
export interface Meaning {
  means: string;
  confused?: string;
  /** Since when, or until when, where the number or its text changed. */
  versions?: string;
}

/** Codes that loads meet. Others are named by the catalogue alone. */
export const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: {
    means: 'a method that a storage or file system does not have, such as exchanging two tables on NFS',
    confused:
      'a client’s exception that prints as 1: str(KeyError(1)) in Python; the server always writes DB::Exception and the name beside it',
  },
  6: {
    means: 'a text does not fit the type of its column, found while a value was read from VALUES or a string',
    confused: '27, which streams give for the same value',
  },
  10: { means: 'a column is not in the block: mostly a materialized view whose source lost a column' },
  16: {
    means: 'the insert names a column that the table does not have',
    confused: 'a replica or shard with another structure, where the INSERT does not name the column',
  },
  20: { means: 'SELECT and INSERT have different numbers of columns' },
  26: {
    means: 'a quoted text was expected: a JSON number in a String column',
    versions: 'numbers are read as strings by default from 23.9',
  },
  27: {
    means:
      'the input does not fit its format or type at the place that is quoted: ISO times, fractions, other delimiters, a byte order mark',
    confused: '6, 41, 38, 72 and 117, under which other versions give the same value',
  },
  32: { means: 'the data ended too early' },
  33: {
    means:
      'fewer bytes came than were announced: a truncated body, or a binary row of another structure than the table',
    confused: 'a truncated file, where the client’s row type does not match',
  },
  36: {
    means: 'an argument is not allowed; on older servers an unknown element of an Enum',
    versions: 'Enum elements have 691 on newer servers',
  },
  38: { means: 'a date cannot be read' },
  41: { means: 'a time cannot be read' },
  47: { means: 'the statement names an identifier that nothing has; HTTP answers 404', confused: 'a wrong URL' },
  48: { means: 'not implemented for this storage: mostly an INSERT into a view' },
  49: { means: 'a logical error: a bug of the server, or something that this version does not support' },
  53: {
    means: 'a value is of another type than its column',
    confused: 'clickhouse_driver, which raises code 53 by itself before sending',
  },
  60: {
    means: 'the table does not exist on the node that was asked; HTTP answers 404',
    confused: 'the target of a materialized view that is gone',
  },
  62: {
    means: 'the statement cannot be read',
    confused: 'data after an INSERT without FORMAT, a missing value in VALUES, or max_query_size reached',
  },
  69: { means: 'a value has more digits than its Decimal, or is outside its range' },
  72: { means: 'a number cannot be read: mostly a minus sign in an unsigned column' },
  76: { means: 'the server cannot open a file: owner, rights or limits of its data folder' },
  81: { means: 'the database does not exist' },
  89: { means: 'the server does not know this compression' },
  101: { means: 'the client sent what the server did not expect: a connection used again while a batch was open' },
  102: { means: 'the native protocol met something else: an HTTP port, or a proxy', confused: 'a network error' },
  107: { means: 'a file is gone: of a Distributed table’s queue after a rename, or of a part' },
  117: { means: 'the input holds what the table does not know: a field, a header’s name', confused: '27' },
  130: { means: 'an array is not written as [1,2,3]' },
  131: { means: 'a text is too long: for its FixedString, or because a binary row is out of step with the table' },
  139: {
    means: 'a macro or element is missing in the server’s configuration: no retry helps',
    confused: 'a passing error, as some tools call it',
  },
  159: {
    means: 'max_execution_time is over, or an asynchronous insert was not flushed in time',
    confused: 'the client’s own time-out, which has no code',
  },
  164: {
    means: 'readonly: the request was a GET, the user’s profile is readonly, or a setting may not be changed',
    confused: 'a missing GRANT (497)',
  },
  192: { means: 'there is no such user', versions: 'newer servers tell the client 516 and keep 192 for their log' },
  193: { means: 'the password is wrong', versions: 'newer servers tell the client 516 and keep 193 for their log' },
  198: { means: 'a host name does not resolve, as the server or its client sees it' },
  201: { means: 'the user’s quota is used up' },
  202: { means: 'as many statements run as may', confused: 'too few resources: mostly the caller does not queue' },
  209: { means: 'a socket timed out' },
  210: {
    means: 'a connection failed; in a server’s log mostly a client that went away',
    confused: 'Listen [::] failed at the server’s start, which belongs to nothing',
  },
  225: { means: 'there is no Keeper: not configured, or no session' },
  231: { means: 'at start a replica found its parts too different from Keeper’s list' },
  241: {
    means: 'a memory limit: of the statement, the user, or with (total) of the server',
    confused: '(total) and (for query), which have different remedies',
  },
  242: { means: 'a replicated table is read-only: no session with Keeper, lost metadata, or suspicious parts' },
  243: {
    means: 'there is no disk space to reserve',
    confused: 'the size in the message, which is the reservation and not what was sent',
  },
  252: {
    means: 'too many parts, or too many partitions in one block',
    confused: 'the table that was inserted into, where a view’s target is meant',
    versions: 'parts_to_throw_insert is 3000 on newer servers and 300 before',
  },
  285: { means: 'fewer replicas are alive than insert_quorum asks for' },
  341: { means: 'a mutation waits for a replica that is down' },
  349: { means: 'a NULL met a column that is not Nullable', versions: 'VALUES gave 53 before' },
  354: { means: 'the body cannot be inflated: it is no gzip although the header says so, or damaged' },
  373: { means: 'two statements in one session: one client used from several threads, or a retry after a time-out' },
  389: { means: 'the block was dropped as a duplicate' },
  394: { means: 'the statement was canceled' },
  407: { means: 'an expression on decimals overflowed' },
  469: { means: 'a row violates a CHECK constraint' },
  481: { means: 'the server may not touch a path: owner on disk', confused: 'a missing GRANT' },
  497: { means: 'the user lacks a privilege; the message names the GRANT' },
  499: { means: 'object storage refused or failed' },
  516: {
    means: 'user or password is wrong; the server’s own log says which',
    versions: 'from about 20.11; 192 to 194 before',
  },
  691: { means: 'a value is not among those of its Enum', versions: '36 on older servers' },
  999: {
    means: 'Keeper failed: connection, session or time',
    confused: 'a failure of the insert itself: whether it is stored may be unknown',
  },
  1000: { means: 'an exception of the Poco library; the code beside it is the system’s' },
  1001: { means: 'an exception of the standard library' },
  1002: {
    means: 'an exception nobody named; from the JDBC driver: it has no idea',
    confused: 'a code of the server: the JDBC driver writes it for its own socket errors',
  },
};
