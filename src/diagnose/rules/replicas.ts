import type { Rule } from '../../model/rule.ts';
import { pagePath } from '../page.ts';

/** Replicas that differ in structure: what an INSERT meets is then chance. */
export const replicas: Rule = {
  id: 'replicas',
  page: 'schema',
  causes: ['replica_schema_drift'],
  explain({ checks, ingestion }) {
    const found = checks.filter((check) => check.id === 'replicas-schema' && check.status === 'fail');
    const last = found.at(-1);
    if (!last) return [];
    const failed = ingestion.status === 'failed';
    return [
      {
        cause: 'replica_schema_drift',
        side: 'server',
        confidence: failed ? 'likely' : 'certain',
        summary: `Replicas of one table differ: ${last.message}`,
        because: [
          { text: last.message, ...(last.facts === undefined ? {} : { file: last.facts }) },
          ...last.because.slice(0, 10),
        ],
        alternatives: [],
        page: pagePath('schema'),
        remedies:
          last.remedies.length > 0
            ? last.remedies
            : ['Bring the table to the same structure on every replica, then load again'],
      },
    ];
  },
};
