import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { removePartials } from '../archive/publish.ts';
import { RULES } from '../diagnose/diagnose.ts';
import { openStore } from '../evidence/store.ts';
import { messageOf } from '../kernel/errors.ts';
import { slug } from '../kernel/names.ts';
import { version } from '../kernel/package.ts';
import type { Rule } from '../model/rule.ts';
import { type FileEntry, fileEntry, RUN_SCHEMA, type RunJson, runJson } from '../model/run.ts';
import { createRedactor, type Redactor } from '../redact/redactor.ts';
import { rowCountsOf } from './counts.ts';
import { diagnoseRemains } from './diagnose-remains.ts';
import { packRun } from './finish.ts';
import { lives } from './life.ts';
import { ownRules } from './own-rules.ts';
import { ownProcess, type Process } from './process.ts';
import { batchJournal, keptFacts, lastSign, loadOf } from './remains.ts';
import type { Run } from './run.ts';
import { type RunState, readRunState } from './run-state.ts';
import { sweepScratch } from './scratch-sweep.ts';

/**
 * Packs the runs that were killed, marked incomplete, and drops the scratch tables they left on this target.
 * What cannot be tidied is said, and tried again at the next start; it never stops the run that found it.
 */
export async function recover(run: Run): Promise<void> {
  const { plan, redactor, target } = run;
  const tell = (text: string) => plan.listen({ type: 'notice', text: redactor.plain(text) });
  try {
    const dropped = await sweepScratch(target, plan.config.stateDir);
    if (dropped.length > 0) tell(`A killed run had left ${dropped.join(', ')}: dropped`);
  } catch (error) {
    tell(`What killed runs may have left on the target could not be looked for: ${messageOf(error)}`);
  }
  for (const unfinished of await findUnfinished(plan.config.stateDir)) {
    const { folder } = unfinished;
    const state = withoutFinishedLoad(unfinished.state, plan.config.stateDir);
    try {
      const path = await packUnfinished(
        { folder, state },
        {
          redactor: createRedactor({ known: plan.config.secrets }),
          config: plan.config,
          rules: [...RULES, ...ownRules(plan)],
          rulesDigest: plan.rulesDigest,
        },
      );
      tell(
        `Run ${state.id} was killed while it was busy with: ${state.doing}. What it had kept is in ${path}, marked incomplete${resume(state)}`,
      );
    } catch (error) {
      tell(`The killed run ${state.id} could not be tidied up: ${messageOf(error)}. It stays in ${folder}`);
    }
  }
}

/** A load that had ended, or not begun, has left no journal to go on with. */
function withoutFinishedLoad(state: RunState, stateDir: string): RunState {
  const { resumable, ...rest } = state.ingestion;
  const kept = resumable !== undefined && existsSync(join(stateDir, 'loads', resumable));
  return { ...state, ingestion: kept ? state.ingestion : rest };
}

function resume({ ingestion }: RunState): string {
  return ingestion.resumable === undefined ? '' : `. Go on with it: chwitness load --resume ${ingestion.resumable}`;
}

/** A run whose process is gone, claimed by us: nobody else will pack it. */
interface Unfinished {
  folder: string;
  state: RunState;
}

/** Name of a folder that a process has claimed, and that process. */
const CLAIMED = /\.recovered-by\.(\d+)\.(\w+)\.([\w-]+)$/;

/** Whoever may still be busy with a folder: the process that packs it, else the one whose run it is. */
function holderOf(name: string, state: RunState): Process {
  const [, pid, started, place] = CLAIMED.exec(name) ?? [];
  if (pid === undefined || place === undefined) return state;
  return { pid: Number(pid), pid_started: started === 'x' ? undefined : started, place };
}

/** Finds runs that were killed and claims them by renaming their folder. Runs of living processes are left alone. */
async function findUnfinished(stateDir: string): Promise<Unfinished[]> {
  const runs = join(stateDir, 'runs');
  const names = await readdir(runs).catch(() => [] as string[]);
  const { pid, pid_started = 'x', place } = ownProcess();
  const found: Unfinished[] = [];
  for (const name of names.sort()) {
    const state = await readRunState(join(runs, name));
    if (!state || (await lives(stateDir, holderOf(name, state)))) continue;
    const folder = join(runs, `${state.id}.recovered-by.${pid}.${pid_started}.${place}`);
    const claimed = await rename(join(runs, name), folder).then(
      () => true,
      () => false,
    );
    if (claimed) found.push({ folder, state });
  }
  return found;
}

