import { WitnessError } from '../kernel/errors.ts';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A time the user names: so long ago (`90s`, `30m`, `2h`, `3d`, `1w`), or a time with its zone (`2025-10-29T12:00:00Z`,
 * `2025-10-29 15:00:00+03:00`). A time without a zone is refused: it would be guessed.
 */
export function parseTime(text: string, now: Date, option: string): Date {
  const ago = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim());
  if (ago?.[1] !== undefined && ago[2] !== undefined)
    return new Date(now.getTime() - Number(ago[1]) * (UNITS[ago[2]] ?? 0));
  const zoned = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)$/i.exec(text.trim());
  const time = zoned
    ? new Date(`${zoned[1]}T${zoned[2]}${zoned[3]?.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`)
    : undefined;
  if (time && !Number.isNaN(time.getTime())) return time;
  throw new WitnessError({
    code: 'USAGE_TIME',
    what: `"${text}" is not a time chwitness can place`,
    where: option,
    next: 'Write how long ago (2h, 30m, 3d), or a time with its zone (2025-10-29T12:00:00Z, 2025-10-29T15:00:00+03:00)',
  });
}
