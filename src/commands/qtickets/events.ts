import { latestFact } from '../../load/qtickets/facts.ts';
import { refresh } from '../../load/qtickets/rebuild.ts';
import { type EventInfo, eventInfo, eventRow } from '../../source/qtickets/event.ts';
import { eventPlaces, inventoryRow, openEvents } from '../../source/qtickets/inventory.ts';
import { pages } from '../../source/qtickets/pages.ts';
import { noteDrift } from '../../source/qtickets/shapes.ts';
import { count, type World } from './world.ts';

const PATH = '/events';
/** An event weighs 120 kB with the plans of its halls. */
const PER_PAGE = 10;
/** Events whose shows are asked at a time; the client bounds the requests themselves. */
const TOGETHER = 8;

/** All events, by id; of each only what is needed is kept. @throws ApiError */
export async function readEvents(world: World): Promise<Map<string, EventInfo>> {
  const { client, findings, told } = world;
  const events = new Map<string, EventInfo>();
  count(told.records, 'events', 0);
  for await (const { number, records } of pages(client, { path: PATH, perPage: PER_PAGE }, findings)) {
    for (const [index, record] of records.entries()) {
      const place = { resource: PATH, at: `page ${number}, data[${index}]` };
      noteDrift('event', record, place, findings);
      const event = eventInfo(record);
      if (event === undefined) findings.reject(place, 'no id', undefined);
      else if (!events.has(event.id)) {
        events.set(event.id, event);
        count(told.records, 'events', 1);
      }
    }
  }
  return events;
}

/** Stages a snapshot of the places of every event that may still be sold. @throws ApiError, EngineError */
export async function stageInventory(world: World, events: ReadonlyMap<string, EventInfo>): Promise<void> {
  const { client, findings, window, version, told, settings } = world;
  told.rows.inventory_rows = 0;
  if (settings.skip.inventory) {
    told.skipped.push({ resource: 'inventory', reason: 'disabled_via_flag' });
    return;
  }
  const upsert = world.into('inventory');
  const open = openEvents([...events.values()], window.to);
  for (let at = 0; at < open.length; at += TOGETHER) {
    world.signal.throwIfAborted();
    const some = open.slice(at, at + TOGETHER);
    const places = await Promise.all(some.map((event) => eventPlaces(client, event, window.to, findings)));
    for (const [index, event] of some.entries()) {
      const found = places[index];
      if (found) await upsert.add(inventoryRow(event, found, window.to, version));
    }
    told.rows.inventory_rows += some.length;
  }
  await upsert.flush();
}

/** @throws EngineError */
export async function stageEvents(world: World, events: ReadonlyMap<string, EventInfo>): Promise<void> {
  const upsert = world.into('events');
  for (const event of events.values()) await upsert.add(eventRow(event, world.version));
  await upsert.flush();
}

/** The newest snapshots, one an event. @throws EngineError */
export async function refreshLatest(world: World): Promise<void> {
  if (world.dryRun || (world.told.rows.inventory_rows ?? 0) === 0) return;
  const rows = await refresh(latestFact(world.tables), {
    target: world.target,
    signal: world.signal,
    clone: world.clone,
    note: (sentence) => void world.findings.notes.add(sentence),
  });
  world.told.facts.push({ key: 'latest', rows });
}
