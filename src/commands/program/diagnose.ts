import { type Command, Option } from 'commander';
import type { Handler } from '../program.ts';

type On = (command: Command, load: () => Promise<Handler>) => void;
type Examples = (command: Command, ...lines: string[]) => void;

/** Naming causes, from archives of ours as from anybody’s logs. */
export function addDiagnosis(program: Command, on: On, examples: Examples): void {
  const diagnose = program
    .command('diagnose')
    .argument('<input...>', 'archives (tar.gz, zip), folders, logs, dumps of query_log, - for standard input')
    .addOption(new Option('--explain-rules', 'which rules fired, which nearly did, and what was missing'))
    .description('Name the cause of a failure. Exit code: 1 something failed, 0 nothing is wrong, 2 could not read.');
  examples(
    diagnose,
    'chwitness diagnose evidence/orders-20251029T121020Z-1a2b3c4d.tar.gz',
    'chwitness diagnose logs/task010/',
    'docker logs loader 2>&1 | chwitness diagnose -',
  );
  on(diagnose, async () => (await import('../diagnose.ts')).diagnoseCommand);

  const explain = program
    .command('explain')
    .argument('<what...>', 'a code, a name, a message of the server, or a cause')
    .description('What an error code of ClickHouse means for a load, or what a message says.');
  examples(explain, 'chwitness explain 252', "chwitness explain 'Code: 27. DB::Exception: Cannot parse input …'");
  on(explain, async () => (await import('../explain.ts')).explainCommand);
}
