import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../engine/embedded/child.ts';

export interface SandboxRequest {
  port: number;
  /** Kept at the end; a throwaway folder when absent. */
  dataDir?: string | undefined;
  user?: string | undefined;
  /** Random when absent. */
  password?: string | undefined;
  /** Ends the sandbox. */
  signal: AbortSignal;
  /** Told once it answers. The password is in `curlConfig` only, a file of mode 0600 that is gone at the end. */
  ready(sandbox: { url: string; user: string; curlConfig: string; passwordFile: string }): void;
}

/** Quotes a value for a curl config file: backslash and double quote are escaped there, nothing else. */
function curlQuoted(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/**
 * Serves the embedded engine over HTTP on loopback until the signal comes.
 * @returns why it ended: `stopped`, or a sentence when the engine ended by itself
 */
export async function serveSandbox(request: SandboxRequest): Promise<'stopped' | { died: string }> {
  const { port, dataDir, user, password, signal } = request;
  const engine = await startEmbedded({ port, dataDir, user, password, signal });
  const folder = await mkdtemp(join(tmpdir(), 'chwitness-sandbox-'));
  try {
    const curlConfig = join(folder, 'curl.conf');
    const passwordFile = join(folder, 'password');
    await writeFile(curlConfig, `user = ${curlQuoted(`${engine.user}:${engine.password}`)}\n`, { mode: 0o600 });
    await writeFile(passwordFile, `${engine.password}\n`, { mode: 0o600 });
    request.ready({ url: engine.url, user: engine.user, curlConfig, passwordFile });
    const asked = new Promise<'stopped'>((done) => {
      if (signal.aborted) done('stopped');
      signal.addEventListener('abort', () => done('stopped'), { once: true });
    });
    return await Promise.race([asked, engine.exited.then((died) => ({ died }))]);
  } finally {
    await engine.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
