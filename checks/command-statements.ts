import {
  type CommandStatements,
  commandStatements,
  defineCheck,
  judgeStatements,
  readInserts,
  readWriters,
} from '../src/api.ts';

export default defineCheck<CommandStatements>({
  id: 'command-statements',
  title: 'The statements of the command are known among those of the window',
  failureTitle: 'What the command sent to the server is not settled',
  why: 'What a wrapped command sent stands in query_log among the statements of everyone else; only by time, user, address, client and table can it be told whose they were, and sometimes it cannot.',
  phases: ['after'],
  needs: ['http'],
  // Without the privilege to flush, the logs' own interval is waited out.
  timeoutMs: 120_000,
  factsVersion: 1,
  facts: commandStatements,
  async collect(probe) {
    return { writers: await readWriters(probe), inserts: await readInserts(probe) };
  },
  judge: (facts, { load }) => judgeStatements(facts, load),
});
