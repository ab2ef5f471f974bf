import { shortId } from '../../kernel/names.ts';
import { JournalEntry } from '../journal-entry.ts';
import type { TargetHooks } from '../target.ts';

/** The journal's entry of a statement that is sent past the target, and the id under which it is sent. */
export function journalOf(hooks: TargetHooks, sql: string, { by, listed = false }: { by: string; listed?: boolean }) {
  const queryId = `chwitness-${hooks.runId}-http-${shortId()}`;
  const entry = new JournalEntry(hooks, { sql, queryId, purpose: by, sent: { bytes: 0 }, listed });
  return { entry, queryId };
}
