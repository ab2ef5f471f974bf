import { FILE_TREE, isOption, type Tree } from './file-schema.ts';
import type { Option } from './option.ts';

const WIDTH = 100;

/** A default in one line of YAML; JSON is YAML too. */
function inline(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z0-9./][A-Za-z0-9./_-]*$/.test(value) ? value : JSON.stringify(value);
}

function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${indent}# ${word}`);
  }
  return lines;
}

function explained(key: string, option: Option, indent: string): string[] {
  const elsewhere = [...(option.flag === undefined ? [] : [option.flag]), ...(option.env ?? [])];
  const first = option.description.charAt(0).toUpperCase() + option.description.slice(1);
  const unset = option.unset === undefined ? '' : ` Unset: ${option.unset}.`;
  const line =
    option.default === undefined ? `#${key}: ${option.example ?? ''}`.trimEnd() : `${key}: ${inline(option.default)}`;
  return [
    ...comment(`${first}.${unset}`, indent),
    ...(elsewhere.length === 0 ? [] : comment(`Also: ${elsewhere.join(', ')}`, indent)),
    `${indent}${line}`,
  ];
}

function render(tree: Tree, indent: string): string[] {
  return Object.entries(tree).flatMap(([key, node]) => [
    ...(indent === '' ? [''] : []),
    ...(isOption(node) ? explained(key, node, indent) : [`${indent}${key}:`, ...render(node, `${indent}  `)]),
  ]);
}

/**
 * A commented configuration file that says what the defaults say. Settings without a default stand as `#key: example`.
 * @param schema path of the JSON Schema, for editors with the YAML language server
 */
export function configTemplate(schema: string): string {
  return [
    `# yaml-language-server: $schema=${schema}`,
    '# Configuration of chwitness. Flags go over variables, variables over this file, this file over defaults.',
    '# Passwords do not belong here: give CLICKHOUSE_PASSWORD in the environment or an env-file, or --password-file.',
    '# Relative paths are relative to the folder of this file.',
    ...render(FILE_TREE, ''),
    '',
  ].join('\n');
}
