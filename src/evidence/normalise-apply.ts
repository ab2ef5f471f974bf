import { EngineError } from '../engine/errors.ts';
import type { Target } from '../engine/target.ts';
import { quoteName, quoteText } from '../kernel/sql.ts';
import { type CreateStatement, parseCreate, readName } from '../model/schema-diff/create-statement.ts';
import { renderCreate, writtenSql } from '../model/schema-diff/render.ts';
import { leadingWords, withoutCluster } from '../model/schema-diff/statements.ts';
import { parseSettings } from '../model/schema-diff/structure.ts';
import { isSymbol, isWord, splitTop, tokenize } from '../model/schema-diff/tokens.ts';
import { type TableName, tableText } from '../model/table.ts';
import { type Overlay, siblingOf } from './normalise-sibling.ts';
import { withAllowed } from './scratch-allow.ts';

/** The embedded engine while it takes one set of DDL: what was made there, and what had to be left out. */
export interface Bench {
  readonly engine: Target;
  readonly signal: AbortSignal;
  readonly knownSettings: ReadonlySet<string>;
  readonly databases: Set<string>;
  readonly functions: Set<string>;
  readonly overlays: Map<string, Overlay>;
}

/** What a file set for its own later statements. */
export interface FileState {
  database: string;
  settings: Record<string, string>;
}

function run(bench: Bench, file: FileState, sql: string) {
  return withAllowed(file.settings, (settings) =>
    bench.engine.command(sql, { purpose: 'normalise', signal: bench.signal, settings }),
  );
}

async function ensureDatabase(bench: Bench, name: string): Promise<void> {
  if (bench.databases.has(name)) return;
  await bench.engine.command(`CREATE DATABASE IF NOT EXISTS ${quoteName(name)}`, {
    purpose: 'normalise',
    signal: bench.signal,
  });
  bench.databases.add(name);
}

/** As the engine writes it: keywords, intervals and quotes alike on both sides. Text it cannot read stays as it is. */
async function formatted(bench: Bench, statement: string): Promise<string> {
  try {
    const sql = `SELECT formatQuery(${quoteText(statement)}) AS text`;
    const [row] = await bench.engine.all<{ text: string }>(sql, { purpose: 'normalise', signal: bench.signal });
    return row?.text ?? statement;
  } catch (error) {
    if (error instanceof EngineError && error.failure === 'server') return statement;
    throw error;
  }
}

async function create(bench: Bench, file: FileState, parsed: CreateStatement): Promise<void> {
  const name: TableName = { database: parsed.name.database ?? file.database, table: parsed.name.table };
  await ensureDatabase(bench, name.database);
  const full = {
    ...parsed,
    name,
    like: parsed.like && { database: parsed.like.database ?? file.database, table: parsed.like.table },
  };
  if (full.to) full.to = { database: full.to.database ?? file.database, table: full.to.table };
  const { sibling, overlay } = siblingOf(full, bench.knownSettings);
  await run(bench, file, renderCreate(sibling));
  const copied = full.like && !full.engine ? bench.overlays.get(`${full.like.database}.${full.like.table}`) : undefined;
  bench.overlays.set(tableText(name), { ...copied, ...overlay });
}

/** Commands of an ALTER that speak of disks, volumes or settings unknown here are kept beside; the others are run. */
async function alter(bench: Bench, file: FileState, statement: string): Promise<void> {
  const tokens = tokenize(statement);
  const at = isWord(tokens[2], 'IF') ? 4 : 2;
  const named = readName(tokens, at);
  const body = tokens[named?.next ?? tokens.length];
  if (!named || !body) throw new Error('its table could not be read');
  const name: TableName = { database: named.name.database ?? file.database, table: named.name.table };
  const overlay: Overlay = { ...bench.overlays.get(tableText(name)) };
  // In one statement, as they were written: MODIFY ORDER BY takes only columns added by the same ALTER.
  const own: string[] = [];
  for (const command of splitTop(statement.slice(body.start), ',').map((one) => one.replace(/^\(([\s\S]*)\)$/, '$1'))) {
    const setting = /^MODIFY SETTING\s+([\s\S]+)$/i.exec(command)?.[1];
    const ttl = /^MODIFY TTL\s+([\s\S]*\bTO\s+(?:DISK|VOLUME)\b[\s\S]*)$/i.exec(command)?.[1];
    const foreign = [...parseSettings(setting)].filter(
      ([key]) => !bench.knownSettings.has(key) || key === 'storage_policy',
    );
    if (foreign.length > 0) overlay.settings = new Map([...(overlay.settings ?? []), ...foreign]);
    else if (ttl !== undefined) overlay.ttl = ttl;
    else own.push(command);
    if (/^(?:MODIFY|REMOVE) TTL/i.test(command) && ttl === undefined) delete overlay.ttl;
  }
  if (own.length > 0) await run(bench, file, `ALTER TABLE ${writtenSql(name)} ${own.join(', ')}`);
  bench.overlays.set(tableText(name), overlay);
}

