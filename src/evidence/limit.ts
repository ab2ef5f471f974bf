export type Limited<T> =
  | { ended: 'done'; value: T }
  | { ended: 'error'; error: unknown }
  | { ended: 'timeout' | 'canceled' };

/** How long a stopped piece of work may take to tidy up after itself, ms. */
const GRACE_MS = 2000;

/**
 * Runs work under a limit that holds even if the work never looks at its signal. Never throws; a rejection that comes too
 * late is swallowed, since nobody waits for it any more.
 */
export async function limited<T>(
  work: (signal: AbortSignal) => Promise<T>,
  limits: { ms: number; signal: AbortSignal; graceMs?: number | undefined },
): Promise<Limited<T>> {
  if (limits.signal.aborted) return { ended: 'canceled' };
  if (limits.ms <= 0) return { ended: 'timeout' };
  const own = new AbortController();
  const done: Promise<Limited<T>> = Promise.resolve()
    .then(() => work(own.signal))
    .then(
      (value) => ({ ended: 'done', value }) as const,
      (error: unknown) => ({ ended: 'error', error }) as const,
    );
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const over = new Promise<{ ended: 'timeout' | 'canceled' }>((resolve) => {
    timer = setTimeout(() => resolve({ ended: 'timeout' }), limits.ms);
    stop = () => resolve({ ended: 'canceled' });
    limits.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const first = await Promise.race([done, over]);
    if (first.ended === 'timeout' || first.ended === 'canceled') {
      own.abort(
        new DOMException(
          first.ended === 'timeout' ? 'The check ran out of its time' : 'The run was stopped',
          'AbortError',
        ),
      );
      await settledWithin(done, limits.graceMs ?? GRACE_MS);
    }
    return first;
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', stop);
  }
}

async function settledWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    work,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
