import { type ContainerWatch, watchContainer } from '../command/container.ts';
import { dockerRefusal } from '../command/refusal.ts';
import { type CommandEnd, type CommandRequest, runCommand } from '../command/run.ts';
import { versionOf } from '../command/version.ts';
import type { CommandFacts } from '../model/command.ts';
import { type LoadFacts, noLoad } from '../model/load.ts';
import type { JobLock } from '../pipeline/job-lock.ts';
import type { Run } from '../pipeline/run.ts';
import type { Io } from './outcome.ts';

/** How often it is looked which other jobs run. */
const BESIDE_MS = 500;
/** As much of the end of the output is looked at for why Docker started nothing. */
const TAIL = 8192;

export interface CommandIngestion {
  request: CommandRequest;
  /** Its words as a shell would see them. */
  named: readonly string[];
  /** What is known of it before it starts. */
  blank: CommandFacts;
  io: Io;
  beside: JobLock['beside'];
}

/** Runs the wrapped command as the ingestion of a run, and gathers what is around it. */
export async function ingestCommand(
  run: Run,
  { request, named, blank, io, beside }: CommandIngestion,
): Promise<LoadFacts> {
  const began = performance.now();
  const jobs = createBeside(beside);
  const watch = await watchContainer(named, request);
  const tails = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const end = await runCommand(request, {
    workDir: run.workDir,
    live: (name) => run.store.live(`artifacts/command/${name}`, 'artifact'),
    show(stream, bytes) {
      const end = stream === 'stderr' ? 'stderr' : 'stdout';
      if (watch) tails[end] = Buffer.concat([tails[end], bytes]).subarray(-TAIL);
      return io.show(end, bytes, request.terminal !== undefined);
    },
    stdin: io.stdin,
    stdout: io.stdout,
    clock: run.plan.clock,
  });
  const { started, ...around } =
    end.started_at === undefined ? { started: undefined } : await containerFacts(run, watch, request, end);
  if (end.started_at === undefined) await watch?.settle({ stopped: false });
  const version = await versionOf(named[0] ?? '', request).catch(() => undefined);
  const refusal = dockerRefusal(named, end, `${tails.stdout}\n${tails.stderr}`, started);
  const command: CommandFacts = {
    ...blank,
    ...end,
    ...around,
    versions: [...(around.versions ?? []), ...(version === undefined ? [] : [version])],
    beside: await jobs.close(),
    ...(refusal ? { not_started: refusal } : {}),
  };
  const left = (command.containers ?? []).find(({ exit_code }) => (exit_code ?? 0) !== 0);
  const inBackground = left !== undefined && end.exit_code === 0;
  return {
    ...noLoad,
    kind: 'command',
    status: refusal ? 'not-started' : inBackground ? 'failed' : statusOf(end),
    duration_ms: Math.round(performance.now() - began),
    command,
    ...(inBackground
      ? {
          error: {
            failure: 'other' as const,
            message: `the container ${left.name} that it left in the background ended with exit code ${left.exit_code}${left.oom_killed ? ', killed for its memory' : ''}`,
          },
        }
      : {}),
  };
}

/** What became of its containers, and what those in the background printed. */
async function containerFacts(
  run: Run,
  watch: ContainerWatch | undefined,
  { timeoutMs, stop }: CommandRequest,
  end: CommandEnd,
): Promise<Partial<CommandFacts> & { started: boolean | undefined }> {
  if (!watch) return { started: undefined };
  // A container in the background is waited for only where the user said how long.
  const waitUntil = timeoutMs === undefined ? undefined : AbortSignal.any([stop, AbortSignal.timeout(timeoutMs)]);
  const stopped = end.ended === 'timeout' || end.ended === 'interrupted';
  const { containers, versions, notes, logs, started } = await watch.settle({ stopped, waitUntil });
  const addressesOf = (own: boolean) =>
    containers
      .filter(({ events }) => events.some(({ action }) => action === 'create') === own)
      .flatMap(({ networks }) => networks.map(({ address }) => address))
      .filter(Boolean);
  const [addresses, shared_addresses] = [addressesOf(true), addressesOf(false)];
  const kept =
    logs &&
    (await run.store.stream(
      'artifacts/command/container.log',
      'artifact',
      (async function* () {
        yield logs;
      })(),
    ));
  return {
    containers,
    versions,
    notes,
    addresses,
    shared_addresses,
    started,
    ...(kept === undefined ? {} : { container_log: kept }),
  };
}

function statusOf({ ended, exit_code }: CommandEnd): LoadFacts['status'] {
  if (ended === 'not-started') return 'not-started';
  if (ended === 'interrupted') return 'canceled';
  return ended === 'by-itself' && exit_code === 0 ? 'ok' : 'failed';
}

/** Notes the jobs that run beside this one, also those that come and go. */
function createBeside(beside: JobLock['beside']) {
  type Jobs = NonNullable<CommandFacts['beside']>;
  const seen = new Map<string, Jobs[number]>();
  const look = async () => {
    for (const job of await beside()) seen.set(job.job, job);
  };
  void look();
  const timer = setInterval(() => void look(), BESIDE_MS);
  return {
    async close(): Promise<Jobs> {
      clearInterval(timer);
      await look();
      return [...seen.values()];
    },
  };
}
