// The process that hosts chDB: started by child.ts, told everything over IPC, gone with its parent.
import { rmSync } from 'node:fs';
import { messageOf } from '../../kernel/errors.ts';
import { openEngine } from './engine.ts';
import { prepareFolders, sweepFolders } from './folders.ts';
import { grantQueries, keptLogs } from './grants.ts';
import { openLogs } from './logs.ts';
import { type Addon, loadAddon } from './native.ts';
import { type ChildAnswer, type ChildOptions, childOptions } from './options.ts';
import { httpEndpoint } from './server.ts';
import { openSessions } from './sessions.ts';

const say = (answer: ChildAnswer) =>
  new Promise<void>((resolve) => (process.send ? process.send(answer, () => resolve()) : resolve()));

async function fail(reason: 'absent' | 'in-use' | 'port' | 'other', thrown: unknown): Promise<never> {
  await say({ state: 'failed', reason, message: messageOf(thrown) });
  return process.exit(1);
}

async function main(options: ChildOptions): Promise<void> {
  process.umask(0o077);
  let addon: Addon;
  try {
    addon = loadAddon();
  } catch (thrown) {
    return fail('absent', thrown);
  }
  try {
    const folders = prepareFolders(options.dataDir, options.logLevel, grantQueries(options.grants), options.filters);
    // Only one process gets past this line on a folder: the engine locks it.
    const engine = await openEngine(addon, folders, options.database);
    sweepFolders(folders);
    // Where the engine would take a path relative to: nothing of the user's lies there.
    process.chdir(folders.spool);
    const [sessions, logs] = [openSessions(engine), await openLogs(engine, keptLogs(options.grants))];
    const server = httpEndpoint({ engine, sessions, logs, database: options.database, running: new Set() }, options);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
    process.once('message', async () => {
      // Asked to stop: what is logged is written, then nothing needs to be waited for.
      server.close();
      await logs.close();
      process.exit(0);
    });
    const address = server.address();
    await say({ state: 'ready', port: typeof address === 'object' && address !== null ? address.port : options.port });
  } catch (thrown) {
    const text = messageOf(thrown);
    const folderInUse = /Code: 76\b|CANNOT_OPEN_FILE|another (server|process)|already locked/i.test(text);
    await fail(
      /\bE(ADDRINUSE|ACCES)\b/.test(text) && /\blisten\b/.test(text) ? 'port' : folderInUse ? 'in-use' : 'other',
      thrown,
    );
  }
}

let throwaway: string | undefined;
process.once('disconnect', () => {
  try {
    if (throwaway !== undefined) rmSync(throwaway, { recursive: true, force: true, maxRetries: 3 });
  } finally {
    process.exit(0);
  }
});
process.once('message', (message) => {
  const options = childOptions.parse(message);
  if (options.throwaway) throwaway = options.dataDir;
  void main(options);
});
// Ctrl-C in a terminal reaches the whole group: the parent decides when this process ends.
process.on('SIGINT', () => {});
