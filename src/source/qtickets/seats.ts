import type { Findings, Place } from './drift.ts';
import { typeName } from './drift.ts';
import { idText } from './exact-json.ts';

/** Places of a show; null: not known. A hall that is sold out has 0 left. */
export interface Places {
  total: number | null;
  left: number | null;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seats wherever they stand: a map by seat, a map of zones with maps by seat, or a list that should have been a map. */
function seatsIn(data: unknown, place: Place, findings: Findings, path: string): Record<string, unknown>[] {
  if (Array.isArray(data)) {
    if (data.length > 0) findings.drift(place, 'shape', path, 'a map by seat id', typeName(data));
    return data
      .filter(isMap)
      .flatMap((seat) => ('seats' in seat ? seatsIn(seat.seats, place, findings, 'data.seats') : [seat]));
  }
  if (!isMap(data)) {
    findings.drift(place, 'shape', path, 'a map by seat id', typeName(data));
    return [];
  }
  return Object.values(data).flatMap((entry) => {
    if (!isMap(entry)) {
      findings.drift(place, 'shape', `${path}.seat`, 'an object', typeName(entry));
      return [];
    }
    return 'seats' in entry ? seatsIn(entry.seats, place, findings, `${path}.zone.seats`) : [entry];
  });
}

function quantity(value: unknown): number | undefined {
  const text = idText(value);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function sum(seats: readonly Record<string, unknown>[], key: string): number | null {
  const numbers = seats.map((seat) => quantity(seat[key]));
  // One place that does not say is enough for the sum to be no sum.
  return numbers.length === 0 || numbers.includes(undefined) ? null : numbers.reduce<number>((a, b) => a + (b ?? 0), 0);
}

/** Places from `max_quantity` and `free_quantity`: `admission` tells standing places, and of those one seat holds many. */
export function placesOf(answer: unknown, place: Place, findings: Findings): Places {
  const data = isMap(answer) && 'data' in answer ? answer.data : answer;
  const seats = seatsIn(data, place, findings, 'data');
  return { total: sum(seats, 'max_quantity'), left: sum(seats, 'free_quantity') };
}

/** The sum over shows; unknown as soon as one of them is. */
export function addPlaces(all: readonly Places[]): Places {
  const add = (key: keyof Places) =>
    all.length === 0 || all.some((one) => one[key] === null)
      ? null
      : all.reduce<number>((total, one) => total + (one[key] ?? 0), 0);
  return { total: add('total'), left: add('left') };
}
