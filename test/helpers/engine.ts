import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import type { TargetConfig } from '../../src/model/target.ts';
import { type HooksProbe, probeHooks } from './target-hooks.ts';

/** One embedded engine for a test file: start it in `beforeAll`, close it in `afterAll`. */
export interface TestEngine {
  target: Target;
  hooks: HooksProbe;
  folder: string;
  close(): Promise<void>;
}

export function embeddedConfig(change: Partial<TargetConfig> = {}): TargetConfig {
  return {
    kind: 'embedded',
    url: '',
    database: 'default',
    user: 'default',
    password: '',
    connectTimeoutMs: 5000,
    requestTimeoutMs: 60_000,
    settings: {},
    origin: 'test',
    ...change,
  };
}

/** Starts the embedded engine on a folder of its own, which `close` removes. */
export async function startEngine(change: Partial<TargetConfig> = {}): Promise<TestEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-engine-'));
  const hooks = probeHooks();
  try {
    const target = await openTarget(embeddedConfig({ dataDir: join(folder, 'data'), ...change }), hooks);
    return {
      target,
      hooks,
      folder,
      async close() {
        await target.close();
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      },
    };
  } catch (thrown) {
    rmSync(folder, { recursive: true, force: true });
    throw thrown;
  }
}
