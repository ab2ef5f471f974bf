import { z } from 'zod';
import type { Redactor } from '../redact/redactor.ts';
import { callRecord } from './calls.ts';
import type { Store } from './store.ts';

/** What lies in `facts/<phase>/<id>.json`. */
export const factsEnvelope = z.strictObject({
  check: z.string(),
  facts_version: z.int(),
  facts: z.unknown(),
  calls: z.array(callRecord),
  duration_ms: z.number(),
});
export type FactsEnvelope = z.infer<typeof factsEnvelope>;

/** Keeps an envelope; resolves to its path in the archive and to the facts as they were kept: what is judged is what is kept. */
export type KeepFacts = (path: string, envelope: FactsEnvelope) => Promise<{ path: string; facts: unknown }>;

export function factsKeeper(store: Pick<Store, 'write'>, redactor: Pick<Redactor, 'json'>): KeepFacts {
  return async (path, envelope) => {
    const clean = redactor.json(`data/${path}`, envelope);
    const kept = await store.write(path, 'facts', clean);
    return { path: kept, facts: factsEnvelope.parse(JSON.parse(clean.toString())).facts };
  };
}
