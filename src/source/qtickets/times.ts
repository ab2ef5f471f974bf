const TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;
/** A DateTime ends in 2106. */
const LAST = 4_294_967_295;

export interface Instant {
  /** Unix seconds. */
  seconds: number;
  /** The text named no offset: it was read as UTC. */
  assumed: boolean;
}

function offsetOf(text: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  if (sign === undefined) return 0;
  const seconds = Number(hours) * 3600 + Number(minutes) * 60;
  return sign === '-' ? -seconds : seconds;
}

/** An instant from `2025-01-15T12:30:00+03:00`, `…Z`, `…+0300` or a text without an offset; undefined for anything else. */
export function instantOf(value: unknown): Instant | undefined {
  if (typeof value !== 'string') return undefined;
  const found = TIME.exec(value.trim());
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second = '0', offset] = found;
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // Date.UTC carries 31 February over to March, and hour 24 to the next day.
  const back = new Date(utc).toISOString();
  if (back.slice(0, 16) !== `${year}-${month}-${day}T${hour}:${minute}`) return undefined;
  const seconds = utc / 1000 - offsetOf(offset ?? 'Z');
  if (seconds < 0 || seconds > LAST) return undefined;
  return { seconds, assumed: offset === undefined };
}

const MOSCOW = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Moscow',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const offsets = new Map<number, number>();
const MOST_OFFSETS = 100_000;

/** Moscow's offset in seconds at an instant, its history included (+04:00 until 26 October 2014). It changes at full hours alone. */
function moscowOffset(seconds: number): number {
  const hour = Math.floor(seconds / 3600);
  const known = offsets.get(hour);
  if (known !== undefined) return known;
  const part = Object.fromEntries(
    MOSCOW.formatToParts(hour * 3_600_000).map(({ type, value }) => [type, Number(value)]),
  );
  const local = Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
  const offset = local / 1000 - hour * 3600;
  if (offsets.size >= MOST_OFFSETS) offsets.clear();
  offsets.set(hour, offset);
  return offset;
}

/** `2025-01-15 12:30:00` in Moscow. */
export function moscowText(seconds: number): string {
  return new Date((seconds + moscowOffset(seconds)) * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

/** `2025-01-15`: the day in Moscow. */
export function moscowDay(seconds: number): string {
  return moscowText(seconds).slice(0, 10);
}

/** Unix seconds at which the day of this instant began in Moscow. */
export function moscowMidnight(seconds: number): number {
  return seconds - ((seconds + moscowOffset(seconds)) % 86_400);
}

/** As the API wants its dates: `2025-01-15T12:30:00+03:00`, that offset in every year. */
export function apiTime(seconds: number): string {
  return `${new Date((seconds + 3 * 3600) * 1000).toISOString().slice(0, 19)}+03:00`;
}
