import { exactDigits } from './exact-json.ts';

export const UTM = ['source', 'medium', 'campaign', 'content', 'term'] as const;
export type Utm = Record<(typeof UTM)[number], string>;

/** Maps of an order that may hold them; a later one wins. In the first group the names stand with or without `utm_`. */
const NAMED = ['utm', 'utm_params', 'utm_data'];
const OTHERS = ['meta', 'analytics'];

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list may hold maps, or pairs of name and value. */
function mapsIn(value: unknown): Record<string, unknown>[] {
  if (isMap(value)) return [value];
  if (!Array.isArray(value)) return [];
  return value.filter(isMap).map((entry) => {
    const name = entry.name ?? entry.key;
    return typeof name === 'string' && 'value' in entry ? { [name]: entry.value } : entry;
  });
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? (exactDigits(value) ?? value).trim() : '';
}

/** Where a buyer came from; '' for what is not said. */
export function utmOf(order: Record<string, unknown>): Utm {
  const found: Utm = { source: '', medium: '', campaign: '', content: '', term: '' };
  const take = (map: Record<string, unknown>, bare: boolean) => {
    for (const name of UTM) {
      const text = textOf(map[`utm_${name}`]) || (bare ? textOf(map[name]) : '');
      if (text !== '') found[name] = text;
    }
  };
  take(order, false);
  for (const key of NAMED) for (const map of mapsIn(order[key])) take(map, true);
  for (const key of OTHERS) for (const map of mapsIn(order[key])) take(map, false);
  return found;
}
