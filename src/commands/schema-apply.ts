import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { openTarget } from '../engine/http.ts';
import { schemaFiles } from '../evidence/schema-files.ts';
import { WitnessError } from '../kernel/errors.ts';
import { plural } from '../kernel/format.ts';
import { packageRoot } from '../kernel/package.ts';
import { createAll, databaseStatement, missingOn, type Plan, wantedBy } from '../load/create-missing.ts';
import type { Config } from '../model/config.ts';
import { tableText } from '../model/table.ts';
import { createPaint } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { configured, withTarget } from './configured.ts';
import type { Io } from './outcome.ts';
import type { Handler } from './program.ts';

/** DDL that comes with chwitness, by the word that names it where no folder of that name is. */
export function ownSchema(word: string): string | undefined {
  const folder = join(packageRoot, 'sql', 'schema', word);
  return /^\w+$/.test(word) && existsSync(folder) ? folder : undefined;
}

function folderOf(dir: string | undefined, config: Config, cwd: string): string {
  if (dir === undefined) return config.schemaDir ?? join(cwd, 'sql', 'schema');
  const named = resolve(cwd, dir);
  return existsSync(named) ? named : (ownSchema(dir) ?? named);
}

async function agreed(io: Io, question: string): Promise<boolean> {
  io.say(question);
  const lines = createInterface({ input: io.stdin });
  try {
    for await (const answer of lines) return /^y/i.test(answer.trim());
    return false;
  } finally {
    lines.close();
  }
}

function statementsOf(plan: Plan): string[] {
  return [...plan.databases.map(databaseStatement), ...plan.objects.map(({ statement }) => statement)];
}

/** A database that is not there yet cannot be the one that a statement is sent to. */
function aside(config: Config): Config {
  return config.target.kind === 'server' ? { ...config, target: { ...config.target, database: 'default' } } : config;
}

async function createDatabases(config: Config, names: readonly string[], signal: AbortSignal): Promise<void> {
  if (names.length === 0) return;
  const target = await openTarget(aside(config).target, { runId: 'schema-apply' });
  try {
    for (const name of names) await target.command(databaseStatement(name), { purpose: 'schema apply', signal });
  } finally {
    await target.close();
  }
}

/** `chwitness schema apply [dir]`: 0 all is there (or, with --dry-run, was shown), 2 not agreed to. */
export const schemaApplyCommand: Handler = ([dir], options, io) =>
  configured(io, options, async (config) => {
    const folder = folderOf(dir, config, io.cwd);
    const { wanted, passed } = wantedBy(await schemaFiles(folder), config.target.database);
    if (wanted.length === 0)
      throw new WitnessError({
        code: 'SCHEMA_EMPTY',
        what: passed[0] ?? 'The DDL files name no table',
        where: folder,
        next: 'Name a folder of .sql files with CREATE TABLE statements, or the word qtickets for those that come with chwitness',
      });
    const only = new Set(config.tables.map(tableText));
    const asked = only.size === 0 ? wanted : wanted.filter(({ name }) => only.has(tableText(name)));
    const paint = createPaint(io.colours);
    const plan = await withTarget(aside(config), (target) => missingOn(target, asked, io.stop));
    const there = asked.length - plan.objects.length;
    const json = (done: boolean) => ({
      there,
      databases: plan.databases,
      missing: plan.objects.map(({ name }) => tableText(name)),
      statements: statementsOf(plan),
      passed,
      created: done,
    });
    const notes = visible(passed).map((line) => paint.dim(`  note     ${line}`));
    if (plan.objects.length === 0 && plan.databases.length === 0)
      return {
        code: 0,
        text: [paint.green(`nothing is missing: ${plural(there, 'object')} there`), ...notes].join('\n'),
        json: json(false),
      };
    const missing = `${plural(plan.objects.length, 'object')} missing${plan.databases.length === 0 ? '' : `, and the database ${plan.databases.join(', ')}`}`;
    io.say(
      [
        paint.bold(`${missing}; ${there} there already, which stay as they are`),
        ...notes,
        '',
        ...visible(statementsOf(plan)).map((statement) => `${statement};\n`),
      ].join('\n'),
    );
    if (options.dryRun === true) return { code: 0, text: 'nothing was created: --dry-run', json: json(false) };
    if (options.yes !== true && (io.stdin.isTTY !== true || options.json === true))
      throw new WitnessError({
        code: 'SCHEMA_NOT_AGREED',
        what: `Nothing was created: there is nobody to ask whether ${missing.split(' ')[0]} may be`,
        where: folder,
        next: 'Add --yes to create what was shown',
      });
    if (options.yes !== true && !(await agreed(io, `Create ${plural(plan.objects.length, 'object')}? [y/N]`)))
      return { code: 2, text: 'nothing was created', json: json(false) };
    await createDatabases(config, plan.databases, io.stop);
    await withTarget(config, (target) =>
      createAll(target, plan.objects, io.stop, ({ what, name }) =>
        io.say(`  ${paint.green('created')}  ${what.toLowerCase()} ${visible(tableText(name))}`),
      ),
    );
    return { code: 0, text: paint.green(`${plural(plan.objects.length, 'object')} created`), json: json(true) };
  });
