import { closeSync, constants, openSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';

/** A pipe of the system: we read at one end, the command writes at the other. */
export interface Pipe {
  reader: Socket;
  /** Descriptor to hand to the command; closed by `release` once it has it. */
  writer: number;
  release(): void;
}

/**
 * Makes pipes that are truly pipes, by way of named ones that are gone at once. What `spawn` calls a pipe is a socket: a
 * command that opens /dev/stdout or /dev/stderr by name, as scripts and log settings do, would fail on it.
 * @param folder of our own, 0700
 */
export async function makePipes(folder: string, count: number): Promise<Pipe[]> {
  const paths = Array.from({ length: count }, (_, index) => join(folder, `pipe-${process.pid}-${index}`));
  await execa('mkfifo', ['-m', '600', ...paths]);
  return paths.map((path) => {
    // The reading end first: without one, opening the writing end would wait.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    let held = true;
    return {
      reader: new Socket({ fd, readable: true, writable: false }),
      writer,
      release() {
        if (held) closeSync(writer);
        held = false;
      },
    };
  });
}
