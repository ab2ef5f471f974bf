import type { CallResult } from '../engine/docker/call.ts';
import type { Docker } from '../engine/docker/docker.ts';
import { DockerError } from '../engine/docker/errors.ts';
import type { DockerOutput, DockerProbe } from '../model/check.ts';
import type { Asked } from '../model/docker.ts';
import type { Calls } from './calls.ts';
import type { ProbeTools } from './tools.ts';

/** An answer of Docker's, or its refusal as facts. */
export async function askedDocker<T>(ask: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    if (error instanceof DockerError) return { ok: false, problem: error.toProblem() };
    throw error;
  }
}

const ENGINE_MS = 5000;

/** Whether the engine answers, asked by whoever asks first. */
export function engineOnce(docker: Docker): DockerProbe['engine'] {
  let asked: ReturnType<DockerProbe['engine']> | undefined;
  return () => {
    asked ??= askedDocker(() => docker.engine({ timeoutMs: ENGINE_MS }));
    return asked;
  };
}

interface Ground {
  tools: Pick<ProbeTools, 'docker' | 'dockerHttp'>;
  engine: DockerProbe['engine'];
  calls: Calls;
  signal: AbortSignal;
}

/** Docker as a check sees it: every call recorded, stopped with the check, its refusals facts. */
export function dockerProbe({ tools, engine, calls, signal }: Ground): DockerProbe {
  const { docker } = tools;
  const ask = <T>(what: string, work: () => Promise<T>) =>
    calls.record(`docker ${what}`, async () => askedDocker(work));
  const output = (what: string, work: () => Promise<CallResult>): Promise<Asked<DockerOutput>> =>
    calls.record(`docker ${what}`, async (cost) => {
      const found = await askedDocker(work);
      if (!found.ok) return found;
      const { code, stdout, stderr, cut } = found.value;
      cost.bytes = stdout.length;
      if (cut) cost.cut = `the first ${stdout.length} bytes`;
      return { ok: true, value: { code, stdout: stdout.toString('utf8'), stderr, cut } };
    });
  return {
    engine: () => calls.record('docker version', engine),
    container: (name) => ask(`container inspect ${name}`, () => docker.container(name, { signal })),
    image: (name) => ask(`image inspect ${name}`, () => docker.image(name, { signal })),
    network: (name) => ask(`network inspect ${name}`, () => docker.network(name, { signal })),
    publishing: (port) => ask(`ps, publishing ${port}`, () => docker.publishing(port, { signal })),
    http: (from, place) => {
      const where = 'network' in from ? `the network ${from.network}` : `the container ${from.container}`;
      return ask(`http ${place.host}:${place.port} from ${where}`, () => tools.dockerHttp(from, place, signal));
    },
    exec: (container, program, maxBytes) =>
      output(`exec ${container} ${program[0] ?? ''}`, () => docker.exec(container, program, { maxBytes, signal })),
    logs: (container, lines, maxBytes) =>
      output(`logs ${container}`, () => docker.logs(container, { lines, maxBytes, signal })),
  };
}
