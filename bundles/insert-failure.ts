import { defineBundle } from '../src/api.ts';

export default defineBundle({
  id: 'insert-failure',
  title: 'Why rows did not arrive: everything that can be seen after the fact, without blocking anything',
  before: ['target-reachable', 'http-host', 'server-errors', 'row-counts', 'freshness', 'job-runs', 'target-schema'],
  after: [
    'target-reachable',
    'http-host',
    'server-version',
    'clock-offset',
    'insert-privileges',
    'target-schema',
    'manual-insert',
    'row-counts',
    'freshness',
    'job-runs',
    'query-log',
    'text-log',
    'server-errors',
    'server-settings',
    'disk-headroom',
    'parts-pressure',
    'stuck-mutations',
  ],
  blocking: ['target-reachable'],
  budgetMs: 180_000,
});
