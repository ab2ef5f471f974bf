import { type FixtureApi, startFixtureApi } from '../../test/helpers/qtickets/fixture-api.ts';
import { event, seats } from '../../test/helpers/qtickets/invent.ts';
import { orderOf, type Season } from '../../test/helpers/qtickets/many.ts';

export const TOKEN = 'a-token-that-nobody-has';
const DAY_S = 86_400;
const EVENTS = 8;
const ORDERS = 4000;

/** An invented organisation behind the API, with what the real one is known for: many pages, a 429, a 403 for clients, odd seats. */
export function startOrganisation(nowMs: number): Promise<FixtureApi> {
  const now = Math.floor(nowMs / 1000);
  const season: Season = { seed: 7, count: ORDERS, from: now - 20 * DAY_S, to: now - 600, events: EVENTS };
  const ids = Array.from({ length: EVENTS }, (_, index) => 1000 + index);
  return startFixtureApi({
    token: TOKEN,
    data: {
      orders: Array.from({ length: ORDERS }, (_, index) => orderOf(season, index)),
      events: ids.map((id) => event(id, now + 7 * DAY_S)),
      // One hall is sold out, one answers with places that say nothing of their quantity.
      seats: new Map(
        ids.map((id) => [
          String(id * 10 + 1),
          seats(
            id === 1001
              ? [{ max: null, free: null }]
              : [
                  { max: 1, free: id === 1000 ? 0 : 1 },
                  { max: 200, free: id === 1000 ? 0 : 80 },
                ],
          ),
        ]),
      ),
      discounts: [{ id: 1, name: 'Early', type: 'P', active_from: null, active_to: null }],
    },
    intercept: ({ path, number }) => {
      if (path === '/orders' && number === 3)
        return { status: 429, headers: { 'retry-after': '1' }, body: { error: 'Too many requests', status: 429 } };
      if (path === '/clients') return { status: 403, body: { error: 'Forbidden', status: 403 } };
      return undefined;
    },
  });
}
