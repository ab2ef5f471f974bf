import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../model/config.ts';
import { parseTable, type TableName } from '../model/table.ts';
import { OPTIONS } from './options.ts';
import { qticketsOf } from './qtickets.ts';
import { absolute, type Resolver } from './resolver.ts';
import { serverSettings } from './server-settings.ts';

/** All settings but the target and what is written about where they came from. */
export type Settings = Omit<Config, 'target' | 'secrets' | 'sources' | 'notes' | 'stateDir'>;

function table(resolver: Resolver, text: string, database: string, from: string): TableName[] {
  const name = parseTable(text.trim(), database);
  if (name !== undefined) return [name];
  resolver.wrong(
    { from },
    `${JSON.stringify(text.slice(0, 60))} is not the name of a table`,
    'write table or database.table; a name with dots or spaces goes in backticks',
  );
  return [];
}

function tablesOf(resolver: Resolver, database: string): TableName[] {
  const from = resolver.find(OPTIONS.tables)?.from ?? '';
  return (resolver.value(OPTIONS.tables) ?? []).flatMap((text) => table(resolver, text, database, from));
}

// In a pattern below a folder with brackets in its name, the folder's own characters are no pattern.
function glob(base: string, pattern: string): string {
  return join(base.replace(/[()[\]{}!*?@+|\\]/g, '\\$&'), pattern);
}

function plugins(resolver: Resolver, base: string): string[] {
  const found = resolver.find(OPTIONS.plugins);
  const named = (resolver.value(OPTIONS.plugins) ?? []).map((entry) => {
    const isPath = /^(\.{1,2}|~)?\//.test(entry) || /[*?{[]/.test(entry) || /\.(sql|m?js)$/.test(entry);
    if (!isPath) return entry;
    const folder = found?.base ?? base;
    return /[*?{[]/.test(entry) && !/^(~?\/)/.test(entry) ? glob(folder, entry) : absolute(entry, folder);
  });
  const own = join(base, 'chwitness', 'checks');
  return existsSync(own) ? [glob(own, '*.{sql,js,mjs}'), ...named] : named;
}

function schemaDir(resolver: Resolver, base: string): string | undefined {
  const named = resolver.value(OPTIONS.schemaDir);
  if (named === undefined) {
    const usual = join(base, 'sql', 'schema');
    return existsSync(usual) ? usual : undefined;
  }
  const found = resolver.find(OPTIONS.schemaDir);
  if (found && !statSync(named, { throwIfNoEntry: false })?.isDirectory())
    resolver.wrong(found, `the folder of DDL ${named} does not exist`, 'check the path after --schema-dir or schema');
  return named;
}

/** Rows that quarantine keeps at most, where no number is given: more than that is no bad row, it is a bad file. */
const QUARANTINE_ROWS = 1000;

function onErrorOf(resolver: Resolver): Settings['load']['on_error'] {
  const [mode, rows] = (resolver.value(OPTIONS.onError) ?? OPTIONS.onError.default).split('=');
  if (mode !== 'quarantine') return { mode: 'fail' };
  return { mode, limit: rows === undefined ? QUARANTINE_ROWS : Number(rows) };
}

/**
 * Everything beside the target.
 * @param base folder of paths that nobody gave
 */
export function settingsOf(resolver: Resolver, database: string, base: string): Settings {
  const tables = tablesOf(resolver, database);
  const job = resolver.value(OPTIONS.job) ?? tables[0]?.table ?? 'load';
  const runs = resolver.value(OPTIONS.jobRuns);
  const runsFrom = resolver.find(OPTIONS.jobRuns)?.from ?? '';
  const [runsTable] = runs === undefined ? [] : table(resolver, runs.table, database, runsFrom);
  return {
    job,
    tables,
    jobRuns: runsTable && { table: runsTable, job: runs?.job ?? job },
    schemaDir: schemaDir(resolver, base),
    outDir: resolver.value(OPTIONS.out) ?? absolute(OPTIONS.out.default, base),
    archive: {
      format: resolver.value(OPTIONS.archiveFormat) ?? OPTIONS.archiveFormat.default,
      keep: resolver.value(OPTIONS.archiveKeep),
    },
    bundle: resolver.value(OPTIONS.bundle),
    bundles: resolver.value(OPTIONS.bundles) ?? {},
    checks: resolver.value(OPTIONS.checks) ?? {},
    checkFiles: plugins(resolver, base),
    only: resolver.value(OPTIONS.only) ?? [],
    skip: resolver.value(OPTIONS.skip) ?? [],
    failOn: resolver.value(OPTIONS.failOn) ?? OPTIONS.failOn.default,
    notify: {
      junit: resolver.value(OPTIONS.junit),
      textfile: resolver.value(OPTIONS.textfile),
      webhook: resolver.value(OPTIONS.webhook),
    },
    docker: { command: resolver.value(OPTIONS.docker) ?? OPTIONS.docker.default },
    concurrency: resolver.value(OPTIONS.concurrency) ?? OPTIONS.concurrency.default,
    limits: {
      artifact_bytes: resolver.value(OPTIONS.limitArtifactBytes) ?? OPTIONS.limitArtifactBytes.default,
      rows: resolver.value(OPTIONS.limitRows) ?? OPTIONS.limitRows.default,
      phase_ms: resolver.value(OPTIONS.limitPhase) ?? OPTIONS.limitPhase.default,
      check_ms: resolver.value(OPTIONS.limitCheck) ?? OPTIONS.limitCheck.default,
    },
    load: {
      create: resolver.value(OPTIONS.create) ?? OPTIONS.create.default,
      format: resolver.value(OPTIONS.format),
      batch_rows: resolver.value(OPTIONS.batchRows) ?? OPTIONS.batchRows.default,
      batch_bytes: resolver.value(OPTIONS.batchBytes) ?? OPTIONS.batchBytes.default,
      on_error: onErrorOf(resolver),
      reject_file: resolver.value(OPTIONS.rejectFile),
      keep_samples: resolver.value(OPTIONS.keepSamples) ?? OPTIONS.keepSamples.default,
      retry_for: resolver.value(OPTIONS.retryFor) ?? OPTIONS.retryFor.default,
      connections: resolver.value(OPTIONS.connections) ?? OPTIONS.connections.default,
      settings: serverSettings(resolver, OPTIONS.loadSettings),
    },
    qtickets: qticketsOf(resolver),
  };
}
