import { at, basket, order } from './invent.ts';

type Fields = Record<string, unknown>;

/** A number in [0, 1) that depends on the seed and the index alone (mulberry32). */
function chance(seed: number, index: number): number {
  let t = (seed + Math.imul(index + 1, 0x6d2b79f5)) >>> 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
}

export interface Season {
  seed: number;
  count: number;
  /** Unix seconds; orders are spread evenly over the time between. */
  from: number;
  to: number;
  events: number;
}

/**
 * The index-th order of an invented season: several currencies, amounts as numbers and as text, with and without kopecks,
 * baskets refunded and deleted, free tickets, sales in the last and the first second of a day in Moscow. The same seed gives the same orders.
 */
export function orderOf(season: Season, index: number): Fields {
  const roll = (salt: number) => chance(season.seed + salt, index);
  const spread = season.from + Math.floor(((season.to - season.from) * index) / season.count);
  // Moscow is three hours ahead: the day begins at 21:00 UTC.
  const midnight = Math.floor((spread + 10_800) / 86_400) * 86_400 - 10_800;
  const soldAt =
    roll(1) < 0.02 ? Math.max(season.from, midnight) : roll(1) < 0.04 ? Math.max(season.from, midnight - 1) : spread;
  const kopecks = Math.floor(roll(2) * 1_000_000);
  const price = roll(3) < 0.3 ? kopecks / 100 : roll(3) < 0.6 ? (kopecks / 100).toFixed(2) : Math.floor(kopecks / 100);
  const gone = at(soldAt + 60);
  const second =
    roll(4) < 0.3 ? [basket({ id: index * 10 + 1, price: 0.1, quantity: 1 + Math.floor(roll(5) * 4) })] : [];
  const third = roll(6) < 0.05 ? [basket({ id: index * 10 + 2, price, deleted_at: gone })] : [];
  const refunded = roll(7) < 0.05 ? { refunded_at: gone, refunded_amount: Number(price) } : {};
  return order(index + 1, soldAt, {
    event_id: 1000 + Math.floor(roll(8) * season.events),
    currency_id: roll(9) < 0.05 ? 'EUR' : roll(9) < 0.08 ? 'KZT' : 'RUB',
    utm: roll(10) < 0.3 ? { utm_source: 'vk', utm_campaign: `c${Math.floor(roll(11) * 5)}` } : [],
    client: {
      email: `guest${index}@example.test`,
      details: { name: 'Гость', surname: `Номер-${index}`, phone: `+7900${String(index).padStart(7, '0')}` },
    },
    baskets: [
      basket({ id: index * 10, price, quantity: 1 + Math.floor(roll(12) * 3), ...refunded }),
      ...second,
      ...third,
    ],
  });
}

/** The same order after the buyer gave it up: as the API shows a cancellation, unpaid and with every basket ended. */
export function cancelled(sold: Fields, seconds: number): Fields {
  const gone = at(seconds);
  const baskets = Array.isArray(sold.baskets) ? sold.baskets : [];
  return {
    ...sold,
    payed: false,
    payed_at: null,
    deleted_at: gone,
    updated_at: gone,
    baskets: baskets.map((one) => ({ ...one, deleted_at: gone, refunded_at: null, refunded_amount: 0 })),
  };
}

/** The same order after its first basket was given back. */
export function refunded(sold: Fields, seconds: number): Fields {
  const gone = at(seconds);
  const [first, ...others] = Array.isArray(sold.baskets) ? sold.baskets : [];
  return {
    ...sold,
    updated_at: gone,
    refunds: [{ id: 1 }],
    baskets: [{ ...first, refunded_at: gone, refunded_amount: Number(first.price) }, ...others],
  };
}
