import type { EvidenceEvent } from '../../model/evidence.ts';

/** As many different entries are held of one input: the first ones and the newest ones. */
const FIRST = 300;
const NEWEST = 300;
const PLACES = 20;

/** What makes two entries the same: their text with numbers, hexadecimal ids and quoted values taken out. */
function signature(event: EvidenceEvent): string {
  const shape = event.flat.slice(0, 400).replace(/\d+|[0-9a-f]{8,}/gi, '#');
  return `${event.origin} ${event.level ?? ''} ${shape}`;
}

/** Holds the entries of one input in bounded memory: equal ones once, with how often and where. */
export class EventMemory {
  readonly #held = new Map<string, EvidenceEvent>();
  readonly #again = new Map<string, { line: number; at?: EvidenceEvent['at'] }[]>();
  dropped = 0;

  add(event: EvidenceEvent): void {
    const key = signature(event);
    const known = this.#held.get(key);
    if (known) {
      const places = this.#again.get(key) ?? [];
      if (places.length < PLACES) places.push({ line: event.line, at: event.at });
      this.#again.set(key, places);
      this.#held.set(key, { ...known, count: known.count + 1 });
      return;
    }
    this.#held.set(key, event);
    if (this.#held.size <= FIRST + NEWEST) return;
    // The oldest of the newest goes; the first ones stay, since what came first is seldom a consequence.
    let at = 0;
    for (const candidate of this.#held.keys()) {
      at += 1;
      if (at <= FIRST) continue;
      this.#held.delete(candidate);
      this.#again.delete(candidate);
      this.dropped += 1;
      break;
    }
  }

  /** In the order of their lines. */
  events(): EvidenceEvent[] {
    return [...this.#held].map(([key, event]) => ({ ...event, again: this.#again.get(key) ?? [] }));
  }
}
