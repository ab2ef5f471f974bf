import { Command, type Option } from 'commander';
import type { Io, Outcome } from './outcome.ts';
import { badRowOptions } from './program/bad-rows.ts';
import { addDiagnosis } from './program/diagnose.ts';
import { grantsOptions } from './program/grants.ts';
import { journalOptions } from './program/journal.ts';
import { checkOptions, option, printSqlOption, repeated, tableOption, targetOptions } from './program-options.ts';
import { runOptions } from './run-options.ts';

/** Options as commander hands them over, camel-cased. */
export type Options = Record<string, unknown>;
export type Handler = (args: readonly string[], options: Options, io: Io) => Promise<Outcome>;
type Dispatch = (load: () => Promise<Handler>, args: readonly string[], options: Options) => Promise<void>;

function add(command: Command, options: readonly Option[]): Command {
  for (const one of options) command.addOption(one);
  return command;
}

/** Command names, arguments, options and examples. No command's code is loaded until it is called. */
export function createProgram(version: string, dispatch: Dispatch): Command {
  const program = new Command('chwitness')
    .description('A witness to ClickHouse loads: checks before and after, an evidence archive, and the cause by name.')
    .version(version)
    .option('--json', 'one JSON value on standard output and nothing else')
    .option('--quiet', 'no progress')
    .option('--no-color', 'no colours (also NO_COLOR)')
    .showHelpAfterError('(chwitness --help shows what there is)')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });

  const on = (command: Command, load: () => Promise<Handler>) =>
    command.action(async (...received: unknown[]) => {
      const own = command.args;
      void received;
      await dispatch(load, own, command.optsWithGlobals());
    });
  const examples = (command: Command, ...lines: string[]) =>
    command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);

  const load = add(
    program
      .command('load')
      .argument(
        '[input...]',
        'files, globs, folders, http(s) URLs, - for standard input; the word qtickets alone, where no file has that name, for the Qtickets API',
      ),
    [
      tableOption(),
      option(
        '--create',
        'create a missing table from the structure found in the input; without --table each file goes to the table of its name',
      ),
      option('--format <name>', 'format of the input by ClickHouse’s name, when it is not found by itself'),
      option('--batch-rows <n>', 'most rows in one INSERT'),
      option('--batch-bytes <n>', 'most bytes in one INSERT'),
      option('--connections <n>', 'most INSERTs on their way at once (default: 2)'),
      ...journalOptions(),
      option('--force', 'load even if a blocking check did not pass'),
      ...badRowOptions(),
      option('--since-hours <n>', 'qtickets: how far back the window begins (QTICKETS_SINCE_HOURS)'),
      option('--dry-run', 'qtickets: read and transform, write nothing, say what would be written (DRY_RUN)'),
      option(
        '--rehearse [how]',
        'the same load into the embedded engine first, with the target’s own DDL: all of it, or a sample',
        (same) => same.choices(['full', 'sample']),
      ),
      printSqlOption(),
      ...targetOptions(),
      ...checkOptions(),
    ],
  ).description('Load data with checks before and after, and an archive of the evidence.');
  examples(
    load,
    'chwitness load data/*.csv --table shop.orders',
    'chwitness load movies.json --create --embedded',
    'zcat orders.ndjson.gz | chwitness load - --table shop.orders --url http://ch:8123',
    'chwitness load qtickets --env-file .env.qtickets_api',
  );
  on(load, async () => (await import('./load-command.ts')).loadDispatch);

  const run = add(
    program.command('run').argument('<command...>', 'the command and its arguments, after --'),
    runOptions(),
  ).description(
    'Run any command that loads, with checks before and after, and an archive of the evidence. Exit code: the command’s own; 1 when it said 0 and the evidence says otherwise; 120 could not run; 121 blocked by a check before.',
  );
  examples(
    run,
    'chwitness run --job orders --table shop.orders -- ./load.sh',
    'chwitness run --job api --timeout 30m -- docker run --rm --network clickhouse_default --env-file .env api:prod',
    "chwitness run --job nightly --shell -- 'python extract.py | python load.py'",
  );
  on(run, async () => (await import('./run.ts')).runHandler);

  const preflight = add(program.command('preflight'), [
    tableOption(),
    printSqlOption(),
    ...targetOptions(),
    ...checkOptions(),
  ]).description('The checks before a load, alone, with an exit code.');
  examples(
    preflight,
    'chwitness preflight --table shop.orders --env-file .env.prod',
    'chwitness preflight --only target-reachable --json',
  );
  on(preflight, async () => (await import('./preflight.ts')).preflightCommand);

  const collect = add(program.command('collect'), [
    tableOption(),
    option('--since <time>', 'from when: 2h, 30m, 3d, or a time like 2025-10-29T12:00:00Z (default: 1h)'),
    option('--until <time>', 'until when, in the same forms (default: now)'),
    option('--query-id <id>', 'a statement in question; may be repeated', repeated),
    printSqlOption(),
    ...targetOptions(),
    ...checkOptions(),
  ]).description('Evidence without a load: of now, or of a failure in the past.');
  examples(
    collect,
    'chwitness collect --since 2h',
    'chwitness collect --since 2025-10-29T12:00:00Z --until 2025-10-29T12:30:00Z --table zakaz.orders',
  );
  on(collect, async () => (await import('./collect.ts')).collectCommand);

  const probe = add(program.command('probe').argument('<table>', 'database.table'), targetOptions()).description(
    'A manual test insert that leaves nothing behind.',
  );
  examples(probe, 'chwitness probe shop.orders');
  on(probe, async () => (await import('./probe-command.ts')).probeCommand);

  const schema = program.command('schema').description('DDL files against the target.');
  examples(schema, 'chwitness schema diff');
  const diff = add(schema.command('diff').argument('[dir]', 'folder of DDL (default: sql/schema)'), [
    tableOption(),
    ...targetOptions(),
  ]).description('Each difference, with the statement that would mend it. Exit code 1 when there is one.');
  examples(diff, 'chwitness schema diff', 'chwitness schema diff migrations --table shop.orders');
  on(diff, async () => (await import('./schema-diff.ts')).schemaDiffCommand);
  const apply = add(
    schema.command('apply').argument('[dir]', 'folder of DDL (default: sql/schema), or qtickets for that of chwitness'),
    [
      tableOption(),
      option('--yes', 'create without asking'),
      option('--dry-run', 'show what is missing, and create nothing'),
      ...targetOptions(),
    ],
  ).description('Create what is missing, and only that; it is shown first.');
  examples(apply, 'chwitness schema apply --dry-run', 'chwitness schema apply qtickets --env-file .env.prod --yes');
  on(apply, async () => (await import('./schema-apply.ts')).schemaApplyCommand);

  const grants = add(program.command('grants'), grantsOptions()).description(
    'The least privileges that chwitness needs, as statements for an administrator. Asks no server.',
  );
  examples(
    grants,
    'chwitness grants --for witness --user witness --table shop.orders',
    'chwitness grants --user loader --table shop.orders --json',
  );
  on(grants, async () => (await import('./grants.ts')).grantsCommand);
  addDiagnosis(program, on, examples);

  const out = () => option('--out <dir>', 'where archives lie (default: evidence)');
  const bundle = program.command('bundle').description('Archives: what there is, what is in one, whether it is whole.');
  examples(bundle, 'chwitness bundle list', 'chwitness bundle verify last');
  const listed = add(bundle.command('list'), [out()]).description('Archives, newest first.');
  examples(listed, 'chwitness bundle list', 'chwitness bundle list --out /srv/evidence --json');
  on(listed, async () => (await import('./bundle-commands.ts')).bundleListCommand);
  const show = add(
    bundle.command('show').argument('<archive>', 'path, name, or last').argument('[file]', 'a file in it'),
    [out()],
  ).description('What is in an archive, or one file of it.');
  examples(show, 'chwitness bundle show last', 'chwitness bundle show last report.md');
  on(show, async () => (await import('./bundle-commands.ts')).bundleShowCommand);
  const verify = add(bundle.command('verify').argument('<archive>', 'path, name, or last'), [out()]).description(
    'Whether an archive is whole, and its summary agrees with its results.',
  );
  examples(
    verify,
    'chwitness bundle verify last',
    'chwitness bundle verify evidence/orders-20251029T120000Z-k3x9.tar.gz',
  );
  on(verify, async () => (await import('./bundle-commands.ts')).bundleVerifyCommand);

  const checks = add(program.command('checks'), [option('--config <path>', 'configuration file')]).description(
    'Every check: id, phases, needs, why.',
  );
  examples(checks, 'chwitness checks', 'chwitness checks --json');
  on(checks, async () => (await import('./checks-command.ts')).checksCommand);
  const init = add(program.command('init'), [
    option('--force', 'replace an existing file'),
    option('--print', 'print it and write nothing'),
  ]).description('Write a commented chwitness.yaml.');
  examples(init, 'chwitness init', 'chwitness init --print');
  on(init, async () => (await import('./init-command.ts')).initCommand);

  const sandbox = add(program.command('sandbox'), [
    option('--port <n>', 'port on 127.0.0.1 (default: a free one)'),
    option('--data-dir <dir>', 'keep data here (default: a folder that is gone at the end)'),
    option('--user <name>', 'user (default: default)'),
    option(
      '--password-file <path>',
      'file whose first line is the password (default: a random one, in a file that is gone at the end)',
    ),
  ]).description('A throwaway ClickHouse HTTP endpoint on the embedded engine. Ctrl-C ends it.');
  sandbox.addHelpText(
    'after',
    '\nBodies may be packed with gzip, deflate, br, lz4 or zstd, answers with gzip, deflate or br. compress=1 and decompress=1,\nthe packing of the native protocol, are refused (code 48).',
  );
  examples(sandbox, 'chwitness sandbox --port 8123');
  on(sandbox, async () => (await import('./sandbox-command.ts')).sandboxCommand);
  return program;
}
