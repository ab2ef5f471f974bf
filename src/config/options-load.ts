import { option } from './option.ts';

/** How the built-in load sends rows. */
export const LOAD_OPTIONS = {
  create: option({
    kind: 'boolean',
    group: 'load',
    flag: '--create',
    env: ['CHWITNESS_CREATE'],
    key: 'load.create',
    description: 'create missing tables from the structure found in the data; the DDL is kept as evidence',
    default: false,
  }),
  format: option({
    kind: 'text',
    group: 'load',
    flag: '--format <name>',
    env: ['CHWITNESS_FORMAT'],
    key: 'load.format',
    description: "format of the data under ClickHouse's name",
    unset: 'found from the content and the name',
    example: 'JSONEachRow',
  }),
  batchRows: option({
    kind: 'integer',
    group: 'load',
    flag: '--batch-rows <n>',
    env: ['CHWITNESS_BATCH_ROWS'],
    key: 'load.batch_rows',
    description: 'most rows of one INSERT',
    default: 100_000,
  }),
  batchBytes: option({
    kind: 'bytes',
    group: 'load',
    flag: '--batch-bytes <n>',
    env: ['CHWITNESS_BATCH_BYTES'],
    key: 'load.batch_bytes',
    description: 'most bytes of one INSERT, as a number or as 8MiB',
    default: 8 * 1024 * 1024,
  }),
  loadSettings: option({
    kind: 'settings',
    group: 'load',
    key: 'load.settings',
    description: 'server settings of the INSERTs, over those of the target',
    default: {},
  }),
} as const;
