import { Option } from 'commander';

/** What becomes of rows that cannot be stored as they were sent. */
export function badRowOptions(): Option[] {
  return [
    new Option(
      '--on-error <what>',
      'fail, or quarantine[=rows]: load the good rows, keep the bad in the reject file, fail above so many (1000)',
    ),
    new Option('--reject-file <file>', 'where quarantine keeps bad rows as they came, with their reasons beside it'),
    new Option('--keep-samples', 'let values of bad rows stand in the archive, where otherwise only their kind does'),
  ];
}
