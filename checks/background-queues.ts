import { badNews, defineCheck, linesOf, lookedInto, lookInto, pass, skip, warn, z } from '../src/api.ts';

const facts = z.strictObject({ tables: z.array(lookedInto) });

const QUEUES = [
  { table: 'replication_queue', made: 'every version has it' },
  { table: 'distribution_queue', made: '20.5 and newer have it' },
  { table: 'detached_parts', made: '19.8 and newer have it' },
];

export default defineCheck<z.infer<typeof facts>>({
  id: 'background-queues',
  title: 'Nothing of the tables in question is stuck in the background',
  failureTitle: 'Something of the tables in question is stuck in the background',
  why: 'An INSERT that was answered may still have to be copied to another replica or passed on to another shard, and a part may have been put aside as broken: its rows are then missing without an error.',
  phases: ['before', 'after'],
  needs: ['http'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,
  async collect(probe) {
    const names = { databases: probe.tables.map((one) => one.database), tables: probe.tables.map((one) => one.table) };
    const tables = [];
    for (const queue of QUEUES) tables.push(await lookInto(probe, queue, { kept: names, counted: names }));
    return { tables };
  },
  judge({ tables }, { before }) {
    const because = linesOf(tables);
    const remedies = tables.flatMap((one) => one.remedies);
    const was = new Set(before === undefined ? [] : badNews(before.tables));
    const bad = badNews(tables);
    const fresh = bad.filter((line) => !was.has(line));
    const since = was.size === 0 || fresh.length === bad.length ? '' : '; the rest was so before';
    if (bad.length > 0) return warn(`${(fresh.length > 0 ? fresh : bad).join('; ')}${since}`, { because, remedies });
    const read = tables.filter((one) => one.unread === undefined).map((one) => one.table);
    if (read.length === 0) return skip('none of these tables is there to be read', { because, remedies });
    return pass(`nothing stuck in ${read.join(', ')}`, { because, remedies });
  },
});
