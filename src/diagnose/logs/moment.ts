import { z } from 'zod';

/** A time of a server: in UTC, and as the server shows it where its zone is another. */
export const moment = z.strictObject({ utc: z.iso.datetime(), server: z.string().optional() });
export type Moment = z.infer<typeof moment>;

/** `2025-10-29 15:10:30` of a zone; undefined where the zone is UTC or not known here. */
function inZone(time: Date, zone: string): string | undefined {
  if (['UTC', 'Etc/UTC', 'GMT', ''].includes(zone)) return undefined;
  try {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    return `${format.format(time)} ${zone}`;
  } catch {
    return undefined;
  }
}

/** From seconds since the epoch, as logs of any version are asked for. */
export function momentOf(seconds: number, zone = 'UTC'): Moment {
  const time = new Date(Number(seconds) * 1000);
  const server = inZone(time, zone);
  return { utc: time.toISOString().replace('.000Z', 'Z'), ...(server === undefined ? {} : { server }) };
}

/** `2025-10-29T12:10:30Z (2025-10-29 15:10:30 Europe/Moscow)` */
export function momentText({ utc, server }: Moment): string {
  return server === undefined ? utc : `${utc} (${server})`;
}

/** `2025-10-29 12:10:30 UTC (2025-10-29 15:10:30 Europe/Moscow)`: a time as a server prints it in UTC, with its own beside it where that differs. */
export function utcText(text: string, zone: string | undefined): string {
  const time = new Date(`${text.slice(0, 19).replace(' ', 'T')}Z`);
  const server = zone === undefined || Number.isNaN(time.getTime()) ? undefined : inZone(time, zone);
  return server === undefined ? `${text} UTC` : `${text} UTC (${server})`;
}
