import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Someone at a terminal: a real pseudo-terminal with keys to press and a window to resize. */
export interface Terminal {
  /** All that was shown, as it came. */
  readonly shown: string;
  press(keys: string): void;
  /** Waits for something on the screen; rejects after 30 s, or when the session ends first. */
  until(what: RegExp): Promise<void>;
  /** Changes the size of the window. */
  resize(rows: number, columns: number): void;
  /** Exit code of what ran in it, and all that was shown. */
  ended: Promise<{ code: number | null; shown: string }>;
}

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

/** `script` of util-linux makes the terminal and hands it what comes in on its standard input. */
export function openTerminal(line: string, { cwd, env = {} }: { cwd: string; env?: Record<string, string> }): Terminal {
  const child = spawn('script', ['-q', '-f', '-e', '-c', `stty rows 30 columns 100; ${line}`, '/dev/null'], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8', SHELL: '/bin/sh', TERM: 'xterm-256color', ...env },
  });
  let shown = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
    });
  child.stdin.on('error', () => undefined);
  let over = false;
  const ended = new Promise<{ code: number | null; shown: string }>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ code, shown });
    });
  });
  return {
    get shown() {
      return shown;
    },
    press: (keys) => void child.stdin.write(keys),
    async until(what) {
      const deadline = performance.now() + 30_000;
      while (!what.test(shown)) {
        if (over || performance.now() > deadline) throw new Error(`${what} was not shown:\n${shown}`);
        await sleep(10);
      }
    },
    resize(rows, columns) {
      const [inner] = readdirSync('/proc').filter((pid) => parentOf(pid) === child.pid);
      const tty = readlinkSync(`/proc/${inner}/fd/0`);
      spawnSync('stty', ['-F', tty, 'rows', String(rows), 'columns', String(columns)]);
    },
    ended,
  };
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
