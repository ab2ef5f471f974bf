import { z } from 'zod';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';

/** One call of a check to the outside, with what it cost. */
export const callRecord = z.strictObject({
  /** `sql row-count`, `file schema/orders.sql`, `scratch shop.orders`. */
  what: z.string(),
  params: z.record(z.string(), z.unknown()).optional(),
  rows: z.int().optional(),
  bytes: z.int().optional(),
  ms: z.number(),
  /** What was left out, when a budget cut the result. */
  cut: z.string().optional(),
  outcome: z.enum(['ok', 'error']),
  message: z.string().optional(),
});
export type CallRecord = z.infer<typeof callRecord>;

type Cost = Partial<Record<'rows' | 'bytes', number>> & { cut?: string };

export type Calls = ReturnType<typeof createCalls>;

/** Keeps what each call cost, failed ones too. */
export function createCalls(clock: Clock) {
  const records: CallRecord[] = [];
  return {
    records: records as readonly CallRecord[],
    async record<T>(
      what: string,
      work: (cost: Cost) => Promise<T>,
      params?: Readonly<Record<string, unknown>>,
    ): Promise<T> {
      const started = clock.elapsed();
      const cost: Cost = {};
      const shown = params && Object.keys(params).length > 0 ? { params: jsonSafe(params) } : {};
      const end = (end: Pick<CallRecord, 'outcome' | 'message'>) =>
        records.push({ what, ...shown, ...cost, ms: Math.round((clock.elapsed() - started) * 10) / 10, ...end });
      try {
        const value = await work(cost);
        end({ outcome: 'ok' });
        return value;
      } catch (error) {
        end({ outcome: 'error', message: messageOf(error) });
        throw error;
      }
    },
  };
}

function jsonSafe(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params).map(([k, v]) => [k, typeof v === 'bigint' ? String(v) : v]));
}
