import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../src/engine/embedded/child.ts';
import { openTarget } from '../../src/engine/http.ts';
import type { Target } from '../../src/engine/target.ts';
import { probeHooks } from './target-hooks.ts';

/** Data in a database `shop` that outlives its engine, so that users with other privileges can be tried on it one after another. */
export interface GrantedPlace {
  /** An engine whose one user may do just this, until `use` ends. Statements as an administrator would run them, TO whom left in. */
  as<T>(grants: readonly string[], use: (engine: Granted) => Promise<T>, filters?: Record<string, string>): Promise<T>;
  close(): void;
}

export interface Granted {
  target: Target;
  url: string;
  user: string;
  password: string;
}

/** `users_config` takes grants as they are printed, but not to whom. */
const withoutGrantee = (statement: string) => statement.replace(/\s+TO\s+\S+\s*;?$/, '');

/** Runs `furnish` with all privileges first. */
export async function grantedPlace(furnish: (target: Target) => Promise<void>): Promise<GrantedPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-granted-'));
  const dataDir = join(folder, 'data');
  const open = async <T>(
    grants: readonly string[] | undefined,
    database: string,
    filters: Record<string, string>,
    use: (engine: Granted) => Promise<T>,
  ): Promise<T> => {
    const engine = await startEmbedded({ dataDir, grants, filters });
    try {
      const { url, user, password } = engine;
      const config = { kind: 'server' as const, database, connectTimeoutMs: 5000, requestTimeoutMs: 60_000 };
      const target = await openTarget({ ...config, url, user, password, settings: {}, origin: 'test' }, probeHooks());
      try {
        return await use({ target, url, user, password });
      } finally {
        await target.close();
      }
    } finally {
      await engine.stop();
    }
  };
  await open(undefined, 'default', {}, ({ target }) => furnish(target));
  return {
    as: (grants, use, filters = {}) => open(grants.map(withoutGrantee), 'shop', filters, use),
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
