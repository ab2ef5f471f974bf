import type { TargetConfig } from '../model/target.ts';
import { EngineError } from './errors.ts';
import { httpTarget } from './http-target.ts';
import type { Target, TargetHooks } from './target.ts';
import { speaksTls } from './tls-probe.ts';

/** Plain HTTP to a TLS port is answered by silence: a second look tells it from a connection that broke. */
async function secondLook(thrown: unknown, config: TargetConfig, url: URL): Promise<unknown> {
  const suspicious = thrown instanceof EngineError && thrown.failure === 'reset';
  if (!suspicious || url.protocol !== 'http:' || config.proxy !== undefined) return thrown;
  if (!(await speaksTls(url, Math.min(config.connectTimeoutMs, 2000)))) return thrown;
  return new EngineError({
    failure: 'tls',
    message: `${url.origin} speaks TLS on this port: use https://`,
    queryId: thrown.queryId,
    cause: thrown,
  });
}

/**
 * Opens a target: a server, or the embedded engine in a child process of its own. A server is not asked anything yet:
 * the first statement learns what it takes. Throws `EngineError` when the embedded engine cannot start.
 */
export async function openTarget(config: TargetConfig, hooks: TargetHooks): Promise<Target> {
  if (config.kind === 'embedded') return (await import('./embedded-target.ts')).openEmbedded(config, hooks);
  const url = new URL(config.url);
  return httpTarget(config, url, hooks, {
    reconsider: async (thrown, met) => (met ? thrown : secondLook(thrown, config, url)),
  });
}
