import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';

function below(command: Command): Command[] {
  return command.commands.flatMap((child) => [child as Command, ...below(child as Command)]);
}
const path = (command: Command): string => (command.parent ? `${path(command.parent)} ${command.name()}` : 'chwitness');

test('every command’s help ends with examples of that very command', () => {
  const program = createProgram('0', () => Promise.resolve());
  const without = below(program).filter((command) => {
    let help = '';
    command.configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    return !new RegExp(`\nExamples:\n(  \\$ .*\n)*  \\$ .*${path(command)}\\b`).test(help);
  });
  expect(without.map(path)).toEqual([]);
});
