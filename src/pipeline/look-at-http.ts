import { askHttp } from '../engine/docker/ask-http.ts';
import type { Docker } from '../engine/docker/docker.ts';
import { examine } from '../engine/http-exam/exam.ts';
import type { ProbeTools } from '../evidence/tools.ts';
import type { Run } from './run.ts';

/** How long a service that sleeps may take to wake up, ms. */
const WAKING_MS = 15_000;

/** The target's HTTP interface, stage by stage; undefined for the embedded engine. */
export async function lookAtHttp({ plan, hooks }: Run, signal: AbortSignal) {
  const { target } = plan.config;
  if (target.kind === 'embedded') return undefined;
  return examine({ config: target, hooks, signal, wakingMs: WAKING_MS });
}

/** The same from inside Docker. */
export function dockerHttp({ plan, hooks }: Run, docker: Docker): ProbeTools['dockerHttp'] {
  const { target: config } = plan.config;
  return (from, place, signal) => askHttp({ docker, config, hooks, from, ...place, signal });
}
