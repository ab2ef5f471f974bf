import { resolve } from 'node:path';
import { openTarget } from '../engine/http.ts';
import { WitnessError } from '../kernel/errors.ts';
import { shortId } from '../kernel/names.ts';
import { type Past, pastOf } from '../load/journal/past.ts';
import {
  beginJournal,
  continueJournal,
  forgetLoad,
  type LoadJournal,
  type LoadState,
  readLoad,
} from '../load/journal/state.ts';
import type { LoadPlan } from '../load/load.ts';
import { dropStatement, scratchOf } from '../load/staging/ddl.ts';
import type { Config } from '../model/config.ts';
import type { LoadFacts } from '../model/load.ts';
import type { Source } from '../model/source.ts';
import { tableText } from '../model/table.ts';
import type { Run } from '../pipeline/run.ts';

type Tables = LoadPlan['tables'];

/** An interrupted load that is to be gone on with. */
export interface Resumed {
  state: LoadState;
  past: Past;
}

/** The target by which a load knows its rows again. */
function targetOf({ target }: Config): string {
  return target.kind === 'embedded' ? `embedded ${target.dataDir ?? ''}`.trim() : target.url;
}

/** Reads what the interrupted run left. @throws WitnessError when it left nothing, or went to another target */
export async function readResumed(config: Config, run: string): Promise<Resumed> {
  const { state, records } = await readLoad(config.stateDir, run);
  const [was, is] = [
    `${state.url}, database ${state.database}`,
    `${targetOf(config)}, database ${config.target.database}`,
  ];
  if (was !== is)
    throw new WitnessError({
      code: 'RESUME_TARGET',
      what: `The load ${run} went to ${was}, and the target now is ${is}`,
      where: '--resume',
      next: 'Name the same target, or start a new load',
    });
  return { state, past: pastOf(records) };
}

/** The inputs of the interrupted load. @throws WitnessError when one of them cannot be opened again by itself */
export function inputsOf({ state }: Resumed): string[] {
  return state.tables
    .flatMap(({ sources }) => sources)
    .map(({ name, path }) => {
      if (path !== undefined) return path;
      throw new WitnessError({
        code: 'RESUME_INPUT',
        what: `The load ${state.run} read ${name}, which cannot be opened again by itself`,
        where: '--resume',
        next: `Give the same input once more: chwitness load ${name === 'stdin' ? '-' : '<input>'} --resume ${state.run}`,
      });
    });
}

/** Gives each source its table of the interrupted load. @throws WitnessError where they are surely not the same */
export function assignAgain({ state }: Resumed, sources: readonly Source[]): Tables {
  const other = (what: string) =>
    new WitnessError({
      code: 'RESUME_INPUT',
      what: `The input is not that of the load ${state.run}: ${what}`,
      where: '--resume',
      next: 'Give the same input, or start a new load',
    });
  const expected = state.tables.flatMap((one) => one.sources);
  if (expected.length !== sources.length)
    throw other(`it read ${expected.length} sources, and these are ${sources.length}`);
  let at = 0;
  return state.tables.map((one) => ({
    table: one.table,
    sources: one.sources.map((was) => {
      const source = sources[at];
      at += 1;
      if (!source) throw other('a source is missing');
      const [before, now] = [was.state?.bytes, source.state?.bytes];
      if (before !== undefined && now !== undefined && before !== now)
        throw other(`${was.name} had ${before} bytes, and has ${now} now`);
      // Under the name by which the journal knows it.
      return source.name === was.name ? source : renamed(source, was.name);
    }),
  }));
}

function renamed(source: Source, name: string): Source {
  return Object.defineProperty(Object.create(source), 'name', { value: name, enumerable: true });
}

/** Opens the journal of a load: its own, or the one that it goes on with. */
export function openLoadJournal(
  run: Run,
  config: Config,
  { tables, atomic = false }: Pick<LoadPlan, 'tables' | 'atomic'>,
  resumed: Resumed | undefined,
): Promise<LoadJournal> {
  const clean = (value: unknown) => run.redactor.jsonLine('load-journal', value).toString().trimEnd();
  if (resumed) return continueJournal(config.stateDir, resumed.state.run, clean);
  const state: LoadState = {
    schema: 1,
    run: run.id,
    job: config.job,
    url: targetOf(config),
    database: config.target.database,
    batch_rows: config.load.batch_rows,
    batch_bytes: config.load.batch_bytes,
    atomic,
    tables: tables.map(({ table, sources }) => ({
      table,
      sources: sources.map(({ name, path, format, state }) => ({
        name,
        ...(path === undefined ? {} : { path: resolve(path) }),
        format,
        ...(state === undefined ? {} : { state: { ...state } }),
      })),
    })),
  };
  return beginJournal(config.stateDir, state, clean);
}

/** Loads with a journal, which stays where the load can be gone on with. */
export async function journaled(
  opening: Promise<LoadJournal>,
  resumed: Resumed | undefined,
  start: (journal: LoadJournal) => Promise<LoadFacts>,
): Promise<LoadFacts> {
  const journal = await opening;
  let sent = resumed?.past.sent ?? false;
  const watched: LoadJournal = {
    ...journal,
    append(record) {
      sent ||= record.state === 'sent';
      journal.append(record);
    },
  };
  let keep = true;
  try {
    const facts = await start(watched);
    keep = facts.status !== 'ok' && sent && facts.discarded !== true;
    return keep ? { ...facts, resumable: journal.id } : facts;
  } finally {
    await journal.close(keep);
  }
}

/** Gives an interrupted load up: what it stored stays, what it staged goes, and nothing waits to be gone on with. @throws EngineError */
export async function giveUp(config: Config, run: string): Promise<string> {
  const { state } = await readResumed(config, run);
  if (state.atomic) {
    const target = await openTarget(config.target, { runId: shortId() });
    try {
      for (const { table } of state.tables)
        await target.command(dropStatement(scratchOf(table, run)), { purpose: 'load' });
    } finally {
      await target.close();
    }
  }
  await forgetLoad(config.stateDir, run);
  const tables = state.tables.map(({ table }) => tableText(table)).join(', ');
  return `The load ${run} into ${tables} is given up: ${state.atomic ? 'what it staged is gone' : 'what it stored stays'}, and it can no longer be resumed`;
}
