import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WitnessError } from '../../kernel/errors.ts';
import { tablesIn } from '../../load/qtickets/tables.ts';
import type { CheckConfig, Config } from '../../model/config.ts';
import { tableText } from '../../model/table.ts';
import type { Io } from '../outcome.ts';
import type { Handler, Options } from '../program.ts';
import { ownSchema } from '../schema-apply.ts';
import { witnessOutcome } from '../witness.ts';
import { createMissing } from './create.ts';
import { ingestQtickets } from './ingest.ts';

/** The word that stands for the API among the inputs of a load. */
const WORD = 'qtickets';
const JOB = 'qtickets_api';

/** Whether the inputs mean the API: the word alone, unless a file or a folder has that name. */
export function meansApi(inputs: readonly string[], cwd: string): boolean {
  return inputs.length === 1 && inputs[0] === WORD && !existsSync(resolve(cwd, WORD));
}

function withOptions(own: CheckConfig | undefined, options: Record<string, unknown>): CheckConfig {
  // What the user wrote goes over what this load knows of itself.
  const given = typeof own?.options === 'object' && own.options !== null ? own.options : {};
  return { ...own, options: { ...options, ...given } };
}

/** The configuration as this load wants it where the user says nothing: its job, its tables of runs and times, its DDL. */
export function settled(config: Config, options: Options, cwd: string): Config {
  const tables = tablesIn(config.target.database);
  const named = config.sources.some(({ key }) => key === 'job');
  const job = named ? config.job : JOB;
  const dryRun = options.dryRun === true || config.qtickets.dryRun;
  const userSchema = config.sources.some(({ key }) => key === 'schema') || existsSync(join(cwd, 'chwitness.yaml'));
  const columns = {
    [tableText(tables.orders)]: 'sale_ts',
    [tableText(tables.inventory)]: 'snapshot_ts',
    [tableText(tables.jobRuns)]: 'started_at',
  };
  return {
    ...config,
    // Customers stand in the rows: only who asks for samples sees what a server quotes of them.
    target: { ...config.target, withholdValues: !config.load.keep_samples },
    job,
    qtickets: { ...config.qtickets, dryRun },
    jobRuns: config.jobRuns ?? { table: tables.jobRuns, job },
    schemaDir: (userSchema ? config.schemaDir : undefined) ?? ownSchema(WORD),
    // A test row is a write, even where nothing of it stays.
    skip: dryRun && !config.skip.includes('manual-insert') ? [...config.skip, 'manual-insert'] : config.skip,
    checks: {
      ...config.checks,
      'job-runs': withOptions(config.checks['job-runs'], { expect_row: dryRun ? 'never' : 'always' }),
      freshness: withOptions(config.checks.freshness, { columns }),
    },
  };
}

/** `chwitness load qtickets` */
export const qticketsCommand: Handler = (_inputs, options, io: Io) =>
  witnessOutcome({
    command: 'load',
    bundle: WORD,
    phases: ['before', 'after'],
    options,
    io,
    adjust: (config) => settled(config, options, io.cwd),
    async prepare(config) {
      if (options.printSql === true)
        throw new WitnessError({
          code: 'USAGE_PRINT_SQL',
          what: 'What a load from the API sends depends on what the API answers, so it cannot be listed without reading it',
          where: '--print-sql',
          next: 'chwitness preflight --print-sql lists the checks; --dry-run reads the API and writes nothing',
        });
      const { dryRun } = config.qtickets;
      if (config.load.create && !dryRun) await createMissing(config, io);
      return {
        tables: Object.values(tablesIn(config.target.database)),
        personal: !config.load.keep_samples,
        ingest: (run) =>
          ingestQtickets(run, { settings: config.qtickets, rehearse: options.rehearse === true, signal: io.stop }),
      };
    },
  });
