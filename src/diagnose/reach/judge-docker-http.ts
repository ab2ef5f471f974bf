import type { ContainerFacts, DockerFailure, DockerProblem, NetworkFacts } from '../../model/docker.ts';
import type { DockerHttp } from '../../model/docker-http.ts';
import type { HttpExam } from '../../model/http-exam.ts';
import { type Because, fail, pass, skip, type Verdict } from '../../model/verdict.ts';
import { reachSentence } from './sentences.ts';

export interface DockerHttpView {
  embedded: boolean;
  named: boolean;
  problem?: DockerProblem | undefined;
  host?: HttpExam | undefined;
  docker?: DockerHttp | undefined;
  containers: readonly ContainerFacts[];
  networks: readonly NetworkFacts[];
  exchange?: string | undefined;
}

/** What the configuration names and Docker does not have: a loader that needs it cannot start. */
const MISSING: readonly DockerFailure[] = ['no-container', 'container-stopped', 'no-network'];

/** Host port of a container → the port inside. */
export function publishedAs(container: ContainerFacts | undefined, hostPort: number): number | undefined {
  const found = container?.ports.find(({ host_port }) => host_port === String(hostPort));
  return found && Number.parseInt(found.container, 10);
}

export function judgeDockerHttp(facts: DockerHttpView): Verdict {
  const { problem, docker, host } = facts;
  if (facts.embedded) return skip('the target is the embedded engine: it listens for this run alone');
  const because = [
    ...matrix(facts),
    ...facts.containers.flatMap(containerLines),
    ...facts.networks.map(networkLine),
    ...exchangeLine(facts),
  ];
  if (problem && !facts.named)
    return skip(`nothing names a Docker network or container, and Docker was of no help: ${problem.message}`, {
      because,
    });
  if (problem)
    return facts.named && MISSING.includes(problem.failure)
      ? fail(problem.message, { because, remedies: problem.remedies })
      : skip(problem.message, { because, remedies: problem.remedies });
  if (!docker)
    return skip('nothing names a Docker network or container, and none publishes the port of the target', {
      because,
      remedies: ['Where the loader runs in Docker: checks.http-docker.options.network, and host, or container'],
    });
  const place = placeOf(docker);
  const { finding } = docker;
  const met = {
    ...docker,
    user: host?.user ?? 'the user',
    database: host?.database ?? '',
    attempts: 1,
    total_ms: docker.times?.total ?? 0,
  };
  const { message, remedies } = reachSentence(met);
  if (finding.condition === 'ok') return pass(`${message} ${place}${hostToo(host)}`, { because });
  return fail(`${place}: ${message}${hostToo(host)}`, { because, remedies: [...own(docker), ...remedies] });
}

function placeOf({ from }: DockerHttp): string {
  return 'network' in from ? `in the network ${from.network}` : `in the container ${from.container}`;
}

function hostToo(host: HttpExam | undefined): string {
  if (!host) return '';
  const works = ['ok', 'readonly', 'waking-up'].includes(host.finding.condition);
  return works
    ? `; from this machine it answers at ${host.url}`
    : `; from this machine it does not answer at ${host.url}, either`;
}

/** What a failure means in Docker and nowhere else. */
function own({ host, finding, from }: DockerHttp): string[] {
  if (/^(?:localhost|127\.|::1$)/.test(host))
    return [
      `Inside a container ${host} is the container itself: name the server's container instead (checks.http-docker.options.host)`,
    ];
  if (finding.condition === 'name-unknown' && 'network' in from)
    return [`Put the server into the network: docker network connect ${from.network} CONTAINER`];
  if (finding.condition === 'refused')
    return ['Inside the network the port is that of the container (8123), not the one that it publishes'];
  return [];
}

/** Host and Docker side by side: works or fails, the name used, the address found. */
function matrix({ host, docker }: DockerHttpView): string[] {
  const line = (
    from: string,
    { url, addresses, condition }: { url: string; addresses: readonly string[]; condition: string },
  ) => `${from}: ${condition === 'ok' ? 'works' : condition}, ${url}, address ${addresses.join(', ') || 'unknown'}`;
  return [
    ...(host ? [line('from this machine', { ...host, condition: host.finding.condition })] : []),
    ...(docker
      ? [
          line(`from ${placeOf(docker).replace(/^in /, '')}, with ${docker.tool}`, {
            url: docker.url,
            addresses: docker.address === undefined ? [] : [docker.address],
            condition: docker.finding.condition,
          }),
          ...docker.notes,
        ]
      : []),
  ];
}

function containerLines(one: ContainerFacts): string[] {
  const health = one.health === undefined ? '' : `, ${one.health}`;
  const ports = one.ports.filter(({ host_port }) => host_port !== undefined);
  const shown = ports.map(({ container, host_address, host_port }) => `${host_address}:${host_port}→${container}`);
  const networks = one.networks.map(({ name, address }) => `${name} ${address}`);
  const restarts = one.restarts === 0 ? '' : `, restarted ${one.restarts} times`;
  const killed = one.oom_killed ? ', killed for want of memory' : '';
  return [
    `container ${one.name}: ${one.status}${health}${restarts}${killed} since ${one.started_at}, image ${one.image} (${one.image_id.slice(0, 19)}), networks ${networks.join(', ')}, ports ${shown.join(', ') || 'none published'}`,
  ];
}

function networkLine({ name, driver, subnets, containers }: NetworkFacts): string {
  const members = containers.map((one) => `${one.name} ${one.address}`);
  return `network ${name}: ${driver} ${subnets.join(', ')}, holds ${members.join(', ') || 'no running container'}`;
}

function exchangeLine({ exchange }: DockerHttpView): Because[] {
  return exchange === undefined ? [] : [{ text: 'the exchange', file: exchange }];
}

/** Both sides as a text for people, without credentials. */
export function dockerExchange(facts: DockerHttpView): string {
  const answers = (facts.docker?.answers ?? []).flatMap(({ request, status, body }) => [
    `> ${request}`,
    ...(status === undefined ? [] : [`< HTTP ${status}`]),
    body.trimEnd(),
  ]);
  return `${[...matrix(facts), ...answers].join('\n')}\n`;
}
