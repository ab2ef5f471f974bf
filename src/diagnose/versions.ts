import type { EvidenceView } from '../model/rule.ts';
import type { Remedy } from './pattern.ts';

export type Version = readonly [major: number, minor: number];

/**
 * Since which release a server has what remedies name: settings of statements, of tables and of the server, system tables, types.
 * [18, 16] stands for older as well. From ClickHouse's changelogs and system.settings_changes; where they leave the release open,
 * the latest that it may be, so that no remedy names what the server may not have. A test holds it against two engines.
 */
export const SINCE: Readonly<Record<string, Version>> = {
  alter_sync: [23, 1],
  async_insert: [21, 11],
  asynchronous_insert_log: [22, 10],
  cancel_http_readonly_queries_on_client_close: [19, 11],
  date_time_input_format: [18, 16],
  date_time_overflow_behavior: [24, 1],
  Date32: [21, 9],
  DateTime64: [20, 1],
  deduplicate_blocks_in_dependent_materialized_views: [20, 3],
  distributed_foreground_insert: [23, 11],
  distribution_queue: [20, 5],
  format_csv_delimiter: [18, 16],
  http_max_uri_size: [21, 1],
  http_receive_timeout: [18, 16],
  ignore_materialized_views_with_dropped_target_table: [24, 1],
  input_format_csv_allow_variable_number_of_columns: [23, 7],
  input_format_csv_skip_first_lines: [23, 2],
  input_format_import_nested_json: [18, 16],
  input_format_json_read_numbers_as_strings: [23, 2],
  input_format_json_read_objects_as_strings: [23, 1],
  input_format_null_as_default: [20, 1],
  input_format_skip_unknown_fields: [18, 16],
  insert_deduplicate: [18, 16],
  insert_deduplication_token: [22, 2],
  insert_distributed_sync: [18, 16],
  insert_null_as_default: [21, 1],
  insert_quorum: [18, 16],
  keep_alive_timeout: [18, 16],
  keep_free_space_bytes: [19, 15],
  listen_host: [18, 16],
  listen_try: [18, 16],
  materialized_views_ignore_errors: [23, 4],
  max_concurrent_queries: [18, 16],
  max_execution_time: [18, 16],
  max_insert_block_size: [18, 16],
  max_insert_threads: [20, 1],
  max_memory_usage: [18, 16],
  max_partitions_per_insert_block: [19, 5],
  max_query_size: [18, 16],
  max_server_memory_usage: [20, 5],
  max_suspicious_broken_parts: [18, 16],
  min_insert_block_size_rows: [18, 16],
  mutations_sync: [20, 3],
  parallel_view_processing: [18, 16],
  part_log: [18, 16],
  parts_to_throw_insert: [18, 16],
  query_log: [18, 16],
  quota_usage: [20, 5],
  receive_timeout: [18, 16],
  schema_inference_make_columns_nullable: [22, 8],
  send_progress_in_http_headers: [18, 16],
  send_timeout: [18, 16],
  wait_end_of_query: [18, 16],
  wait_for_async_insert: [21, 11],
  wait_for_async_insert_timeout: [21, 11],
};

/** Defaults that are another from a release on, in its order: from system.settings_changes and the servers themselves. */
const DEFAULTS: Readonly<Record<string, readonly (readonly [Version, string])[]>> = {
  parts_to_throw_insert: [
    [[18, 16], '300'],
    [[23, 6], '3000'],
  ],
  date_time_input_format: [
    [[18, 16], 'basic'],
    [[26, 5], 'best_effort'],
  ],
  input_format_skip_unknown_fields: [
    [[18, 16], '0'],
    [[22, 6], '1'],
  ],
  max_partitions_per_insert_block: [[[19, 5], '100']],
  max_query_size: [[[18, 16], '262144']],
};

export function isOlder(version: Version | undefined, [major, minor]: Version): boolean {
  return version !== undefined && (version[0] < major || (version[0] === major && version[1] < minor));
}

/** What a setting is where nobody has set it, in this release. */
export function defaultIn(name: string, version: Version | undefined): string | undefined {
  if (version === undefined) return undefined;
  return DEFAULTS[name]?.filter(([since]) => !isOlder(version, since)).at(-1)?.[1];
}

/** Version that the server tells of itself, in what it was asked or in any text. */
export function versionIn(view: Pick<EvidenceView, 'capabilities' | 'target' | 'events'>): Version | undefined {
  if (view.capabilities) return [view.capabilities.major, view.capabilities.minor];
  const asked = /^(\d+)\.(\d+)/.exec(view.target?.version ?? '');
  if (asked) return [Number(asked[1]), Number(asked[2])];
  for (const { flat } of view.events) {
    const said = /(?:ClickHouse|server version|version) v?(\d{2})\.(\d{1,2})\.\d+/.exec(flat);
    if (said) return [Number(said[1]), Number(said[2])];
  }
  return undefined;
}

const NAMES = new RegExp(`\\b(?:${Object.keys(SINCE).join('|')})\\b`, 'g');

/** Whether a text names what a server of this version does not have. */
export function isTooNew(text: string, version: Version | undefined): boolean {
  return [...text.matchAll(NAMES)].some(([name]) => isOlder(version, SINCE[name] ?? [0, 0]));
}

/** Remedies, and those parts of them, that name nothing which this server does not have; all where its version is not known. */
export function fitting(remedies: readonly Remedy[], version: Version | undefined): string[] {
  return remedies.flatMap((remedy) => {
    const parts =
      typeof remedy === 'string' ? [remedy] : remedy.filter((part, at) => at === 0 || !isTooNew(part, version));
    const text = parts.join('');
    return isTooNew(text, version) ? [] : [text];
  });
}
