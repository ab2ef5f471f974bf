import type { Client } from './client.ts';
import type { Findings } from './drift.ts';
import { ApiError } from './errors.ts';
import type { EventInfo } from './event.ts';
import { snapshotKey } from './keys.ts';
import { addPlaces, type Places, placesOf } from './seats.ts';
import { shownId } from './words.ts';

export interface InventoryRow {
  /** Unix seconds. */
  snapshot_ts: number;
  event_id: string;
  event_name: string;
  city: string;
  tickets_total: number | null;
  tickets_left: number | null;
  _ver: number;
  _dedup_key: string;
}

/** Shows whose places may still change. */
export function openShows(event: EventInfo, now: number): string[] {
  if (event.deleted) return [];
  return (event.shows ?? []).flatMap((show) => (show.finishes === undefined || show.finishes >= now ? [show.id] : []));
}

/** Events of which a snapshot says something: those with a show to come, or of which it is not known. */
export function openEvents(events: readonly EventInfo[], now: number): EventInfo[] {
  return events.filter(
    (event) =>
      !event.deleted && (event.shows === undefined || event.shows.length === 0 || openShows(event, now).length > 0),
  );
}

/**
 * Places of an event over its open shows. A show that cannot be seen (403, 404) makes the sums unknown, and the event partial;
 * other events do not suffer from it.
 * @throws ApiError for any other failure
 */
export async function eventPlaces(
  client: Client,
  event: EventInfo,
  now: number,
  findings: Findings,
): Promise<Places & { partial: boolean }> {
  const all: Places[] = [];
  let partial = false;
  for (const show of openShows(event, now)) {
    const path = `/shows/${encodeURIComponent(show)}/seats`;
    try {
      const answer = await client.get(path, { flat: true });
      all.push(placesOf(answer, { resource: '/shows/{id}/seats', at: `show ${shownId(show)}` }, findings));
    } catch (error) {
      if (!(error instanceof ApiError) || (error.status !== 404 && error.status !== 403)) throw error;
      partial = true;
      all.push({ total: null, left: null });
      findings.notes.add(
        `event ${shownId(event.id)} is partial: show ${shownId(show)} answered ${error.status}, so its places are not known`,
      );
    }
  }
  return { ...addPlaces(all), partial };
}

export function inventoryRow(event: EventInfo, places: Places, snapshotTs: number, version: number): InventoryRow {
  return {
    snapshot_ts: snapshotTs,
    event_id: event.id,
    event_name: event.name,
    city: event.city,
    tickets_total: places.total,
    tickets_left: places.left,
    _ver: version,
    _dedup_key: snapshotKey(event.id, snapshotTs),
  };
}
