import type { EmbeddedEngine } from '../engine/embedded/child.ts';
import { openTarget } from '../engine/http.ts';
import type { Target } from '../engine/target.ts';
import type { TargetConfig } from '../model/target.ts';

/** A second, throwaway embedded engine: it normalises DDL and infers structures, and never holds the user's data. */
export interface Oracle {
  /** Its HTTP interface; the child is started at the first use of either. */
  target(): Promise<Target>;
  /** Structure of a sample, as `DESCRIBE` infers it: bytes, or the path of a file. */
  describe: EmbeddedEngine['describe'];
  close(): Promise<void>;
}

export function createOracle(
  limits: Pick<TargetConfig, 'connectTimeoutMs' | 'requestTimeoutMs' | 'withholdValues'>,
  runId: string,
  readable: readonly string[] = [],
): Oracle {
  let child: Promise<EmbeddedEngine> | undefined;
  let target: Promise<Target> | undefined;
  const begin = async () => {
    const { startEmbedded } = await import('../engine/embedded/child.ts');
    return startEmbedded({ allowFiles: readable });
  };
  const start = () => {
    child ??= begin();
    return child;
  };
  const open = async () => {
    const { url, user, password } = await start();
    const config = {
      ...limits,
      kind: 'server' as const,
      url,
      user,
      password,
      database: 'default',
      settings: {},
      origin: 'oracle',
    };
    return openTarget(config, { runId: `${runId}-oracle` });
  };
  return {
    target() {
      target ??= open();
      return target;
    },
    describe: async (...asked) => (await start()).describe(...asked),
    async close() {
      await target?.then((opened) => opened.close()).catch(() => undefined);
      await child?.then((started) => started.stop()).catch(() => undefined);
    },
  };
}
