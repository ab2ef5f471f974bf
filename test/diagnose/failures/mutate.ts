/** A small seeded generator, so that a table is the same each time. */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

const HOSTS = [
  'db-7.lan',
  '10.77.3.12',
  'ch-eu-1.example.net',
  'warehouse',
  'clickhouse-0.clickhouse.svc.cluster.local',
];
const PREFIXES = [
  '',
  '2031-02-03T04:05:06.789Z stderr F ',
  'loader-1  | ',
  '[2031-02-03 04:05:06,789] ERROR etl.writer: ',
  'Feb  3 04:05:06 node-3 loader[812]: ',
  'time=2031-02-03T04:05:06Z level=error msg=',
];

/** The same failure as somebody else would have it: other hosts, tables, numbers, versions, line breaks, prefixes. */
export function mutate(text: string, seed: number): string {
  const next = random(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const host = pick(HOSTS);
  let mutated = text
    .replace(/\(version \d+\.\d+\.[\d.]+/g, (found) =>
      next() < 0.7
        ? `(version 2${Math.floor(next() * 5)}.${1 + Math.floor(next() * 11)}.3.${10 + Math.floor(next() * 80)}`
        : found,
    )
    .replace(
      /\b(?:ch-zakaz|analytics-db|ch01|clickhouse-nope|altinity\.cloud|chi-test1-2-0|warehouse-ch|ch-prod)\b/g,
      host,
    )
    .replace(
      /\b(?:shop|dwh|stage|mart|sales|zakaz|dw)\.(\w+)/g,
      (_, table: string) => `${pick(['crm', 'bi', 'raw_zone'])}.${table}_x`,
    )
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '1b4e28ba-2fa1-11d2-883f-0016d3cca427');
  if (next() < 0.5 && !mutated.includes('\n')) {
    // A break at a blank, as a narrow terminal or a mail program makes it.
    const blanks = [...mutated.matchAll(/ (?=\S)/g)].map(({ index }) => index).filter((index) => index > 20);
    if (blanks.length > 3) {
      const at = pick(blanks);
      mutated = `${mutated.slice(0, at)}\n${mutated.slice(at + 1)}`;
    }
  }
  const isDated = /^\W{0,2}\d{4}[-./]|^HTTP\/|^<|^ {2}|^\s*\{|^Row|^Traceback|^Error|^code/m.test(text);
  const prefix = isDated ? pick(['', 'loader-1  | ', '2031-02-03T04:05:06.789Z stderr F ']) : pick(PREFIXES);
  const all = /^loader|stderr F/.test(prefix);
  return mutated
    .split('\n')
    .map((line, at) => (at === 0 || all ? prefix + line : line))
    .join('\n');
}
