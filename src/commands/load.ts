import { basename, dirname, resolve } from 'node:path';
import { WitnessError } from '../kernel/errors.ts';
import { INFERENCE_SETTINGS } from '../load/create.ts';
import type { LoadJournal } from '../load/journal/state.ts';
import { type LoadPlan, type LoadTools, load } from '../load/load.ts';
import type { Config } from '../model/config.ts';
import type { LoadFacts } from '../model/load.ts';
import { type Format, InputFault, isRowFormat, type Source } from '../model/source.ts';
import type { TableName } from '../model/table.ts';
import { checkStaged } from '../pipeline/check-staged.ts';
import type { Oracle } from '../pipeline/oracle.ts';
import { openSources } from '../source/open.ts';
import { configured } from './configured.ts';
import { rehearse } from './load-rehearsal.ts';
import { rejectFileOf, rejectsOf } from './load-rejects.ts';
import { assignAgain, giveUp, inputsOf, journaled, openLoadJournal, readResumed } from './load-resume.ts';
import { storedSampleOf } from './load-stored.ts';
import type { Io, Outcome } from './outcome.ts';
import type { Handler } from './program.ts';
import { witnessOutcome } from './witness.ts';

/** Table named after a file: `flights-3m.parquet` → `flights_3m`. */
export function tableOfSource(source: string, database: string): TableName {
  const stem = basename(source).replace(/(\.(gz|json|ndjson|jsonl|csv|tsv|txt|parquet|arrow|orc|avro|native))+$/i, '');
  const table = stem
    .replace(/\W+/g, '_')
    .replace(/^(?=\d)/, '_')
    .replace(/^_+$/, '');
  return { database, table: table === '' ? 'rows' : table };
}

/** Which source goes to which table: all to the one named, or, without a name, each to the table of its own. */
export function assign(
  sources: readonly Source[],
  config: Pick<Config, 'tables' | 'load' | 'target'>,
): { table: TableName; sources: Source[] }[] {
  const [table, second] = config.tables;
  if (table && !second) return [{ table, sources: [...sources] }];
  if (second)
    throw new WitnessError({
      code: 'USAGE_TABLE',
      what: 'More than one table is named, and a load goes to one',
      where: '--table',
      next: 'Name one; or name none, and each file goes to the table of its own name (with --create)',
    });
  if (!config.load.create)
    throw new WitnessError({
      code: 'USAGE_TABLE',
      what: 'No table is named for the rows',
      where: '--table',
      next: 'Add --table database.table, or --create to make a table for each file from its structure',
    });
  const byName = new Map<string, { table: TableName; sources: Source[] }>();
  for (const source of sources) {
    const name = tableOfSource(source.name, config.target.database);
    const entry = byName.get(name.table) ?? { table: name, sources: [] };
    entry.sources.push(source);
    byName.set(name.table, entry);
  }
  return [...byName.values()];
}

/** As much of a source as is looked at to infer its structure. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

/** Formats that pass through are read where they lie, since their structure may stand at the end; of texts the first rows tell. */
async function inferStructure(oracle: Oracle, format: Format, source: Source) {
  if (isRowFormat(format)) return oracle.describe(format, await source.sample(SAMPLE_BYTES), INFERENCE_SETTINGS);
  if (source.path !== undefined) return oracle.describe(format, resolve(source.path), INFERENCE_SETTINGS);
  throw new InputFault({
    code: 'INPUT_NO_STRUCTURE',
    message: `${source.name}: the structure of ${format} can only be inferred from a file; create the table first, or save it to a file`,
    source: source.name,
  });
}

async function open(inputs: readonly string[], config: Config, io: Io): Promise<Source[]> {
  return openSources(inputs, { format: config.load.format, stdin: io.stdin, cwd: io.cwd, signal: io.stop });
}

