import { EngineError } from '../engine/errors.ts';
import { type Format, InputFault, isRowFormat, type Source } from '../model/source.ts';
import { type TableName, tableText } from '../model/table.ts';
import { lookAtTable, type TableState } from './columns.ts';
import { createStatement, type InferredColumn, mend, unite } from './create.ts';
import { type Settled, settleHeader } from './header.ts';
import type { LoadPlan, LoadTools } from './load.ts';
import { withWholeRows } from './sample.ts';

export interface Ready {
  table: TableName;
  created: boolean;
  /** Each source with how its rows are cut; `settled` is undefined for those that pass through whole. */
  sources: readonly { source: Source; settled: Settled | undefined }[];
  /** As the target has it, made just now or there before. */
  state: TableState;
}

/** What the engine says of a text without a row. */
const NO_ROWS = /EMPTY_DATA_PASSED|Cannot read rows from the data/;
/** Of many files of one kind the first ones tell the structure. */
const MAX_INFERRED = 16;

/**
 * Settles what must be known before the first row is sent: that every source can be read, that the table is there or is
 * made, and that headers fit it. Sends no row.
 * @throws EngineError, InputFault, WitnessError
 */
export async function prepare(
  { table, sources }: LoadPlan['tables'][number],
  plan: LoadPlan,
  tools: LoadTools,
): Promise<Ready> {
  for (const { fault } of sources) if (fault) throw new InputFault(fault);
  const before = await lookAtTable(tools.target, table, tools.signal);
  const created = before.state === 'missing';
  if (created && !plan.create) throw missing(before.error, table);
  const now = created ? await make(table, sources, tools) : before;
  const skipUnknown = plan.settings.input_format_skip_unknown_fields === '1';
  const settle = (source: Source): Settled | undefined =>
    isRowFormat(source.format) ? settleHeader(source, source.format, now, skipUnknown) : undefined;
  return { table, created, sources: sources.map((source) => ({ source, settled: settle(source) })), state: now };
}

async function make(table: TableName, sources: readonly Source[], tools: LoadTools): Promise<TableState> {
  const structures = [];
  for (const source of sources) {
    if (structures.length === MAX_INFERRED) break;
    if (source.bytesTotal === 0 || source.note === 'empty') continue;
    const sampled = isRowFormat(source.format) ? withWholeRows(source, source.format) : source;
    const columns = await inferred(sampled, source.format, tools);
    if (columns) structures.push(mend(source, columns));
  }
  const columns = unite(structures);
  if (columns.length === 0) {
    const source = sources.map(({ name }) => name).join(', ');
    const message = `${source}: there is no row from which the columns of ${tableText(table)} could be inferred`;
    throw new InputFault({ code: 'INPUT_EMPTY', message, source });
  }
  const ddl = createStatement(table, columns);
  await tools.keep('ddl', `${tableText(table)}.sql`, `${ddl};\n`);
  await tools.target.command(ddl, { purpose: 'load', signal: tools.signal });
  return lookAtTable(tools.target, table, tools.signal);
}

/** Undefined when there is no row to infer from: a header alone, for example. */
async function inferred(source: Source, format: Format, tools: LoadTools): Promise<InferredColumn[] | undefined> {
  try {
    return await tools.infer(format, source);
  } catch (error) {
    if (error instanceof Error && NO_ROWS.test(error.message)) return undefined;
    throw error;
  }
}

function missing(error: EngineError, table: TableName): EngineError {
  return new EngineError({
    failure: error.failure,
    code: error.code,
    codeName: error.codeName,
    queryId: error.queryId,
    httpStatus: error.httpStatus,
    serverText: error.serverText,
    message: `${error.message}; --create makes ${tableText(table)} from the structure of the input`,
    cause: error,
  });
}
