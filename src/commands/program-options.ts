import { Option } from 'commander';

const list = (value: string, previous: string[] | undefined) => [...(previous ?? []), value];

/** An option of commander with its settings. */
export function option(
  flags: string,
  description: string,
  settle: (option: Option) => Option = (same) => same,
): Option {
  return settle(new Option(flags, description));
}

/** For options that may be given more than once. */
export const repeated = (option: Option) => option.argParser(list);

/** Where the target is and how to reach it: the same for every command that asks one. */
export function targetOptions(): Option[] {
  return [
    option('--url <url>', 'HTTP interface of the server, without credentials: http://host:8123 (CLICKHOUSE_URL)'),
    option('--database <name>', 'database for tables named without one (CLICKHOUSE_DB)'),
    option(
      '--user <name>',
      'user (CLICKHOUSE_USER); the password comes from CLICKHOUSE_PASSWORD, an env-file or a file',
    ),
    option('--password-file <path>', 'file whose first line is the password'),
    option('--password-prompt', 'ask for the password'),
    option(
      '--env-file <path>',
      'variables in the form docker run --env-file reads; may be repeated, the last one wins',
      repeated,
    ),
    option('--embedded [dir]', 'the embedded engine instead of a server, its data in this folder'),
    option('--ca <path>', 'certificate authority of the server, PEM'),
    option('--cert <path>', 'client certificate, PEM'),
    option('--key <path>', 'key of the client certificate, PEM'),
    option('--dangerously-accept-invalid-certs', 'do not check the certificate of the server'),
    option('--proxy <url>', 'HTTP proxy'),
    option('--cluster <name>', 'cluster whose other replicas are looked at too (CLICKHOUSE_CLUSTER)'),
    option('--timeout <duration>', 'longest wait for one statement, for example 30s or 5m'),
    option('--setting <name=value>', 'server setting sent with each statement; may be repeated', repeated),
    option('--config <path>', 'configuration file (default: chwitness.yaml up to the root of the project)'),
    option('--state-dir <dir>', 'runs under way and data of the embedded engine (default: .chwitness)'),
  ];
}

/** Which checks run, and what counts as failure. */
export function checkOptions(): Option[] {
  return [
    option('--bundle <id>', 'which checks: preflight, task-evidence, insert-failure, or one of your own'),
    option('--only <check>', 'only this check; may be repeated', repeated),
    option('--skip <check>', 'not this check; may be repeated', repeated),
    option('--fail-on <level>', 'what makes the exit code 1', (same) => same.choices(['fail', 'warn'])),
    option('--concurrency <n>', 'checks at a time'),
    option('--schema-dir <dir>', 'DDL that the target should have (default: sql/schema where that folder exists)'),
    option('--job <name>', 'name of the job, for the archive and the job-runs table'),
    option('--junit <file>', 'write the checks as JUnit XML, for CI'),
    option('--textfile <file>', 'write metrics for node-exporter’s textfile collector (name.prom)'),
    option('--webhook <url>', 'tell this address as JSON when a run ends badly (better: CHWITNESS_WEBHOOK)'),
    option('--out <dir>', 'where archives go (default: evidence)'),
    option('--archive-format <format>', 'form of the archive', (same) => same.choices(['tar.gz', 'zip'])),
  ];
}

export const printSqlOption = () =>
  option('--print-sql', 'show every statement a run would send, and send none of them');
export const tableOption = () => option('--table <database.table>', 'table in question; may be repeated', repeated);