const KINDS: [prefix: string, kind: FileEntry['kind']][] = [
  ['data/facts/', 'facts'],
  ['data/journal', 'journal'],
  ['data/results', 'result'],
  ['data/ddl/', 'ddl'],
];

/** What the killed run had kept, hashed anew: its own list died with it. */
async function filesOf(bag: string): Promise<FileEntry[]> {
  const entries = await readdir(join(bag, 'data'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(file)) hash.update(chunk);
      const path = relative(bag, file).split(sep).join('/');
      const kind = KINDS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? 'artifact';
      return fileEntry.parse({ path, sha256: hash.digest('hex'), bytes: (await stat(file)).size, kind });
    }),
  );
}

/** What is known of a killed run up to its last sign of life, and not beyond. */
async function summaryOf(state: RunState, bag: string, last: Date): Promise<RunJson> {
  const finished = last.toISOString();
  const { clock_offset_ms: offset = 0 } = state.clock;
  const onServer = (time: Date) => new Date(time.getTime() + offset).toISOString();
  const inLoad = state.doing === 'load' && state.ingestion.kind === 'load';
  const ingestion = inLoad
    ? {
        ...loadOf(await batchJournal(bag), { ...state.ingestion, status: 'canceled' }),
        duration_ms: Math.max(0, last.getTime() - Date.parse(state.since)),
      }
    : state.ingestion;
  return runJson.parse({
    schema: RUN_SCHEMA,
    run: {
      id: state.id,
      job: state.job,
      command: state.command,
      bundle: state.bundle,
      target: state.target,
      started_at: state.started_at,
      finished_at: finished,
      window: { ...state.clock, from: onServer(new Date(state.started_at)), to: onServer(last) },
      exit_code: 1,
      exit_code_origin: 'chwitness',
      exit_code_reason: `the run was killed while it was busy with: ${state.doing}`,
      complete: false,
      incomplete_because: [`chwitness (process ${state.pid}) was killed while it was busy with: ${state.doing}`],
    },
    ingestion,
    timeline: [...state.timeline, { label: `${state.doing} (killed)`, from: state.since, to: finished }],
    row_counts: rowCountsOf(
      await keptFacts(bag, 'before', 'row-counts'),
      await keptFacts(bag, 'after', 'row-counts'),
      ingestion,
    ),
    checks: state.checks,
    findings: [],
    files: [],
    redactions: [],
    tool: {
      version,
      rules_digest: state.rules_digest,
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
    },
  });
}

/** Packs what a killed run had kept, marked incomplete, and removes its folder with the raw rows in it. */
async function packUnfinished(
  { folder, state }: Unfinished,
  tools: {
    redactor: Redactor;
    config: { outDir: string; archive: { format: 'tar.gz' | 'zip' } };
    rules: readonly Rule[];
    rulesDigest: string;
  },
): Promise<string> {
  const name = `${slug(state.job)}-${state.id}`;
  // Times of files lag behind the clock by up to a tick of the kernel (4 ms): what the run itself noted may be later.
  const last = new Date(Math.max((await lastSign(folder))?.getTime() ?? 0, Date.parse(state.since)));
  await rm(join(folder, 'work'), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  await removePartials(state.out_dir, name);
  const bag = join(folder, 'bag');
  const store = await openStore(bag, tools.redactor);
  const kept = await summaryOf(state, bag, last);
  const { redactor, rules, rulesDigest } = tools;
  const said = JSON.parse(redactor.json('run.json', await diagnoseRemains(bag, kept, rules)).toString());
  const summary = runJson.parse({ ...kept, ...said, tool: { ...kept.tool, rules_digest: rulesDigest } });
  const { checks, ingestion, findings } = summary;
  await rm(join(bag, 'data', 'results.json'), { force: true });
  await store.json('results.json', 'result', { checks, ingestion, findings, exit_code: summary.run.exit_code });
  await store.close();
  const archive = await packRun({
    summary: { ...summary, files: await filesOf(bag), redactions: redactor.ledger() },
    folder,
    name,
    config: tools.config,
    scan: (source) => redactor.scan(source),
  });
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  return archive.path;
}
