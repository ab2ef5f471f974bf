import { defineBundle } from '../src/api.ts';
import evidence from './task-evidence.ts';

export default defineBundle({
  ...evidence,
  id: 'qtickets',
  title:
    'The evidence of a load from the Qtickets API: as of any load, and of what the API answered and the facts add up to',
  after: [
    ...evidence.after,
    'source-answers',
    'qtickets-duplicates',
    'qtickets-amounts',
    'qtickets-freshness',
    'qtickets-utm',
    'qtickets-dashboards',
  ],
  budgetMs: 180_000,
});
