import { option } from './option.ts';

/** Who is told how a run ended, beside whoever looks on. */
export const NOTIFY_OPTIONS = {
  junit: option({
    kind: 'path',
    group: 'output',
    flag: '--junit <file>',
    env: ['CHWITNESS_JUNIT'],
    key: 'notify.junit',
    description: 'write the checks as JUnit XML, for CI',
    example: './junit.xml',
  }),
  textfile: option({
    kind: 'path',
    group: 'output',
    flag: '--textfile <file>',
    env: ['CHWITNESS_TEXTFILE'],
    key: 'notify.textfile',
    description: "write metrics for node-exporter's textfile collector; the name ends in .prom",
    example: '/var/lib/node_exporter/chwitness_orders.prom',
  }),
  webhook: option({
    kind: 'text',
    group: 'output',
    flag: '--webhook <url>',
    env: ['CHWITNESS_WEBHOOK'],
    description: 'tell this address as JSON when a run ends badly; better in the variable: such addresses are secrets',
  }),
} as const;
