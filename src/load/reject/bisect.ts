import type { Complaint } from './reasons.ts';

export interface Bisected {
  /** Index of the row, and what was said of it alone. */
  bad: { at: number; complaint: Complaint }[];
  /** False when there were more probes to send than may be. */
  complete: boolean;
  probes: number;
}

/**
 * Finds the rows that fail by themselves, by halves: some log2(rows) probes each. Rows that fail only together are found by none.
 * @param fails what is said of rows `from` to `to` (exclusive) together; undefined when they are taken
 */
export async function bisect(
  rows: number,
  fails: (from: number, to: number) => Promise<Complaint | undefined>,
  limits: { probes: number; rows: number },
): Promise<Bisected> {
  const found: Bisected = { bad: [], complete: true, probes: 0 };
  const probe = async (from: number, to: number): Promise<Complaint | undefined> => {
    found.probes += 1;
    return fails(from, to);
  };
  const look = async (from: number, to: number): Promise<void> => {
    if (found.bad.length >= limits.rows || found.probes >= limits.probes) {
      found.complete = false;
      return;
    }
    const complaint = await probe(from, to);
    if (complaint === undefined) return;
    if (to - from === 1) {
      found.bad.push({ at: from, complaint });
      return;
    }
    const middle = from + Math.floor((to - from) / 2);
    await look(from, middle);
    await look(middle, to);
  };
  await look(0, rows);
  return found;
}
