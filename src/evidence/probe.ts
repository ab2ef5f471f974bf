import type { Target } from '../engine/target.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Check, DockerProbe, Probe, SqlValue } from '../model/check.ts';
import type { LoadFacts } from '../model/load.ts';
import type { Phase, Window } from '../model/run.ts';
import type { SqlLibrary } from '../model/sql.ts';
import { type TableName, tableText } from '../model/table.ts';
import { artifactKeepers, type Keeper } from './artifacts.ts';
import { type CallRecord, createCalls } from './calls.ts';
import type { Control } from './control.ts';
import { dockerProbe, engineOnce } from './docker-probe.ts';
import { readCapped, readTail } from './file.ts';
import { type Contact, createContact } from './reach.ts';
import { runSql } from './run-sql.ts';
import { schemaFiles } from './schema-files.ts';
import { schemaGatherer } from './table-schemas.ts';
import type { Outside, ProbeTools } from './tools.ts';

export interface PhaseOptions {
  phase: Phase;
  target: Target;
  /** As `Probe.target`. */
  cluster?: string | undefined;
  tables: readonly TableName[];
  statements: SqlLibrary;
  store: Keeper;
  /** Interval so far; asked anew at each call, since its end moves. */
  window: () => Window;
  load?: LoadFacts | undefined;
  schemaDir?: string | undefined;
  ownErrors: Probe['ownErrors'];
  /** Statements in question, by query_id. */
  queryIds?: readonly string[] | undefined;
  control?: Control | undefined;
  /** Rows and bytes of one result. */
  limits: { rows: number; artifact_bytes: number };
  clock: Clock;
  tools: ProbeTools;
}

export interface OpenProbe {
  probe: Probe;
  /** What this check asked so far, and what it cost. */
  calls: readonly CallRecord[];
}

/** What the checks of one phase share: the first contact and the structures, each asked for once. */
export interface PhaseProbes {
  readonly phase: Phase;
  readonly target: { kind: 'server' | 'embedded'; url: string; user?: string; cluster?: string | undefined };
  readonly tables: readonly TableName[];
  reach(): Promise<Contact>;
  dockerEngine: DockerProbe['engine'];
  open(check: Pick<Check, 'id'>, signal: AbortSignal): OpenProbe;
}

/** Limit of a question that several checks share, ms. */
const SHARED_MS = 30_000;

/** Opens the outside for the checks of one phase. Asks nothing yet. */
export function openPhase(options: PhaseOptions): PhaseProbes {
  const { target, statements, limits, clock, tools, phase, tables } = options;
  const contact = createContact(target, clock);
  const dockerEngine = engineOnce(tools.docker);
  let http: ReturnType<Probe['http']> | undefined;
  const examined = () => {
    http ??= tools.http();
    return http;
  };

  const read = async <Row>(
    name: string,
    params: Record<string, SqlValue>,
    options: { purpose: string; signal: AbortSignal; shape?: boolean },
  ) => runSql<Row>({ target, capabilities: await contact.demand(), limits }, statements(name), params, options);

  // Shared answers belong to no check: one that is stopped must not take the others' structures with it.
  const sharedSql = async <Row>(name: string, params: Record<string, SqlValue> = {}) => {
    const options = { purpose: 'check:shared', signal: AbortSignal.timeout(SHARED_MS), shape: true };
    return (await read<Row>(name, params, options)).rows;
  };
  const sharedSchema = schemaGatherer(sharedSql);

  const open = (check: Pick<Check, 'id'>, signal: AbortSignal): OpenProbe => {
    const calls = createCalls(clock);
    const purpose = `check:${check.id}`;
    const sql = <Row>(name: string, params: Record<string, SqlValue> = {}): Promise<Row[]> =>
      calls.record(
        `sql ${name}`,
        async (cost) => {
          const found = await read<Row>(name, params, { purpose, signal });
          cost.rows = found.rows.length;
          if (found.cut) cost.cut = found.cut;
          return found.rows;
        },
        params,
      );
    const outside = async (): Promise<Outside> => ({
      target,
      capabilities: await contact.demand(),
      purpose,
      signal,
      sql,
    });
    const probe: Probe = {
      phase,
      signal,
      tables,
      target: {
        kind: target.kind,
        url: target.url,
        database: target.database,
        user: target.user,
        cluster: options.cluster,
      },
      get capabilities() {
        return contact.learned();
      },
      reach: contact.reach,
      sql,
      ...artifactKeepers({
        phase,
        id: check.id,
        store: options.store,
        target,
        limits,
        calls,
        purpose,
        signal,
        statement: statements,
        capabilities: contact.demand,
      }),
      file: (path, maxBytes) =>
        calls.record(`file ${path}`, async (cost) => {
          const text = await readCapped(path, maxBytes);
          cost.bytes = Buffer.byteLength(text);
          return text;
        }),
      tail: (path, maxBytes) =>
        calls.record(`tail ${path}`, async (cost) => {
          const found = await readTail(path, maxBytes);
          cost.bytes = Buffer.byteLength(found.text);
          return found;
        }),
      http: () => calls.record('http exam', examined),
      docker: dockerProbe({ tools, engine: dockerEngine, calls, signal }),
      schema: (asked = tables) =>
        calls.record(`schema of ${asked.map(tableText).join(', ')}`, async (cost) => {
          const found = await sharedSchema(asked);
          cost.rows = found.length;
          return found;
        }),
      emptyInsert: (table, columns) =>
        calls.record(`empty insert ${tableText(table)}`, async () =>
          tools.emptyInsert(await outside(), table, columns),
        ),
      scratch: (table, use) =>
        calls.record(`scratch ${tableText(table.name)}`, async () => tools.scratch(await outside(), table, use)),
      schemaDir: options.schemaDir,
      schemaFiles: () =>
        calls.record(`files of ${options.schemaDir ?? 'no folder'}`, async (cost) => {
          const files = options.schemaDir === undefined ? [] : await schemaFiles(options.schemaDir);
          cost.rows = files.length;
          return files;
        }),
      normalise: (ddl) => calls.record(`normalise ${ddl.length} texts`, () => tools.normalise(ddl, signal)),
      queryIds: options.queryIds ?? [],
      control: () =>
        calls.record('control queries', async () => {
          if (options.control) return options.control.settle(phase);
          throw new Error('this run sends no control queries');
        }),
      get window() {
        return options.window();
      },
      load: options.load,
      ownErrors: options.ownErrors,
    };
    return { probe, calls: calls.records };
  };

  const { cluster } = options;
  return {
    phase,
    target: { kind: target.kind, url: target.url, user: target.user, cluster },
    tables,
    reach: contact.reach,
    dockerEngine,
    open,
  };
}
