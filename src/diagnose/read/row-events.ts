import type { EvidenceEvent, Origin } from '../../model/evidence.ts';
import { exceptionsIn } from './exceptions.ts';
import { momentIn, type ZoneRule } from './moment.ts';
import type { Row } from './rows.ts';
import { levelOf } from './shape.ts';

const LEVEL_NUMBERS: Record<string, string> = {
  '1': 'fatal',
  '2': 'critical',
  '3': 'error',
  '4': 'warning',
  '5': 'notice',
  '6': 'information',
  '7': 'debug',
  '8': 'trace',
};
/** Columns in which system tables keep what went wrong. */
const SAYING = [
  'exception',
  'last_exception',
  'last_queue_update_exception',
  'zookeeper_exception',
  'latest_fail_reason',
  'last_error_message',
];

export function isTextLogRow(row: Row): boolean {
  return 'message' in row && ('level' in row || 'logger_name' in row);
}

function event(text: string, row: Row, file: string, line: number, origin: Origin, zone: ZoneRule): EvidenceEvent {
  const when = row.event_time_microseconds ?? row.event_time ?? row.flush_time ?? row.last_error_time ?? '';
  const at = row.event_time_utc === undefined ? momentIn(when, zone) : momentIn(`${row.event_time_utc}Z`);
  return {
    file,
    line,
    origin,
    ...(at ? { at } : {}),
    ...(row.query_id ? { query_id: row.query_id } : {}),
    text,
    flat: text.replace(/\s+/g, ' ').trim(),
    exceptions: exceptionsIn(text),
    trouble: true,
    count: 1,
    again: [],
  };
}

/** A row of text_log as an entry of a server's log. */
export function textLogEvent(row: Row, file: string, line: number, zone: ZoneRule): EvidenceEvent {
  const level = levelOf(LEVEL_NUMBERS[row.level ?? ''] ?? row.level);
  const found = event(row.message ?? '', row, file, line, 'text_log', zone);
  const trouble =
    level === 'error' || level === 'fatal' || found.exceptions.length > 0 || /ignoring it/.test(found.text);
  return { ...found, level, logger: row.logger_name, trouble };
}

/** What a row of any other system table says went wrong; undefined where it says nothing. */
export function rowEvent(row: Row, file: string, line: number, zone: ZoneRule): EvidenceEvent | undefined {
  const column = SAYING.find((name) => (row[name] ?? '').trim() !== '');
  const origin: Origin = isQueryRow(row) ? 'query_log' : 'server';
  if (column === undefined) {
    const queue = Number(row.data_files ?? 0) + Number(row.broken_data_files ?? 0);
    if (!('data_files' in row) || queue === 0) return undefined;
    return event(
      `distribution_queue: ${Object.entries(row)
        .map(([name, cell]) => `${name}=${cell}`)
        .join(', ')}`,
      row,
      file,
      line,
      origin,
      zone,
    );
  }
  const table =
    'flush_time' in row
      ? 'asynchronous_insert_log: '
      : 'view_name' in row
        ? `while pushing to view ${row.view_name}: `
        : '';
  return event(`${table}${row[column]}`, row, file, line, origin, zone);
}

function isQueryRow(row: Row): boolean {
  return 'query' in row && 'type' in row;
}
