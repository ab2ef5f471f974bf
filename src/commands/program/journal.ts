import { Option } from 'commander';

/** What becomes of a load that does not go through at once. */
export function journalOptions(): Option[] {
  return [
    new Option('--retry-for <duration>', 'how long a batch is tried again after its first failure (default: 15s)'),
    new Option(
      '--atomic',
      'all rows or none: stage them in a scratch table, check them there (counts, checks made of SQL), move them over in one step',
    ),
    new Option('--at-least-once', 'send a batch without an answer again even where it may then be stored twice'),
    new Option('--resume <run>', 'go on with an interrupted load, with the same input; its output said how'),
    new Option('--give-up <run>', 'forget an interrupted load: what it stored stays, and it cannot be resumed'),
  ];
}
