import type { TableSchema } from '../check.ts';
import { type CreateStatement, parseCreate } from './create-statement.ts';
import { type Element, parseElement } from './elements.ts';
import { splitTop, tokenize } from './tokens.ts';

/** What a table's CREATE text says beyond the fields of `TableSchema`. */
export interface Structure {
  create: CreateStatement | undefined;
  ttl: string;
  settings: Map<string, string>;
  comment: string;
  elements: Element[];
}

/** `name = value` pairs of a SETTINGS clause. */
export function parseSettings(text: string | undefined): Map<string, string> {
  const settings = new Map<string, string>();
  for (const part of splitTop(text ?? '', ',')) {
    const at = part.indexOf('=');
    if (at > 0) settings.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return settings;
}

/** Reads the CREATE text of a table, as a server or the normaliser printed it. */
export function structureOf(table: TableSchema): Structure {
  const create = parseCreate(table.create_query);
  return {
    create,
    ttl: create?.clauses.TTL ?? '',
    settings: parseSettings(create?.clauses.SETTINGS),
    comment: tokenize(create?.clauses.COMMENT ?? '')[0]?.value ?? '',
    elements: (create?.elements ?? []).map(parseElement),
  };
}

const FAMILY = /^(?:Replicated|Shared)?([A-Za-z]*MergeTree)$/;

/** Whether the engine keeps parts: a MergeTree in any of its forms. */
export function isMergeTree(engine: string): boolean {
  return FAMILY.test(engine);
}

/** Whether the engine keeps its parts' list in ZooKeeper or Keeper. */
export function isReplicated(engine: string): boolean {
  return /^(?:Replicated|Shared)\w*MergeTree$/.test(engine);
}

/** The plain sibling of a replicated engine: its name, and its arguments without path and replica. */
export function plainEngine(engine: { name: string; args: string[] | undefined }): {
  name: string;
  args: string[] | undefined;
} {
  if (!isReplicated(engine.name)) return engine;
  const args = engine.args ?? [];
  const own = args[0]?.startsWith("'") && args[1]?.startsWith("'") ? args.slice(2) : args;
  return { name: engine.name.replace(/^(?:Replicated|Shared)/, ''), args: own.length === 0 ? undefined : own };
}
