import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/kernel/package.ts';

export const CLI = join(packageRoot, 'dist', 'src', 'cli.js');

/** A line above what follows, and nothing of it where another program reads along. */
export function heading(text: string): void {
  process.stdout.write(`\n━━ ${text}\n\n`);
}

export interface Played {
  code: number;
  /** What it printed, shown meanwhile. */
  printed: string;
}

/** Runs the built command as a user would, its output shown as it comes. */
export function play(args: readonly string[], env: Record<string, string> = {}): Promise<Played> {
  process.stdout.write(`$ chwitness ${args.join(' ')}\n`);
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  // A wrapped command has standard output to itself; the witness then reports on standard error.
  const show = (chunk: Buffer, stream: NodeJS.WriteStream) => {
    printed += chunk.toString();
    stream.write(chunk);
  };
  child.stdout.on('data', (chunk: Buffer) => show(chunk, process.stdout));
  child.stderr.on('data', (chunk: Buffer) => show(chunk, process.stderr));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? 1, printed })));
}

export interface Server {
  url: string;
  host: string;
  port: string;
  password: string;
  passwordFile: string;
  /** @throws with the server's text when it refuses */
  sql(statement: string): Promise<void>;
  stop(): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** The sandbox, in the place of a server: `chwitness sandbox` with a random password. */
export async function startServer(folder: string): Promise<Server> {
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  // In a process group of its own: Ctrl-C on the terminal is for the part being played, this ends after it.
  const child = spawn(process.execPath, [CLI, 'sandbox', '--password-file', passwordFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(`the sandbox did not start:\n${said}`)));
  });
  const { hostname, port } = new URL(url);
  return {
    url,
    host: hostname,
    port,
    password,
    passwordFile,
    async sql(statement) {
      const headers = { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': password };
      const answer = await fetch(url, { method: 'POST', body: statement, headers });
      if (!answer.ok) throw new Error(await answer.text());
    },
    async stop() {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}
