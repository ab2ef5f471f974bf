import { expect } from 'vitest';
import type { Asked } from './fixture-api.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+03:00$/;
const time = expect.stringMatching(TIME);
const page = expect.any(Number);
const orderBy = { id: 'asc' };
const between = (column: string) => [
  { column, operator: '>=', value: time },
  { column, operator: '<', value: time },
];
const sold = [{ column: 'payed', value: 1 }, ...between('payed_at')];
const changed = between('updated_at');

/** The body with which each resource is to be asked. */
function bodyOf({ path, sent }: Asked): unknown {
  if (path === '/orders')
    return { where: JSON.stringify(sent).includes('payed_at') ? sold : changed, orderBy, page, perPage: 200 };
  if (path === '/events') return { orderBy, page, perPage: 10 };
  if (path.endsWith('/seats')) return { flat: true };
  if (path.endsWith('/barcodes') || path === '/color-themes') return {};
  if (path.startsWith('/tickets/find')) return { filter: expect.any(Object) };
  return { orderBy, page };
}

/** The rules above all: nothing but GET is sent, all that narrows it down stands in a JSON body, and nothing in the URL. */
export function demandReads(asked: readonly Asked[]): void {
  for (const one of asked) {
    expect({ verb: one.verb, path: one.path, query: one.query, body: one.sent }).toEqual({
      verb: 'GET',
      path: one.path,
      query: '',
      body: bodyOf(one),
    });
  }
}