export const loadCommand: Handler = (inputs, options, io) => {
  const { giveUp: given, resume } = options;
  if (typeof given === 'string') return configured(io, options, (config) => gaveUp(config, given));
  if (inputs.length === 0 && resume === undefined) throw noInput();
  return loadOutcome(inputs, options, io);
};

function noInput(): WitnessError {
  return new WitnessError({
    code: 'INPUT_NONE',
    what: 'No input was named',
    next: 'Name files, a pattern in quotes, a folder, an http(s) address, or - for standard input',
  });
}

async function gaveUp(config: Config, run: string): Promise<Outcome> {
  const text = await giveUp(config, run);
  return { code: 0, text, json: { given_up: run } };
}

const loadOutcome: Handler = (inputs, options, io) =>
  witnessOutcome({
    command: 'load',
    bundle: 'task-evidence',
    phases: ['before', 'after'],
    options,
    io,
    async prepare(config) {
      const rejectFile = await rejectFileOf(config);
      const resumed = typeof options.resume === 'string' ? await readResumed(config, options.resume) : undefined;
      const named = inputs.length === 0 && resumed ? inputsOf(resumed) : inputs;
      const sources = await open(named, config, io);
      const tables = resumed ? assignAgain(resumed, sources) : assign(sources, config);
      return {
        resumes: resumed?.state.run,
        readable: [
          ...new Set(sources.flatMap(({ path }) => (path === undefined ? [] : [dirname(resolve(io.cwd, path))]))),
        ],
        needsOracle: config.load.on_error.mode === 'quarantine' || options.rehearse !== undefined,
        tables: tables.map(({ table }) => table),
        async ingest(run) {
          const rejects = rejectsOf(run, config, rejectFile, io.stop);
          const plan: LoadPlan = {
            tables,
            create: config.load.create,
            batchRows: resumed?.state.batch_rows ?? config.load.batch_rows,
            batchBytes: resumed?.state.batch_bytes ?? config.load.batch_bytes,
            connections: config.load.connections,
            settings: { ...config.load.settings },
            atLeastOnce: options.atLeastOnce === true,
            retryForMs: config.load.retry_for,
          };
          const tools: LoadTools = {
            target: run.target,
            infer: (format, source) => inferStructure(run.oracle, format, source),
            runId: run.id,
            workDir: run.workDir,
            signal: io.stop,
            progress: (progress) =>
              run.plan.listen({
                type: 'progress',
                progress: { ...progress, table: run.redactor.plain(progress.table) },
              }),
            keep: async (kind, name, text) => {
              await run.store.text(`ddl/${name}`, kind, text);
              if (options.printSql !== true) io.say(`\n${run.redactor.plain(text.trimEnd())}`);
            },
            append: (record) => run.batches.append(record),
            rejects,
          };
          const past = resumed && { run: resumed.state.run, batches: resumed.past };
          const atomic = resumed?.state.atomic ?? options.atomic === true;
          const real = (rehearsed: LoadPlan) => {
            const settled = { ...rehearsed, atomic };
            if (options.printSql === true) return load(settled, tools);
            const start = (journal: LoadJournal) =>
              load(settled, {
                ...tools,
                journal,
                past,
                checkStaged: (table, scratch) => checkStaged(run, table, scratch),
              });
            return journaled(openLoadJournal(run, config, { ...settled, tables }, resumed), resumed, start);
          };
          const loaded = async (settled: LoadPlan): Promise<LoadFacts> => {
            const facts = await real(settled);
            if (facts.status !== 'ok') return facts;
            const stored = await storedSampleOf(run, rejects, plan.settings, io.stop);
            return stored.length === 0 ? facts : { ...facts, stored };
          };
          if (options.rehearse === undefined) return loaded(plan);
          const how = options.rehearse === 'sample' ? 'sample' : 'full';
          const rehearsed = await rehearse(run, config, how, plan, tools);
          if (rehearsed.failed && options.force !== true) return rehearsed.failed;
          return { ...(await loaded(rehearsed.plan)), rehearsal: rehearsed.facts };
        },
      };
    },
  });
