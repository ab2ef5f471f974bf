import { z } from 'zod';
import { serverException } from '../../model/load.ts';
import type { EvidenceView, Rule } from '../../model/rule.ts';
import type { Because } from '../../model/verdict.ts';
import { pagePath } from '../page.ts';
import { cite } from '../pattern.ts';

const reached = z.object({ failure: serverException.optional() });
const BROKEN =
  /connection reset|ECONNRESET|socket hang up|other side closed|Empty reply from server|Recv failure|unexpected EOF|Connection aborted|Remote end closed|connection was (?:closed|refused)|Attempt to read after eof|Broken pipe|Connection refused/i;

/** Whether the target answered anything before the load or the command. */
export function answered(view: EvidenceView): boolean {
  const before = reached.safeParse(view.facts('target-reachable', 'before'));
  if (before.success) return before.data.failure === undefined;
  return (
    view.capabilities !== undefined || view.checks.some(({ phase, status }) => phase === 'before' && status === 'pass')
  );
}

/** Whether the target answered at the beginning of the run and refuses connections at its end. */
export function goneAfterwards(view: EvidenceView): Because | undefined {
  const after = reached.safeParse(view.facts('target-reachable', 'after'));
  const failure = after.data?.failure;
  if (!answered(view) || (failure?.failure !== 'refused' && failure?.failure !== 'engine-died')) return undefined;
  const file = view.checks.find(({ id, phase }) => id === 'target-reachable' && phase === 'after')?.facts;
  return { text: `after the run: ${failure.message}`, ...(file === undefined ? {} : { file }) };
}

/** A connection that broke says little by itself; that nobody listens there any more, says why. */
export const serverGone: Rule = {
  id: 'server-gone',
  page: 'network',
  causes: ['server_restarted_mid_query'],
  explain(view) {
    const gone = goneAfterwards(view);
    if (gone === undefined || (view.ingestion.status !== 'failed' && view.ingestion.status !== 'canceled')) return [];
    const broke = view.events.filter(({ flat, origin }) => origin !== 'server' && BROKEN.test(flat));
    return [
      {
        cause: 'server_restarted_mid_query',
        side: 'server',
        confidence: 'likely',
        summary: `The server went down while the ${view.ingestion.kind === 'command' ? 'command' : 'load'} ran: it had answered before, and now nothing listens there`,
        because: [...broke.slice(0, 3).map(cite), gone],
        alternatives: [
          {
            cause: 'connection_reset_by_peer',
            summary: 'only the way to it is gone: a proxy, a published port, a tunnel',
            question: 'Does the server answer on its own machine, with an uptime() from before the run?',
          },
        ],
        remedies: [
          'Look at why it ended: its last lines of level Fatal, the system’s out-of-memory killer (dmesg), the orchestrator’s events',
          'Rows may be stored in part: compare counts before sending them again',
        ],
        page: pagePath('network'),
      },
    ];
  },
};
