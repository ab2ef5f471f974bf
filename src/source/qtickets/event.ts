import { z } from 'zod';
import { idText } from './exact-json.ts';
import { instantOf, moscowDay } from './times.ts';

/** What is kept of an event while a window is loaded. */
export interface EventInfo {
  id: string;
  name: string;
  /** Lower case; '' where the API names none. */
  city: string;
  startDate: string | null;
  endDate: string | null;
  deleted: boolean;
  /** Live shows, as far as their list could be read; undefined when there is no list. */
  shows: { id: string; finishes: number | undefined }[] | undefined;
}

const set = (value: unknown) => value !== undefined && value !== null && value !== '';
const readable = z.looseObject({
  id: z.unknown(),
  name: z.unknown(),
  city: z.unknown(),
  shows: z.array(z.looseObject({})).nullish().catch(undefined),
});
const city = z.looseObject({ name: z.string() });

/** An event from its record; undefined when it has no id. */
export function eventInfo(raw: unknown): EventInfo | undefined {
  const parsed = readable.safeParse(raw);
  const id = parsed.success ? idText(parsed.data.id) : undefined;
  if (!parsed.success || id === undefined) return undefined;
  const { name, shows } = parsed.data;
  const cityName =
    typeof parsed.data.city === 'string' ? parsed.data.city : city.safeParse(parsed.data.city).data?.name;
  const live = (shows ?? []).filter((show) => !set(show.deleted_at));
  const starts = live.flatMap((show) => instantOf(show.start_date)?.seconds ?? []);
  const ends = live.flatMap((show) => instantOf(show.finish_date)?.seconds ?? []);
  return {
    id,
    name: typeof name === 'string' ? name : '',
    city: (cityName ?? '').trim().toLowerCase(),
    startDate: starts.length === 0 ? null : moscowDay(Math.min(...starts)),
    endDate: ends.length === 0 ? null : moscowDay(Math.max(...ends)),
    deleted: set(parsed.data.deleted_at),
    shows: Array.isArray(shows)
      ? live.flatMap((show) => {
          const showId = idText(show.id);
          return showId === undefined ? [] : [{ id: showId, finishes: instantOf(show.finish_date)?.seconds }];
        })
      : undefined,
  };
}

export interface EventRow {
  event_id: string;
  event_name: string;
  city: string;
  start_date: string | null;
  end_date: string | null;
  _ver: number;
}

export function eventRow(event: EventInfo, version: number): EventRow {
  return {
    event_id: event.id,
    event_name: event.name,
    city: event.city,
    start_date: event.startDate,
    end_date: event.endDate,
    _ver: version,
  };
}
