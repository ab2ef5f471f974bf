import { quoteText } from '../../kernel/sql.ts';
import { CLIENT_QUERY_ID, type Engine } from './engine.ts';
import type { Result } from './select.ts';
import type { Statement } from './statement.ts';

/** How long KILL QUERY … SYNC waits for what it killed, ms. */
const SYNC_WAIT_MS = 10_000;

/**
 * KILL QUERY WHERE …, with the client's query ids instead of the engine's: the condition is evaluated over system.processes, then what it
 * chose is killed without waiting, since the engine's own SYNC does not come back. Works for SELECT and INSERT alike, at the next block.
 */
export async function killQuery(
  engine: Engine,
  statement: Statement,
  options: { format: string; isRunning(queryId: string): boolean },
): Promise<Result> {
  const where = statement.tokens.findIndex((token) => token.kind === 'word' && token.text.toUpperCase() === 'WHERE');
  const tail = statement.tokens
    .filter((token) => token.kind === 'word' && /^(SYNC|ASYNC|TEST)$/i.test(token.text))
    .at(-1);
  const from = statement.tokens[where]?.end ?? statement.head.length;
  const until =
    tail !== undefined && tail.start > from ? tail.start : (statement.format?.start ?? statement.head.length);
  const condition = Buffer.from(statement.head.slice(from, until), 'latin1').toString();
  const mode = tail?.text.toUpperCase() ?? 'ASYNC';
  const connection = await engine.connect();
  try {
    await connection.query(
      "SET log_comment = 'chwitness-internal:kill', input_format_values_interpret_expressions = 0, input_format_values_deduce_templates_of_expressions = 0",
    );
    // Refuses what KILL would refuse (grants, syntax) before anything is chosen.
    const chosen = await connection.query(
      `SELECT engine_id, query_id, user, query FROM (SELECT query_id AS engine_id, * REPLACE (if(startsWith(Settings['log_comment'], 'chwitness:'), ${CLIENT_QUERY_ID}, query_id) AS query_id)
       FROM system.processes WHERE Settings['log_comment'] != 'chwitness-internal:kill') WHERE ${condition}\nFORMAT JSONCompactEachRow`,
    );
    const rows = Buffer.from(chosen.bytes)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      // Four strings, as selected above.
      .map((line) => JSON.parse(line) as [string, string, string, string]);
    if (rows.length > 0 && mode !== 'TEST') {
      await connection.query(
        `KILL QUERY WHERE query_id IN (${rows.map(([id]) => quoteText(id)).join(', ')}) ASYNC FORMAT Null`,
      );
    }
    const deadline = Date.now() + SYNC_WAIT_MS;
    while (mode === 'SYNC' && rows.some(([, id]) => options.isRunning(id)) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const status = (id: string) => (mode === 'SYNC' && !options.isRunning(id) ? 'finished' : 'waiting');
    const format = statement.format?.name ?? options.format;
    const values = rows.map(([, ...row]) => `(${[status(row[0]), ...row].map(quoteText).join(', ')})`).join(', ');
    const table = `values('kill_status String, query_id String, user String, query String'${values === '' ? '' : `, ${values}`})`;
    const empty = "(SELECT '' AS kill_status, '' AS query_id, '' AS user, '' AS query WHERE 0)";
    const { bytes, elapsed } = await connection.query(
      `SELECT * FROM ${values === '' ? empty : table} FORMAT ${format}`,
    );
    return {
      format,
      bytes: (async function* () {
        if (bytes.length > 0) yield bytes;
      })(),
      outcome: { resultRows: rows.length, writtenRows: 0, writtenBytes: 0, elapsedNs: Math.round(elapsed * 1e9) },
      close: async () => {},
    };
  } finally {
    await connection.close();
  }
}
