import { formatCount } from '../../kernel/format.ts';

/** Why a table may hold fewer rows than were sent, as remedies. Pure. */
export function whyFewer(
  now: { engine: string; has_ttl: boolean },
  written: bigint,
  sent: bigint,
  delta: bigint,
): string[] {
  const found: string[] = [];
  if (written < sent)
    found.push(`The server itself acknowledged only ${formatCount(written)}: look at rejected and deduplicated rows`);
  if (/^(Replicated|Shared)/.test(now.engine) || delta === 0n)
    found.push(
      'A block identical to an earlier one is dropped as its duplicate: was this source loaded before? Load it again with another insert_deduplication_token if it is meant to be there twice',
    );
  if (now.has_ttl) found.push('The table has a TTL: rows older than it allows vanish with the next merge');
  if (now.engine === 'Distributed')
    found.push('A Distributed table passes rows on in the background: SYSTEM FLUSH DISTRIBUTED, then count again');
  found.push('A row policy may hide rows from this user: compare with an administrator’s count, SHOW ROW POLICIES');
  found.push('With async_insert and wait_for_async_insert = 0 rows may come later or never: see server-settings');
  found.push(
    'Someone may have deleted rows meanwhile (ALTER … DELETE, DROP PARTITION, TRUNCATE): look at system.query_log and system.mutations',
  );
  return found;
}
