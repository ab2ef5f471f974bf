import type { LoggedMoment } from '../../model/evidence.ts';

/** How times without a zone are read. */
export interface ZoneRule {
  /** Minutes east of UTC. */
  minutes: number;
  /** How that is known, for the reader: `server zone +03:00`, `taken as UTC`. */
  name: string;
}

export const AS_UTC: ZoneRule = { minutes: 0, name: 'taken as UTC' };

const FULL =
  /(\d{4})[-/.](\d\d)[-/.](\d\d)[T ,]+(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d(?!\d))?/;
const SYSLOG = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)/;
const EPOCH = /^(\d{10})(?:\.(\d{1,6}))?(?:\b|$)|^(\d{13})\b/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** The first time in a text, or undefined. Years that no syslog line carries are taken from `year`. */
export function momentIn(text: string, rule: ZoneRule = AS_UTC, year = 1970): LoggedMoment | undefined {
  const full = FULL.exec(text.length > 200 ? text.slice(0, 200) : text);
  if (full) {
    const [, y, mo, d, h, mi, s, fraction = '0', zone] = full;
    const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
    return of(Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s), ms), zone, rule);
  }
  const syslog = SYSLOG.exec(text);
  if (syslog) {
    const month = MONTHS.indexOf(syslog[1] ?? '') / 3;
    if (!Number.isInteger(month)) return undefined;
    const [day, h, mi, s] = syslog.slice(2).map(Number);
    return of(Date.UTC(year, month, day, h, mi, s), undefined, rule);
  }
  const epoch = EPOCH.exec(text);
  if (!epoch) return undefined;
  const ms = epoch[3] === undefined ? Number(`${epoch[1]}.${epoch[2] ?? 0}`) * 1000 : Number(epoch[3]);
  return of(Math.round(ms), 'Z', rule);
}

function of(ms: number, zone: string | undefined, rule: ZoneRule): LoggedMoment | undefined {
  const explicit = zone === undefined ? undefined : offsetOf(zone);
  const at = new Date(ms - (explicit ?? rule.minutes) * 60_000);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 1970 || at.getUTCFullYear() > 2300) return undefined;
  return {
    utc: at.toISOString(),
    zone: zone === undefined ? rule.name : zone === 'UTC' || zone === 'GMT' ? 'Z' : zone,
  };
}

/** Minutes east of UTC of `Z`, `+03:00` or `+0300`. */
function offsetOf(zone: string): number {
  const parts = /([+-])(\d\d):?(\d\d)/.exec(zone);
  return parts ? (parts[1] === '-' ? -1 : 1) * (Number(parts[2]) * 60 + Number(parts[3])) : 0;
}

/** `+03:00` of 180. */
export function offsetText(minutes: number): string {
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
