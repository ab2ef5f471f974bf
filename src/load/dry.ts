import { plural } from '../kernel/format.ts';
import type { TableLoad } from '../model/load.ts';
import type { TableName } from '../model/table.ts';
import type { Upsert } from './upsert.ts';

/** Takes rows and sends none of them; its facts say how many there would have been. */
export function dryUpsert(table: TableName, source: string): Upsert {
  let rows = 0;
  let bytes = 0;
  return {
    async add(row) {
      rows += 1;
      bytes += JSON.stringify(row).length + 1;
    },
    flush: async () => undefined,
    facts: (status): TableLoad => ({
      table,
      sources: [source],
      format: 'JSONEachRow',
      created: false,
      rows_read: rows,
      rows_sent: 0,
      rows_written: 0,
      rows_written_from: 'acknowledged batches',
      bytes,
      batches: 0,
      status,
      replaces: true,
      notes: [`${plural(rows, 'row')} would be written (dry run)`],
    }),
  };
}
