import { createHash } from 'node:crypto';
import { pythonFloat } from './money.ts';
import { moscowText } from './times.ts';

/** `id`: one key an order, so that a changed order replaces itself. `compat`: the earlier loader's key, which holds time and revenue. */
export type KeyMode = 'id' | 'compat';

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

export interface KeyParts {
  orderId: string;
  eventId: string;
  /** Unix seconds. */
  saleTs: number;
  /** Hundredths. */
  revenue: bigint;
}

/** `_dedup_key` of an order: 32 hexadecimal digits. */
export function orderKey(mode: KeyMode, { orderId, eventId, saleTs, revenue }: KeyParts): string {
  if (mode === 'id') return md5(orderId);
  return md5([orderId, eventId, moscowText(saleTs), pythonFloat(revenue)].join('::'));
}

/** `_dedup_key` of a snapshot; its time in microseconds. */
export function snapshotKey(eventId: string, snapshotTs: number): string {
  return md5(`${eventId}::${snapshotTs}000000`);
}
