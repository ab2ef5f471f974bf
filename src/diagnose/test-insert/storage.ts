import type { TableSchema } from '../../model/check.ts';
import { structureOf } from '../../model/schema-diff/structure.ts';
import { tokenize } from '../../model/schema-diff/tokens.ts';
import { type TableName, tableText } from '../../model/table.ts';

/** Where rows inserted into a table come to lie, or why nothing may be inserted for a test. */
export type Storage = { kind: 'table'; table: TableSchema; path: string } | { kind: 'skip'; reason: string };

const QUEUES = /^(?:Kafka|RabbitMQ|NATS|FileLog|S3Queue|AzureQueue|Redis)$/;
const OUTSIDE =
  /^(?:MySQL|PostgreSQL|MaterializedPostgreSQL|MongoDB|ODBC|JDBC|SQLite|URL|S3|AzureBlobStorage|HDFS|File|Hive|Iceberg\w*|DeltaLake\w*|Hudi|ExternalDistributed|ArrowFlight|YTsaurus|Executable|ExecutablePool|COSN|OSS|GCS)$/;
const READ_ONLY = /^(?:View|LiveView|WindowView|Dictionary|Merge|GenerateRandom|Alias|Loop|System\w+|TimeSeries)$/;

function argument(text: string | undefined): string {
  const [token] = tokenize(text ?? '');
  return token?.value ?? '';
}

function destination(table: TableSchema): TableName | undefined {
  const { create } = structureOf(table);
  const args = create?.engine?.args ?? [];
  const named = (database: string | undefined, name: string | undefined) => {
    const first = argument(database);
    const database_ = first === '' || /^currentDatabase\b/.test(database ?? '') ? table.name.database : first;
    const to = argument(name);
    return to === '' ? undefined : { database: database_, table: to };
  };
  switch (table.engine) {
    case 'MaterializedView':
      return create?.to && { database: create.to.database ?? table.name.database, table: create.to.table };
    case 'Distributed':
      return named(args[1], args[2]);
    case 'Buffer':
      return named(args[0], args[1]);
    default:
      return undefined;
  }
}

function reasonToSkip(engine: string): string | undefined {
  if (QUEUES.test(engine)) return `${engine} is a queue: what is inserted goes to others and cannot be taken back`;
  if (OUTSIDE.test(engine)) return `${engine} keeps its rows outside ClickHouse: a test row would stay there`;
  if (READ_ONLY.test(engine)) return `${engine} takes no inserts of its own`;
  return undefined;
}

function sentence(table: TableSchema, to: TableName): string {
  const cluster =
    table.engine === 'Distributed' ? ` on cluster ${argument(structureOf(table).create?.engine?.args?.[0])}` : '';
  return `${tableText(table.name)} is a ${table.engine} that writes to ${tableText(to)}${cluster}`;
}

/** Follows views, Distributed and Buffer to the table that stores, five steps at most. */
export async function storageOf(
  table: TableSchema,
  look: (name: TableName) => Promise<TableSchema | undefined>,
): Promise<Storage> {
  const path: string[] = [];
  let at = table;
  for (let step = 0; step < 5; step += 1) {
    const reason = reasonToSkip(at.engine);
    if (reason !== undefined) return { kind: 'skip', reason: [...path, `${tableText(at.name)}: ${reason}`].join('; ') };
    const to = destination(at);
    if (!to) return { kind: 'table', table: at, path: path.join('; ') };
    path.push(sentence(at, to));
    const next = await look(to);
    if (!next)
      return {
        kind: 'table',
        table: at,
        path: `${path.join('; ')}, which is not visible on this server: its own columns are tried`,
      };
    at = next;
  }
  return { kind: 'skip', reason: `${path.join('; ')}: followed for five steps without coming to an end` };
}
