import { defineBundle } from '../src/api.ts';

export default defineBundle({
  id: 'preflight',
  title: 'Whether a load may start: nothing is changed, nothing is loaded',
  before: [
    'target-reachable',
    'http-host',
    'http-docker',
    'server-version',
    'clock-offset',
    'insert-privileges',
    'target-schema',
    'replicas-reachable',
    'replicas-schema',
    'replicas-rows',
    'manual-insert',
    'disk-headroom',
    'parts-pressure',
    'stuck-mutations',
    'server-settings',
    'row-counts',
    'freshness',
    'job-runs',
  ],
  after: [],
  blocking: ['target-reachable', 'insert-privileges', 'target-schema', 'disk-headroom'],
  budgetMs: 120_000,
});
