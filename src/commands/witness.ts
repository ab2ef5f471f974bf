import { systemClock } from '../kernel/clock.ts';
import { WitnessError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/format.ts';
import { version } from '../kernel/package.ts';
import { shownPath } from '../kernel/shown-path.ts';
import type { Bundle, Check } from '../model/check.ts';
import type { Config } from '../model/config.ts';
import type { Phase } from '../model/run.ts';
import { tableText } from '../model/table.ts';
import type { Listener } from '../pipeline/events.ts';
import { notify } from '../pipeline/notify.ts';
import type { Plan } from '../pipeline/plan.ts';
import { witness } from '../pipeline.ts';
import type { Redactor } from '../redact/redactor.ts';
import { BUILT_IN } from '../registry/checks.ts';
import { loadRegistry, type Registry } from '../registry/registry.ts';
import { openBlock } from '../report/diagnosis.ts';
import { findingsBlock, resumeLine, verdictLine } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { configured } from './configured.ts';
import { listing } from './listing.ts';
import { liveReport } from './live-report.ts';
import type { Io, Outcome } from './outcome.ts';
import type { Options } from './program.ts';

export interface WitnessRequest {
  command: string;
  phases: readonly Phase[];
  /** Bundle when neither flag nor file names one. */
  bundle: string;
  options: Options;
  io: Io;
  /** Checks that this command has besides those of its bundle. */
  added?: { before: readonly string[]; after: readonly string[] };
  /** Words of the command that is wrapped. */
  words?: readonly string[];
  /** Settles what the user left open, for this command. */
  adjust?: (config: Config) => Config;
  /** Holds what the run must have for itself; resolves to what lets go of it. */
  hold?(plan: Plan, redactor: Redactor, listen: Listener): Promise<() => Promise<void>>;
  prepare(
    config: Config,
  ): Promise<
    Pick<
      Plan,
      'tables' | 'ingest' | 'blank' | 'window' | 'queryIds' | 'readable' | 'needsOracle' | 'resumes' | 'personal'
    >
  >;
}

function chosen(
  registry: Registry,
  config: Config,
  fallback: string,
  own: WitnessRequest['added'] = { before: [], after: [] },
): { bundle: Bundle; checks: Check[] } {
  const id = config.bundle ?? fallback;
  const bundle = registry.bundles.find((one) => one.id === id);
  if (!bundle) {
    const known = registry.bundles.map((one) => one.id).join(', ');
    throw new WitnessError({
      code: 'BUNDLE_UNKNOWN',
      what: `There is no bundle "${id}"`,
      where: '--bundle',
      next: `Choose one of ${known}`,
    });
  }
  const ids = new Set(registry.checks.map(({ check }) => check.id));
  const unknown = [...config.only, ...config.skip, ...Object.keys(config.checks)].find((name) => !ids.has(name));
  if (unknown !== undefined)
    throw new WitnessError({
      code: 'CHECK_UNKNOWN',
      what: `There is no check "${unknown}"`,
      where: '--only, --skip or checks: of the configuration',
      next: 'Run "chwitness checks" to see what there is',
    });
  // Without a cluster there is nothing to say about its replicas, unless someone asks.
  const alone = (check: Check) => check.needs?.includes('cluster') === true && config.target.cluster === undefined;
  const on = (check: Check) =>
    (!alone(check) || config.only.includes(check.id)) &&
    (config.only.length === 0 || config.only.includes(check.id)) &&
    !config.skip.includes(check.id) &&
    config.checks[check.id]?.severity !== 'off';
  // A check of the user runs with every bundle; --only may name one that the bundle leaves out. Either in the phases it has.
  const named = registry.checks
    .filter(({ check, source }) => source !== BUILT_IN || config.only.includes(check.id))
    .map(({ check }) => check);
  const inPhase = (phase: Phase) => {
    const only = named.filter((check) => check.phases.includes(phase)).map((check) => check.id);
    return [...new Set([...bundle[phase], ...own[phase], ...only])];
  };
  const whole = { ...bundle, before: inPhase('before'), after: inPhase('after') };
  return { bundle: whole, checks: registry.checks.map(({ check }) => check).filter(on) };
}

/** The job-runs table of the configuration, as options of the check that reads it; what stands under `checks:` wins. */
function withJobRuns(config: Config): Config {
  const { jobRuns, checks } = config;
  if (!jobRuns) return config;
  const own = checks['job-runs'];
  const options = { table: tableText(jobRuns.table), job: jobRuns.job, ...(own?.options ?? {}) };
  return { ...config, checks: { ...checks, 'job-runs': { ...own, options } } };
}

/** Settles configuration and plan, runs the witness, and tells how it ended. */
export function witnessOutcome(request: WitnessRequest): Promise<Outcome> {
  return configured(
    request.io,
    request.options,
    (config, redactor) => run(request, withJobRuns(request.adjust?.(config) ?? config), redactor),
    request.words,
  );
}

function placeOf({ target }: Config): string {
  return target.kind === 'embedded' ? 'the embedded engine' : target.url;
}

async function run(request: WitnessRequest, config: Config, redactor: Redactor): Promise<Outcome> {
  const { command, io, options, phases } = request;
  const registry = await loadRegistry(config, io.cwd);
  const { bundle, checks } = chosen(registry, config, request.bundle, request.added);
  const prepared = await request.prepare(config);
  const report = liveReport(io, version);
  for (const note of config.notes) report.listen({ type: 'notice', text: note });
  const plan: Plan = {
    command,
    config,
    // Without a name of its own a run that loads nothing goes by its command.
    job: command === 'load' || config.sources.some(({ key }) => key === 'job') ? config.job : command,
    bundle,
    checks,
    statements: registry.statements,
    rulesDigest: registry.digest,
    rules: registry.rules.map(({ rule }) => rule),
    phases,
    force: options.force === true,
    stop: io.stop,
    listen: report.listen,
    clock: systemClock,
    ...prepared,
  };
  if (options.printSql === true) return listing({ ...plan, listen: () => undefined }, placeOf(config));
  const release = await request.hold?.(plan, redactor, report.listen);
  const witnessed = await witness(plan).finally(() => release?.());
  const { run: summary, archive } = witnessed;
  for (const text of await notify(witnessed, config)) report.listen({ type: 'notice', text: redactor.plain(text) });
  const { paint } = report;
  const lines = [
    ...(summary.findings.length === 0 ? [] : [findingsBlock(paint, summary.findings), '']),
    ...(summary.not_established === undefined ? [] : [openBlock(paint, visible(summary.not_established)), '']),
    verdictLine(paint, summary),
    ...resumeLine(paint, summary),
    `${paint.bold('archive')}  ${shownPath(archive.path, io.cwd)} ${paint.dim(`(${formatBytes(archive.bytes)})`)}`,
  ];
  return { code: summary.run.exit_code, text: `\n${lines.join('\n')}`, json: summary };
}
