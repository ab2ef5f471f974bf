/** Offsets of a zone, ms east of UTC, by the hour of local time. Unknown zones throw a RangeError. */
export function localTimes(zone: string): (local: string) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const offsetAt = (time: number) => {
    const parts = new Map(format.formatToParts(new Date(time)).map(({ type, value }) => [type, Number(value)]));
    const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
    const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return shown - Math.floor(time / 1000) * 1000;
  };
  const known = new Map<string, number>();
  return (local) => {
    const asUtc = Date.parse(`${local.slice(0, 10).replaceAll('.', '-')}T${local.slice(11, 23)}Z`);
    const hour = local.slice(0, 13);
    let offset = known.get(hour);
    if (offset === undefined) {
      // Once more with what came out: across a change of clocks the first guess is off by an hour.
      offset = offsetAt(asUtc - offsetAt(asUtc));
      known.set(hour, offset);
    }
    return asUtc - offset;
  };
}
