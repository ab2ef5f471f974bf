import { stageBestEffort } from './best-effort.ts';
import { readEvents, refreshLatest, stageEvents, stageInventory } from './events.ts';
import { refreshSales, stageOrders } from './sales.ts';
import type { World } from './world.ts';

/**
 * One window, from the API to the facts. The order is that of the tables: what a kill leaves is staged before it is summed,
 * and the next run over the same window sums it anew.
 * @throws ApiError, EngineError
 */
export async function loadWindow(world: World): Promise<void> {
  const events = await readEvents(world);
  if (!world.dryRun) await world.state.begin(world.window.from);
  const stored = await stageOrders(world, events);
  await stageInventory(world, events);
  await stageEvents(world, events);
  await refreshSales(world, stored);
  await stageBestEffort(world, events);
  await refreshLatest(world);
}
