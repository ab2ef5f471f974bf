import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from '../../src/diagnose/judge.ts';
import { openDocker } from '../../src/engine/docker/docker.ts';
import type { Target } from '../../src/engine/target.ts';
import { collect } from '../../src/evidence/collect.ts';
import type { Control } from '../../src/evidence/control.ts';
import { factsKeeper } from '../../src/evidence/facts.ts';
import { openPhase } from '../../src/evidence/probe.ts';
import { openStore } from '../../src/evidence/store.ts';
import type { ProbeTools } from '../../src/evidence/tools.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import type { Check } from '../../src/model/check.ts';
import type { CheckConfig } from '../../src/model/config.ts';
import type { LoadFacts } from '../../src/model/load.ts';
import type { CheckResult, Phase, Window } from '../../src/model/run.ts';
import type { TableName } from '../../src/model/table.ts';
import { createRedactor } from '../../src/redact/redactor.ts';
import { sqlLibrary } from '../../src/registry/sql-file.ts';

const unused = () => Promise.reject(new Error('not used by these checks'));
export const noTools: ProbeTools = {
  emptyInsert: unused,
  scratch: unused,
  normalise: unused,
  docker: openDocker(),
  http: async () => undefined,
  dockerHttp: unused,
};

export interface Asked {
  tools?: ProbeTools;
  schemaDir?: string;
  tables?: readonly TableName[];
  phase?: Phase;
  load?: LoadFacts;
  before?: ReadonlyMap<string, unknown>;
  configs?: Record<string, CheckConfig>;
  statements?: ReturnType<typeof sqlLibrary>;
  control?: Control;
  queryIds?: readonly string[];
  /** Default: the last minute. */
  window?: () => Window;
  limits?: { rows: number; artifact_bytes: number };
  /** Looks at the kept files before they are gone. */
  look?: (folder: string) => void;
}

/** Collects and judges checks on a real target, as a run does, with a store that is gone afterwards. */
export async function collectWith(target: Target, checks: readonly Check[], asked: Asked = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-checks-'));
  try {
    const redactor = createRedactor({ known: [] });
    const store = await openStore(folder, redactor);
    const phase = asked.phase ?? 'before';
    const from = new Date(Date.now() - 60_000).toISOString();
    const probes = openPhase({
      phase,
      target,
      tables: asked.tables ?? [],
      statements: asked.statements ?? sqlLibrary(),
      store,
      window: asked.window ?? (() => ({ from, to: new Date().toISOString() })),
      control: asked.control,
      queryIds: asked.queryIds,
      load: asked.load,
      limits: asked.limits ?? { rows: 1000, artifact_bytes: 100_000 },
      clock: systemClock,
      tools: asked.tools ?? noTools,
      ownErrors: () => [],
      schemaDir: asked.schemaDir,
    });
    const collected = await collect(checks, probes, {
      concurrency: 2,
      checkMs: 20_000,
      phaseMs: 60_000,
      signal: new AbortController().signal,
      keep: factsKeeper(store, redactor),
      clock: systemClock,
      configs: asked.configs,
    });
    await store.close();
    asked.look?.(folder);
    const results = judge(checks, collected, {
      phase,
      before: (id) => asked.before?.get(id),
      load: asked.load,
      now: new Date(),
      blocking: [],
      configs: asked.configs,
    });
    const facts = new Map(
      collected.flatMap(({ id, outcome }) => (outcome.status === 'collected' ? [[id, outcome.facts] as const] : [])),
    );
    return { collected, results, facts, files: store.files() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The result of one check, by id. */
export function resultOf(results: readonly CheckResult[], id: string): CheckResult {
  const found = results.find((one) => one.id === id);
  if (!found) throw new Error(`no result of ${id}`);
  return found;
}
