import type { Option } from 'commander';
import { option, tableOption, targetOptions } from '../program-options.ts';

/** Of the target's options, those that say whose privileges are meant and on what. */
const WHOSE = new Set(['--user', '--database', '--env-file', '--cluster', '--config']);

/** Flags of `grants`. */
export function grantsOptions(): Option[] {
  return [
    option('--for <purpose>', 'what the user is there for', (same) =>
      same.choices(['load', 'witness']).default('load'),
    ),
    option('--role <name>', 'role that holds the privileges (default: chwitness_load, chwitness_witness)'),
    option('--server-version <version>', 'first two numbers of the server’s version, where it is older than 20.5'),
    option('--create', 'with what load --create needs'),
    tableOption(),
    ...targetOptions().filter(({ long }) => WHOSE.has(long ?? '')),
  ];
}
