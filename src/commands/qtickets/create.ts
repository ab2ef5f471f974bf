import { openTarget } from '../../engine/http.ts';
import { schemaFiles } from '../../evidence/schema-files.ts';
import { plural } from '../../kernel/format.ts';
import { createAll, databaseStatement, missingOn, wantedBy } from '../../load/create-missing.ts';
import type { Config } from '../../model/config.ts';
import type { Io } from '../outcome.ts';

/** `--create`: makes the tables that are missing, before the checks look at them. @throws EngineError */
export async function createMissing(config: Config, io: Io): Promise<void> {
  if (config.schemaDir === undefined) return;
  const { wanted } = wantedBy(await schemaFiles(config.schemaDir), config.target.database);
  const use = async <T>(database: string, work: (target: Awaited<ReturnType<typeof openTarget>>) => Promise<T>) => {
    const target = await openTarget({ ...config.target, database }, { runId: 'create' });
    try {
      return await work(target);
    } finally {
      await target.close();
    }
  };
  // A database that is not there yet cannot be the one that a statement is sent to; the embedded engine makes its own.
  const aside = config.target.kind === 'server' ? 'default' : config.target.database;
  const plan = await use(aside, async (target) => {
    const found = await missingOn(target, wanted, io.stop);
    for (const name of found.databases) await target.command(databaseStatement(name), { signal: io.stop });
    return found;
  });
  if (plan.objects.length === 0) return;
  await use(config.target.database, (target) => createAll(target, plan.objects, io.stop, () => undefined));
  io.say(
    `${plural(plan.objects.length, 'missing table')} created: ${plan.objects.map(({ name }) => name.table).join(', ')}\n`,
  );
}
