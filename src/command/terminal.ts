import { readlinkSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { childOf } from './left-behind.ts';

const CTRL_C = 3;
/** Two of them within this time are meant for the witness, ms. */
const AGAIN_MS = 1000;

/** Process that leads the session inside of the terminal which `script` made; undefined when it never came, or is gone already. */
export async function leaderInside(script: number, isOver: () => boolean): Promise<number | undefined> {
  for (let attempt = 0; attempt < 100 && !isOver(); attempt += 1) {
    const child = childOf(script);
    if (child !== undefined) return child;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return undefined;
}

/** Hands what is typed to the command's terminal as it is; Ctrl-C becomes an interrupt there. Returns what undoes it. */
export function passKeys(stdin: NodeJS.ReadStream, input: Writable): () => void {
  let last = Number.NEGATIVE_INFINITY;
  const typed = (bytes: Buffer) => {
    input.write(bytes);
    for (const _ of bytes.filter((byte) => byte === CTRL_C)) {
      const now = performance.now();
      // Once stops us, twice gives up, as two presses outside of a terminal of its own do.
      if (now - last < AGAIN_MS) for (const signal of ['SIGINT', 'SIGINT']) process.kill(process.pid, signal);
      last = now;
    }
  };
  input.on('error', () => undefined);
  stdin.setRawMode(true);
  stdin.on('data', typed);
  stdin.resume();
  return () => {
    stdin.off('data', typed);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Follows the size of our terminal. Returns what ends it. */
export function passSize(ours: NodeJS.WriteStream, leader: number): () => void {
  const resized = async () => {
    try {
      const theirs = readlinkSync(`/proc/${leader}/fd/0`);
      await execa('stty', ['-F', theirs, 'rows', String(ours.rows), 'columns', String(ours.columns)]);
    } catch {
      // The command has closed it, or ended: nobody is there to see the size.
    }
  };
  const listener = () => void resized();
  ours.on('resize', listener);
  return () => ours.off('resize', listener);
}
