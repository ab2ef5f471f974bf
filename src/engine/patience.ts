import { formatDuration } from '../kernel/format.ts';
import { EngineError } from './errors.ts';

export interface PatienceOptions {
  signal?: AbortSignal | undefined;
  /** Longest time for the whole statement, ms; none by default. */
  totalMs?: number | undefined;
  /** Longest wait for the server to take or give a byte, ms. */
  idleMs: number;
}

/**
 * How long a statement is waited for. The idle clock runs only while the server is the one waited for:
 * a slow source of rows, or a slow reader of a result, is not the server's fault.
 */
export class Patience {
  readonly #controller = new AbortController();
  readonly #options: PatienceOptions;
  readonly #total: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  #ended = false;
  #why: { failure: 'timeout' | 'canceled'; message: string } | undefined;
  readonly #onAbort = () => this.#give('canceled', 'the statement was canceled');

  constructor(options: PatienceOptions) {
    this.#options = options;
    const { totalMs, signal } = options;
    if (totalMs !== undefined) {
      const message = `the statement was not finished within ${formatDuration(totalMs)}`;
      this.#total = setTimeout(() => this.#give('timeout', message), totalMs);
    }
    if (signal?.aborted) this.#onAbort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Aborted when patience ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on the server is waited for. */
  waiting(): void {
    clearTimeout(this.#idle);
    if (this.#ended) return;
    const message = `the server did not answer within ${formatDuration(this.#options.idleMs)}`;
    this.#idle = setTimeout(() => this.#give('timeout', message), this.#options.idleMs);
  }

  /** From now on something on our side is waited for. */
  resting(): void {
    clearTimeout(this.#idle);
  }

  /** No longer needed. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** The error for patience that ended; undefined while there is some. */
  error(queryId?: string): EngineError | undefined {
    return this.#why && new EngineError({ ...this.#why, queryId });
  }

  #give(failure: 'timeout' | 'canceled', message: string): void {
    if (this.#why !== undefined) return;
    this.#why = { failure, message };
    this.end();
    this.#controller.abort();
  }
}

/** Waits for something shared no longer than one statement may take, without stopping it for the others. */
export async function impatiently<T>(
  { signal, timeoutMs }: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined },
  ask: () => Promise<T>,
): Promise<T> {
  const patience = new Patience({ signal, totalMs: timeoutMs, idleMs: 0 });
  try {
    const early = patience.error();
    if (early) throw early;
    const over = new Promise<never>((_, reject) => {
      patience.signal.addEventListener('abort', () => reject(patience.error()), { once: true });
    });
    return await Promise.race([ask(), over]);
  } finally {
    patience.end();
  }
}
