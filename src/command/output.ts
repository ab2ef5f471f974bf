import type { Socket } from 'node:net';
import type { Clock } from '../kernel/clock.ts';
import type { OutputStream } from '../model/command.ts';
import type { KeptPiece, LiveFile } from '../model/live.ts';
import { Arrivals, type Sequence } from './arrivals.ts';

/** How long output waits until it is shown and kept, ms, when not enough comes to fill a window of redaction. */
const LIVE_MS = 25;
/** How often it is looked whether anything still comes after the command's end, ms. */
const TICK_MS = 100;
/** So many looks without anything new: a process that the command left behind holds the pipe, and is not waited for. */
const QUIET_TICKS = 3;
/** The same for one that goes on printing: what the command itself wrote is read by then. */
const TALKING_TICKS = 20;

export interface Capture {
  stream: OutputStream;
  reader: Socket;
  file: LiveFile;
  /** Takes lines for the file of arrivals. */
  arrived(lines: string): void;
  /** Redacted bytes to whoever looks on; resolves when more may come. */
  show(bytes: Uint8Array): Promise<void> | undefined;
  /** Redacted bytes to whoever reads them for what they say. */
  read(bytes: Uint8Array): void;
  sequence: Sequence;
  clock: Pick<Clock, 'now'>;
}

export interface Captured {
  /** Resolves when the stream ended, or was given up. */
  done: Promise<void>;
  /** The command has ended: what it wrote is read to its end, and whoever else holds the pipe open is not waited for. */
  commandEnded(): void;
  readonly arrivals: Arrivals;
  /** Whether somebody still held the stream open when it was given up. */
  readonly givenUp: boolean;
}

/** Reads one stream of a command: keeps it redacted, shows it, notes when it came. Reads no faster than it is shown. */
export function capture({ stream, reader, file, arrived, show, read, sequence, clock }: Capture): Captured {
  const arrivals = new Arrivals(stream, sequence);
  let givenUp = false;
  let timer: NodeJS.Timeout | undefined;
  let ticking: NodeJS.Timeout | undefined;
  let quiet = 0;
  let blocked = false;

  const give = (pieces: readonly KeptPiece[]): Promise<void> | undefined => {
    if (pieces.length === 0) return undefined;
    const lines = arrivals.settle(pieces);
    if (lines !== '') arrived(lines);
    let waiting: Promise<void> | undefined;
    for (const { bytes } of pieces) {
      read(bytes);
      waiting = show(bytes) ?? waiting;
    }
    return waiting;
  };
  const flush = () => {
    timer = undefined;
    void give(file.flush());
  };
  const watch = () => {
    let looks = 0;
    ticking = setInterval(() => {
      // Whoever looks on may be slow; while we wait for him nothing can come.
      if (blocked) return;
      looks += 1;
      quiet += 1;
      if (quiet < QUIET_TICKS && looks < TALKING_TICKS) return;
      givenUp = true;
      reader.destroy();
    }, TICK_MS);
  };

  /** Keeps up with the pipe, so that the command never waits for us; it waits for whoever looks on, as it would without us. */
  const take = (chunk: Uint8Array) => {
    quiet = 0;
    arrivals.note(chunk.length, clock.now().getTime());
    const waiting = give(file.push(chunk));
    timer ??= setTimeout(flush, LIVE_MS);
    if (!waiting) return;
    reader.pause();
    blocked = true;
    void waiting.then(() => {
      blocked = false;
      reader.resume();
    });
  };

  const run = async () => {
    try {
      await new Promise<void>((resolve, reject) => {
        reader.on('data', take);
        reader.once('error', (error) => (givenUp ? resolve() : reject(error)));
        reader.once('close', resolve);
      });
    } finally {
      clearTimeout(timer);
      await give(file.end());
    }
  };
  let isDone = false;
  const done = run().finally(() => {
    isDone = true;
    clearInterval(ticking);
  });
  return {
    done,
    commandEnded() {
      if (!isDone) watch();
    },
    arrivals,
    get givenUp() {
      return givenUp;
    },
  };
}
