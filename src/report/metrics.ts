import type { RunJson } from '../model/run.ts';

/** Name of the metric that outlives failed runs. */
const LAST_SUCCESS = 'chwitness_run_last_success_timestamp_seconds';

function label(value: string): string {
  return `"${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}

/** Time of the last run that ended with 0, as an earlier file of the same job tells it. */
export function lastSuccessIn(text: string, job: string): string | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${LAST_SUCCESS}{job=${label(job)}} `));
  const value = line?.slice(line.lastIndexOf(' ') + 1);
  return value !== undefined && /^\d+(\.\d+)?$/.test(value) ? value : undefined;
}

/**
 * A run for node-exporter's textfile collector: one family a block, each with its help.
 * https://github.com/prometheus/node_exporter#textfile-collector
 * @param earlier the file as it was, for the time of the last success
 */
export function metricsReport(run: RunJson, earlier: string): string {
  const { job, exit_code, started_at, finished_at, complete } = run.run;
  const own = `{job=${label(job)}}`;
  const at = (time: string) => (Date.parse(time) / 1000).toFixed(3);
  const success = exit_code === 0 ? at(finished_at) : lastSuccessIn(earlier, job);
  const statuses = ['pass', 'warn', 'fail', 'skip', 'error', 'timeout', 'canceled'] as const;
  const more = run.row_counts.flatMap(({ table, before, after }) =>
    before === undefined || after === undefined
      ? []
      : [`{job=${label(job)},table=${label(table)}} ${BigInt(after) - BigInt(before)}`],
  );
  const families: [name: string, help: string, samples: string[]][] = [
    ['chwitness_run_exit_code', 'Exit code of the last run.', [`${own} ${exit_code}`]],
    ['chwitness_run_success', 'Whether the last run ended with exit code 0.', [`${own} ${exit_code === 0 ? 1 : 0}`]],
    ['chwitness_run_complete', 'Whether the evidence of the last run is complete.', [`${own} ${complete ? 1 : 0}`]],
    ['chwitness_run_started_timestamp_seconds', 'When the last run began.', [`${own} ${at(started_at)}`]],
    ['chwitness_run_finished_timestamp_seconds', 'When the last run ended.', [`${own} ${at(finished_at)}`]],
    [LAST_SUCCESS, 'When the last run with exit code 0 ended.', success === undefined ? [] : [`${own} ${success}`]],
    [
      'chwitness_ingestion_duration_seconds',
      'How long the load or command of the last run took.',
      run.ingestion.kind === 'none' ? [] : [`${own} ${(run.ingestion.duration_ms / 1000).toFixed(3)}`],
    ],
    [
      'chwitness_checks',
      'Checks of the last run by status.',
      statuses.map(
        (status) =>
          `{job=${label(job)},status="${status}"} ${run.checks.filter((check) => check.status === status).length}`,
      ),
    ],
    ['chwitness_rows_added', 'Rows of a table after the last run less those before it.', more],
  ];
  return families
    .filter(([, , samples]) => samples.length > 0)
    .map(([name, help, samples]) =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...samples.map((sample) => name + sample), ''].join('\n'),
    )
    .join('');
}
