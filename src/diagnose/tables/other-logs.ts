import type { TableOfInterest } from './read.ts';

/** Logs besides those of queries and text, and how a server comes to have them. */
export const OTHER_LOGS: readonly TableOfInterest[] = [
  { table: 'part_log', made: 'it is written where <part_log> is configured, from the first part on' },
  { table: 'asynchronous_insert_log', made: '22.10 and newer have it where <asynchronous_insert_log> is configured' },
  {
    table: 'query_views_log',
    made: '21.9 and newer have it where <query_views_log> is configured, and with log_query_views = 1',
  },
  { table: 'crash_log', made: '20.7 and newer make it at the first crash' },
  { table: 'session_log', made: '21.11 and newer have it where <session_log> is configured' },
];
