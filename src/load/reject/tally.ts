import type { RejectedRow, Rejection } from '../../model/reject.ts';

/** Bad rows that are named one by one in the archive; the reject file has all. */
const EXAMPLES = 10;

/** Bad rows of a load so far, by reason and column. */
export interface RejectTally {
  readonly rows: number;
  add(row: RejectedRow): void;
  note(sentence: string): void;
  summary(): Pick<Rejection, 'rows' | 'groups' | 'examples' | 'notes'>;
}

export function createRejectTally(): RejectTally {
  const groups = new Map<string, Rejection['groups'][number]>();
  const examples: RejectedRow[] = [];
  const notes = new Set<string>();
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    add(row) {
      rows += 1;
      const { reason, column, type } = row;
      const key = `${reason}\n${column ?? ''}`;
      const group = groups.get(key) ?? {
        reason,
        ...(column === undefined ? {} : { column }),
        ...(type === undefined ? {} : { type }),
        rows: 0,
        first_row: row.row,
      };
      group.rows += 1;
      groups.set(key, group);
      // One of each kind first: ten times the same says less.
      if (group.rows === 1 ? examples.length < EXAMPLES : examples.length < EXAMPLES / 2) examples.push(row);
    },
    note: (sentence) => notes.add(sentence),
    summary: () => ({
      rows,
      groups: [...groups.values()].sort((a, b) => b.rows - a.rows || a.first_row - b.first_row),
      examples: [...examples].sort((a, b) => a.row - b.row),
      notes: [...notes],
    }),
  };
}
