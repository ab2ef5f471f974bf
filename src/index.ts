/** Programmatic entry: runs things and returns values; prints nothing and never ends the process. */
export { bundleFile, listBundles, resolveBundle, showBundle, verifyBundle } from './commands/bundle.ts';
export { loadConfig } from './config/load.ts';
export { diagnose } from './diagnose/diagnose.ts';
export { openTarget } from './engine/http.ts';
export type { Target } from './engine/target.ts';
export { systemClock } from './kernel/clock.ts';
export { WitnessError } from './kernel/errors.ts';
export { version } from './kernel/package.ts';
export { load } from './load/load.ts';
export type { Config } from './model/config.ts';
export { type RunJson, runJson } from './model/run.ts';
export type { RunEvent } from './pipeline/events.ts';
export type { Witnessed } from './pipeline/finish.ts';
export type { Plan } from './pipeline/plan.ts';
export { witness } from './pipeline.ts';
export { loadRegistry } from './registry/registry.ts';
export { openSources } from './source/open.ts';
