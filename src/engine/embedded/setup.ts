import { quoteName, quoteText } from '../../kernel/sql.ts';
import { queryTag, quiet } from './engine.ts';
import { guardText } from './guard.ts';
import type { Connection } from './native.ts';
import type { QueryRequest } from './request.ts';

// Expressions among VALUES, and in every text that the engine parses as Values, are evaluated with all the engine may do:
// on only for inserts whose rows were looked through.
const EXPRESSIONS = [
  'input_format_values_interpret_expressions',
  'input_format_values_deduce_templates_of_expressions',
];

/**
 * Brings a connection into the state that the request asks for: database, settings, parameters, and the tag by which its lines are
 * known in the engine's log. What the engine refuses is thrown as the server would (81, 115, 164, …).
 * @returns how to undo it, for a connection that lasts
 */
export async function setUp(
  connection: Connection,
  request: QueryRequest,
  options: { expressions: boolean; lasting: boolean },
): Promise<() => Promise<void>> {
  for (const [, value] of [...request.settings, ...request.params]) guardText(value);
  const undo = options.lasting ? await remember(connection, request) : async () => {};
  const assignments = [
    ['log_comment', queryTag(request.queryId, request.logComment)] as const,
    // `clickhouse local` takes an expression for a SELECT; a server calls it a syntax error.
    ['implicit_select', '0'] as const,
    ...EXPRESSIONS.map((name) => [name, options.expressions ? '1' : '0'] as const),
    ...request.params.map(([name, value]) => [`param_${name}`, value] as const),
    ...request.settings.filter(([name]) => name !== 'readonly'),
  ];
  if (request.database) await connection.query(`USE ${quoteName(request.database)}`);
  await connection.query(`SET ${assignments.map(([name, value]) => `${name} = ${quoteText(value)}`).join(', ')}`);
  const readonly = request.settings.find(([name]) => name === 'readonly')?.[1];
  // Last, since nothing can be set after it. A session could not be freed of it again: there the endpoint itself refuses to write.
  if (options.lasting) return undo;
  if (readonly !== undefined && readonly !== '0') await connection.query(`SET readonly = ${quoteText(readonly)}`);
  else if (request.readOnly) await connection.query('SET readonly = 2');
  return undo;
}

async function remember(connection: Connection, request: QueryRequest): Promise<() => Promise<void>> {
  const { bytes: database } = await connection.query('SELECT currentDatabase()', 'TSVRaw');
  const names = request.settings.map(([name]) => quoteText(name));
  const { bytes } = await connection.query(
    `SELECT name, value, changed FROM system.settings WHERE name IN ('', ${names.join(', ') || "''"}) FORMAT JSONCompactEachRow`,
  );
  const before = Buffer.from(bytes)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    // Three columns, as asked for above.
    .map((line) => JSON.parse(line) as [string, string, number]);
  return async () => {
    await quiet(connection);
    if (request.database) await connection.query(`USE ${quoteName(Buffer.from(database).toString().trimEnd())}`);
    const resets = before.map(([name, value, changed]) => `${name} = ${changed === 0 ? 'DEFAULT' : quoteText(value)}`);
    if (resets.length > 0) await connection.query(`SET ${resets.join(', ')}`);
  };
}
