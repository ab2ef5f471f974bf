import { z } from 'zod';
import type { SkippedResource } from '../../model/api-source.ts';
import type { Client } from './client.ts';
import { type Findings, typeName } from './drift.ts';
import { ApiError } from './errors.ts';
import { pages } from './pages.ts';
import { type RecordContext, type RecordName, recordRow } from './records.ts';
import { noteDrift } from './shapes.ts';
import { shownId, shownPath } from './words.ts';

export interface Found {
  rows: Record<string, unknown>[];
  records: number;
}

interface Asked {
  name: RecordName;
  path: string;
  paged: boolean;
}

/** Resources that a load can do without, and where they lie. Barcodes and partner tickets are asked one show, one request at a time. */
export const LISTS: Record<'clients' | 'price_shades' | 'discounts' | 'promo_codes', Asked> = {
  clients: { name: 'client', path: '/clients', paged: true },
  price_shades: { name: 'price_shade', path: '/color-themes', paged: false },
  discounts: { name: 'discount', path: '/discounts', paged: true },
  promo_codes: { name: 'promo_code', path: '/promo-codes', paged: true },
};

/** One request to the Partners API, as the configuration names it. */
export const findRequest = z.strictObject({
  filter: z.record(z.string(), z.unknown()),
  event_id: z.string().or(z.int()).optional(),
  show_id: z.string().or(z.int()).optional(),
});
export type FindRequest = z.infer<typeof findRequest>;

function rowsOf(
  name: RecordName,
  records: readonly unknown[],
  where: { path: string; page: string },
  context: RecordContext,
  findings: Findings,
): Found {
  const rows: Record<string, unknown>[] = [];
  for (const [index, record] of records.entries()) {
    const place = { resource: where.path, at: `${where.page}data[${index}]` };
    noteDrift(name, record, place, findings);
    const row = recordRow(name, record, context);
    if (row === undefined) findings.reject(place, 'no id', undefined);
    else rows.push(row);
  }
  return { rows, records: records.length };
}

/** The list in an answer that is not paged: bare, or under `data`. */
function listIn(answer: unknown, asked: string, findings: Findings): unknown[] {
  const path = shownPath(asked);
  const wrapped = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : answer;
  if (Array.isArray(wrapped)) return wrapped;
  findings.drift({ resource: path, at: 'answer' }, 'shape', '', 'a list', typeName(wrapped));
  const message = `GET ${path} answered ${typeName(wrapped)} where a list was expected`;
  throw new ApiError({ code: 'API_SHAPE', message, path });
}

/** Records of one of the lists, page by page. @throws ApiError */
export async function* readList(
  client: Client,
  list: Asked,
  context: RecordContext,
  findings: Findings,
): AsyncGenerator<Found> {
  const { name, path } = list;
  if (!list.paged) {
    yield rowsOf(name, listIn(await client.get(path, {}), path, findings), { path, page: '' }, context, findings);
    return;
  }
  for await (const { number, records } of pages(client, { path }, findings))
    yield rowsOf(name, records, { path, page: `page ${number}, ` }, context, findings);
}

/** Barcodes of one show. @throws ApiError */
export async function readBarcodes(
  client: Client,
  show: { id: string; eventId: string },
  context: RecordContext,
  findings: Findings,
): Promise<Found> {
  const path = `/shows/${encodeURIComponent(show.id)}/barcodes`;
  const records = listIn(await client.get(path, {}), path, findings);
  const where = { path: '/shows/{id}/barcodes', page: `show ${shownId(show.id)}, ` };
  return rowsOf('barcode', records, where, { ...context, eventId: show.eventId, showId: show.id }, findings);
}

const partnerAnswer = z.looseObject({ result: z.unknown() });

/** Tickets that one request to the Partners API finds. @throws ApiError */
export async function readPartnerTickets(
  client: Client,
  { filter, event_id, show_id }: FindRequest,
  context: RecordContext,
  findings: Findings,
): Promise<Found> {
  const ids = [event_id, show_id].filter((id) => id !== undefined).map((id) => encodeURIComponent(String(id)));
  const path = ['/tickets/find', ...ids].join('/');
  const answer = partnerAnswer.safeParse(await client.get(path, { filter }));
  const result = answer.success ? answer.data.result : undefined;
  const records = Array.isArray(result) ? result : typeof result === 'object' && result !== null ? [result] : undefined;
  if (records === undefined) {
    const shown = shownPath(path);
    const message = `GET ${shown} answered ${typeName(result)} as result where tickets were expected`;
    throw new ApiError({ code: 'API_SHAPE', message, path: shown });
  }
  const own = { ...context, eventId: String(event_id ?? ''), showId: String(show_id ?? '') };
  return rowsOf('partner_ticket', records, { path: '/tickets/find', page: '' }, own, findings);
}

/** A refusal (403) or an absence (404) of something a load can do without; undefined for what must fail it. */
export function skippedBy(error: unknown, resource: string): SkippedResource | undefined {
  if (!(error instanceof ApiError) || (error.status !== 403 && error.status !== 404)) return undefined;
  return {
    resource,
    reason: error.status === 403 ? 'http_403' : 'http_404',
    details: error.message,
    ...(error.requestId === undefined ? {} : { request_id: error.requestId }),
  };
}
