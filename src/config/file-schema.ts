import { z } from 'zod';
import type { Option } from './option.ts';
import { ALL_OPTIONS } from './options.ts';
import { INNER_KEYS, SCHEMAS } from './values.ts';

export type Tree = { [key: string]: Tree | Option };

export function isOption(node: Tree | Option): node is Option {
  return typeof node.kind === 'string';
}

function grow(): Tree {
  const root: Tree = {};
  for (const option of ALL_OPTIONS) {
    if (option.key === undefined) continue;
    const path = option.key.split('.');
    let node = root;
    for (const part of path.slice(0, -1)) {
      const next = node[part] ?? {};
      if (isOption(next)) throw new Error(`${option.key} lies below the option ${part}`);
      node[part] = next;
      node = next;
    }
    node[path.at(-1) ?? ''] = option;
  }
  return root;
}

/** The keys of the file as a tree: maps inside, options at the ends. */
export const FILE_TREE = grow();

function schemaOf(node: Tree | Option): z.ZodType {
  if (isOption(node)) {
    const described = SCHEMAS[node.kind].optional();
    const meta = { description: node.description };
    return described.meta(node.default === undefined ? meta : { ...meta, default: node.default });
  }
  const keys = Object.keys(node);
  const error = (issue: { code?: string }) =>
    issue.code === 'invalid_type' ? `a map of ${keys.join(', ')}` : undefined;
  const shape = Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, schemaOf(inner)]));
  return z.strictObject(shape, { error }).optional();
}

/** The whole file, strict: an unknown key is a mistake. */
export const fileSchema = schemaOf(FILE_TREE);

/** JSON Schema (2020-12) of the file, for editors. */
export function fileJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(fileSchema, { io: 'input' });
  return {
    ...schema,
    title: 'chwitness configuration',
    description: 'chwitness.yaml: flags go over variables, variables over this file, this file over defaults',
  };
}

/** Keys that may stand at a path of the file; empty where any may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let node: Tree | Option = FILE_TREE;
  for (const [index, part] of path.entries()) {
    if (isOption(node)) return keysInside(node, path.length - index);
    const next: Tree | Option | undefined = node[String(part)];
    if (next === undefined) return [];
    node = next;
  }
  return isOption(node) ? keysInside(node, 0) : Object.keys(node);
}

function keysInside(option: Option, depth: number): readonly string[] {
  const inner = INNER_KEYS[option.kind];
  return inner?.depth === depth ? inner.keys : [];
}
