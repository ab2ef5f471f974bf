import type { TargetConfig } from '../model/target.ts';
import { EngineError } from './errors.ts';
import { httpTarget } from './http-target.ts';
import type { Target, TargetHooks } from './target.ts';

/** Starts the embedded engine in a child process and speaks HTTP to it; `close()` stops it. */
export async function openEmbedded(config: TargetConfig, hooks: TargetHooks): Promise<Target> {
  const { startEmbedded } = await import('./embedded/child.ts');
  const child = await startEmbedded({ dataDir: config.dataDir });
  let stopped = false;
  const reconsider = async (thrown: unknown) => {
    const broken = thrown instanceof EngineError && ['refused', 'reset'].includes(thrown.failure);
    if (!broken || stopped) return thrown;
    return new EngineError({
      failure: 'engine-died',
      message: 'the embedded engine ended while it was at work',
      queryId: thrown.queryId,
      cause: thrown,
    });
  };
  return httpTarget(
    { ...config, url: child.url, user: child.user, password: child.password },
    new URL(child.url),
    hooks,
    {
      reconsider,
      async onClose() {
        stopped = true;
        await child.stop();
      },
    },
  );
}
