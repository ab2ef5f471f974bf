import { lookAt } from '../../src/commands/look.ts';
import { openTarget } from '../../src/engine/http.ts';
import { createScratch } from '../../src/evidence/scratch.ts';
import type { TargetConfig } from '../../src/model/target.ts';

/** Run as a program: makes a scratch clone, says so, and stays in the middle of its use until it is killed. */
const [config = '{}', ledger = ''] = process.argv.slice(2);
const parsed: TargetConfig = JSON.parse(config);
const target = await openTarget(parsed, { runId: 'held' });
const outside = await lookAt(target, 'test', new AbortController().signal);
const [table] = await outside.schema([{ database: 'shop', table: 'every' }]);
if (!table) throw new Error('no table to clone');
await createScratch({ id: 'held', ledger })(outside, table, async (clone) => {
  process.stdout.write(`${clone.name.table}\n`);
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
