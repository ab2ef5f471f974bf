import { z } from 'zod';
import { WitnessError } from '../../kernel/errors.ts';
import type { StagingKey } from '../../load/qtickets/tables.ts';
import {
  type FindRequest,
  type Found,
  findRequest,
  LISTS,
  readBarcodes,
  readList,
  readPartnerTickets,
  skippedBy,
} from '../../source/qtickets/best-effort.ts';
import type { EventInfo } from '../../source/qtickets/event.ts';
import { openShows } from '../../source/qtickets/inventory.ts';
import type { RecordContext } from '../../source/qtickets/records.ts';
import { count, type World } from './world.ts';

/** Names in the metrics, as monitoring knows them. */
const METRICS = {
  clients: 'clients_rows',
  price_shades: 'price_shades_rows',
  discounts: 'discounts_rows',
  promo_codes: 'promo_code_rows',
  barcodes: 'barcode_rows',
  partner_tickets: 'partner_ticket_rows',
} as const satisfies Partial<Record<StagingKey, string>>;
type BestEffort = keyof typeof METRICS;

/** What to ask the Partners API, from its JSON. @throws WitnessError */
export function findRequestsOf(text: string | undefined): FindRequest[] {
  if (text === undefined) return [];
  try {
    return z.array(findRequest).parse(JSON.parse(text));
  } catch (cause) {
    throw new WitnessError({
      code: 'CONFIG_INVALID_VALUE',
      what: 'The requests to the Partners API are no JSON list of { filter, event_id, show_id }',
      where: 'QTICKETS_PARTNERS_FIND_REQUESTS',
      next: 'Write it like [{"filter": {"external_order_id": "A-1"}, "event_id": 77}]',
      cause,
    });
  }
}

async function* barcodes(world: World, events: readonly EventInfo[], context: RecordContext): AsyncGenerator<Found> {
  for (const event of events)
    for (const id of openShows(event, world.window.to))
      yield await readBarcodes(world.client, { id, eventId: event.id }, context, world.findings);
}

async function* partnerTickets(world: World, context: RecordContext): AsyncGenerator<Found> {
  for (const request of findRequestsOf(world.settings.partners.findRequests))
    yield await readPartnerTickets(world.partners(), request, context, world.findings);
}

/** Stages what a load can do without: a refusal or an absence (403, 404) leaves it out and is noted. @throws for any other failure */
export async function stageBestEffort(world: World, events: ReadonlyMap<string, EventInfo>): Promise<void> {
  const { client, findings, settings, told } = world;
  const context: RecordContext = { version: world.version, ingestTs: world.window.to };
  const readers: Record<BestEffort, () => AsyncGenerator<Found>> = {
    clients: () => readList(client, LISTS.clients, context, findings),
    price_shades: () => readList(client, LISTS.price_shades, context, findings),
    discounts: () => readList(client, LISTS.discounts, context, findings),
    promo_codes: () => readList(client, LISTS.promo_codes, context, findings),
    barcodes: () => barcodes(world, [...events.values()], context),
    partner_tickets: () => partnerTickets(world, context),
  };
  for (const name of Object.keys(METRICS) as BestEffort[]) {
    told.rows[METRICS[name]] = 0;
    if (settings.skip[name]) {
      told.skipped.push({ resource: name, reason: 'disabled_via_flag' });
      continue;
    }
    const upsert = world.into(name);
    try {
      for await (const { rows, records } of readers[name]()) {
        world.signal.throwIfAborted();
        count(told.records, name, records);
        count(told.rows, METRICS[name], rows.length);
        for (const row of rows) await upsert.add(row);
      }
    } catch (error) {
      const skipped = skippedBy(error, name);
      if (skipped === undefined) throw error;
      told.skipped.push(skipped);
    }
    await upsert.flush();
  }
}
