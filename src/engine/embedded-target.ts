import { realpath } from 'node:fs/promises';
import type { TargetConfig } from '../model/target.ts';
import { EngineError } from './errors.ts';
import { httpTarget } from './http-target.ts';
import type { Target, TargetHooks } from './target.ts';

/** A connection breaks before the news of the process's end arrives: so long it is waited for, ms. */
const NEWS_MS = 1000;

/**
 * Starts the embedded engine in a child process and speaks HTTP to it; `close()` stops it. Throws `WitnessError`
 * when it cannot start.
 */
export async function openEmbedded(config: TargetConfig, hooks: TargetHooks): Promise<Target> {
  const { startEmbedded } = await import('./embedded/child.ts');
  const child = await startEmbedded({ dataDir: config.dataDir, database: config.database });
  let stopped = false;
  const died = async (thrown: unknown): Promise<unknown> => {
    if (stopped || !(thrown instanceof EngineError) || !['refused', 'reset', 'other'].includes(thrown.failure)) {
      return thrown;
    }
    let timer: NodeJS.Timeout | undefined;
    const alive = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), NEWS_MS);
    });
    const why = await Promise.race([child.exited, alive]);
    clearTimeout(timer);
    if (why === undefined) return thrown;
    return new EngineError({ failure: 'engine-died', message: why, queryId: thrown.queryId, cause: thrown });
  };
  // Two spellings of one folder are one folder.
  const dataDir = config.dataDir === undefined ? undefined : await realpath(config.dataDir);
  const settled = { ...config, dataDir, url: child.url, user: child.user, password: child.password, proxy: undefined };
  return httpTarget(settled, new URL(child.url), hooks, {
    reconsider: died,
    async onClose() {
      stopped = true;
      await child.stop();
    },
  });
}