/** Tables named by RENAME, EXCHANGE, DROP and TRUNCATE, with their place in the text. */
function namesIn(statement: string, database: string): { name: TableName; from: number; to: number }[] {
  const tokens = tokenize(statement);
  const found: { name: TableName; from: number; to: number }[] = [];
  for (let i = 1; i < tokens.length; i += 1) {
    const before = tokens[i - 1];
    const starts =
      isWord(before, 'TABLE', 'TABLES', 'VIEW', 'DICTIONARY', 'EXISTS', 'TO', 'AND') ||
      isSymbol(before ?? tokens[0] ?? { kind: 'word', text: '', value: '', start: 0, end: 0 }, ',');
    if (!starts || isWord(tokens[i], 'IF', 'TABLE')) continue;
    const named = readName(tokens, i);
    if (!named) continue;
    const name = { database: named.name.database ?? database, table: named.name.table };
    found.push({ name, from: tokens[i]?.start ?? 0, to: tokens[named.next - 1]?.end ?? 0 });
    i = named.next - 1;
  }
  return found;
}

async function rename(bench: Bench, file: FileState, statement: string): Promise<void> {
  const names = namesIn(statement, file.database);
  let text = statement;
  for (const { name, from, to } of [...names].reverse()) text = text.slice(0, from) + writtenSql(name) + text.slice(to);
  for (const { name } of names) await ensureDatabase(bench, name.database);
  await run(bench, file, text);
  const exchange = /^EXCHANGE/i.test(statement);
  for (let i = 0; /^(?:RENAME|EXCHANGE)/i.test(statement) && i + 1 < names.length; i += 2) {
    const [from, to] = [names[i], names[i + 1]].map((one) => (one ? tableText(one.name) : ''));
    const [first, second] = [bench.overlays.get(from ?? ''), bench.overlays.get(to ?? '')];
    bench.overlays.delete(from ?? '');
    if (first) bench.overlays.set(to ?? '', first);
    if (exchange && second) bench.overlays.set(from ?? '', second);
  }
}

/** Applies one statement. Resolves to 'ignored' when it says nothing of structure; throws what the engine says of it. */
export async function applyStatement(bench: Bench, file: FileState, raw: string): Promise<'applied' | 'ignored'> {
  const words = leadingWords(raw);
  const [first, second] = words;
  if (first === 'USE') {
    file.database = tokenize(raw)[1]?.value ?? file.database;
    return 'applied';
  }
  if (first === 'SET') {
    for (const [name, value] of parseSettings(raw.slice(raw.search(/SET\s/i) + 4)))
      file.settings[name] = value.replace(/^'(.*)'$/, '$1');
    return 'applied';
  }
  if (first === 'CREATE' || first === 'ATTACH' || first === 'REPLACE') {
    const parsed = parseCreate(await formatted(bench, withoutCluster(raw)));
    if (!parsed) return 'ignored';
    if (parsed.what === 'DATABASE') await ensureDatabase(bench, parsed.name.table);
    else if (parsed.what === 'FUNCTION') {
      await run(bench, file, withoutCluster(raw));
      bench.functions.add(parsed.name.table);
    } else await create(bench, file, parsed);
    return 'applied';
  }
  const changesTable = second !== undefined && ['TABLE', 'TABLES', 'VIEW', 'DICTIONARY'].includes(second);
  if (first === 'ALTER' && second === 'TABLE') {
    if (
      /^ALTER\s+TABLE\s[\s\S]*?\s(?:UPDATE|DELETE\s+WHERE|(?:DROP|DETACH|ATTACH|MOVE|REPLACE|FREEZE|FETCH|CLEAR)\s+(?:PARTITION|PART)|MATERIALIZE)\b/i.test(
        raw,
      )
    )
      return 'ignored';
    await alter(bench, file, await formatted(bench, withoutCluster(raw)));
    return 'applied';
  }
  if (changesTable && (first === 'RENAME' || first === 'EXCHANGE' || first === 'DROP')) {
    await rename(bench, file, withoutCluster(raw).replace(/\s+SYNC\s*$/i, ''));
    return 'applied';
  }
  return 'ignored';
}
