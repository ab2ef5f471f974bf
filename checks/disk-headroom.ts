import { defineCheck, fail, formatBytes, pass, skip, warn, z } from '../src/api.ts';

const disk = z.strictObject({
  name: z.string(),
  type: z.string(),
  /** Bytes, UInt64 as text. */
  free_space: z.string(),
  total_space: z.string(),
  keep_free_space: z.string(),
  unreserved_space: z.string(),
});
type Disk = z.infer<typeof disk>;
const facts = z.strictObject({
  disks: z.array(disk),
  /** Names of the disks that the tables in question write to; empty when that could not be told, and all count. */
  used: z.array(z.string()),
});

const options = z.strictObject({
  /** Share of the disk that should be free, in percent: below it warns, below it fails. */
  warn_percent: z.number().min(0).max(100).default(10),
  fail_percent: z.number().min(0).max(100).default(3),
  /** Usable bytes below which it fails whatever the share; a merge needs about the size of the parts it merges. */
  fail_bytes: z
    .number()
    .nonnegative()
    .default(256 * 1024 * 1024),
  /** Bytes that the load is about to bring, uncompressed: three times as much must be free. */
  expect_bytes: z.number().nonnegative().optional(),
});

/** Object storage reports a number near the largest that there is: no limit at all. */
const BOUNDLESS = 1n << 60n;

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'disk-headroom',
  title: 'The server’s disks have room for the rows and for merging them',
  failureTitle: 'The server’s disks have too little room',
  why: 'A full disk refuses inserts (NOT_ENOUGH_SPACE, 243), and merges stop before that, since they write the new part beside the old ones.',
  phases: ['before', 'after'],
  needs: ['http', 'system.disks'],
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const rows = await probe.sql<Partial<Disk> & Pick<Disk, 'name' | 'free_space' | 'total_space'>>('disks');
    const disks = rows.map((one) => ({
      name: one.name,
      type: one.type ?? '',
      free_space: one.free_space,
      total_space: one.total_space,
      keep_free_space: one.keep_free_space ?? '0',
      unreserved_space: one.unreserved_space ?? one.free_space,
    }));
    const { system } = probe.capabilities;
    const tellsPolicy = 'storage_policies' in system && system.tables?.includes('storage_policy');
    const used = new Set<string>();
    if (tellsPolicy && probe.tables.length > 0) {
      const found = await probe.sql<{ disks: string[] }>('table-disks', {
        databases: probe.tables.map((one) => one.database),
        tables: probe.tables.map((one) => one.table),
      });
      for (const name of found.flatMap((row) => row.disks)) used.add(name);
    }
    return { disks, used: [...used].sort() };
  },
  judge(facts, { options }) {
    const mine = facts.disks.filter((one) => facts.used.length === 0 || facts.used.includes(one.name));
    const bounded = mine.filter((one) => BigInt(one.total_space) < BOUNDLESS && BigInt(one.total_space) > 0n);
    if (mine.length === 0) return skip('no disk is shown for these tables');
    if (bounded.length === 0) return pass(`${mine.map((one) => one.name).join(', ')}: without a limit of its own`);
    // The disk with the smallest share of room decides, not the sum: a part lies on one disk.
    const sorted = [...bounded].sort((a, b) => percent(a) - percent(b));
    const [tightest] = sorted;
    if (!tightest) return skip('no disk is shown');
    const said = describe(tightest);
    const because = sorted.slice(1).map(describe);
    const remedies = [
      'Find what takes the room: SELECT database, table, formatReadableSize(sum(bytes_on_disk)) AS size FROM system.parts GROUP BY database, table ORDER BY sum(bytes_on_disk) DESC LIMIT 20',
      'Drop old partitions or detached parts, or add a disk to the storage policy',
    ];
    const free = usable(tightest);
    if (options.expect_bytes !== undefined && Number(free) < 3 * options.expect_bytes)
      return fail(
        `${said}; the load brings about ${formatBytes(options.expect_bytes)}, and three times as much should be free`,
        { because, remedies },
      );
    if (percent(tightest) < options.fail_percent || Number(free) < options.fail_bytes)
      return fail(said, { because, remedies });
    if (percent(tightest) < options.warn_percent) return warn(said, { because, remedies });
    return pass(said, { because });
  },
});

/** Bytes that a part may take: what is neither reserved by merges and inserts under way nor kept free by configuration. */
function usable(one: Disk): bigint {
  // unreserved_space has keep_free_space taken out already, free_space does not.
  const left = BigInt(one.free_space) - BigInt(one.keep_free_space);
  const unreserved = BigInt(one.unreserved_space);
  const least = left < unreserved ? left : unreserved;
  return least < 0n ? 0n : least;
}

function percent(one: Disk): number {
  return (Number(usable(one)) / Number(one.total_space)) * 100;
}

function describe(one: Disk): string {
  const kept =
    one.keep_free_space === '0' ? '' : `, ${formatBytes(Number(one.keep_free_space))} kept free by configuration`;
  return `disk ${one.name}: ${formatBytes(Number(usable(one)))} of ${formatBytes(Number(one.total_space))} usable (${percent(one).toFixed(1)} %)${kept}`;
}
