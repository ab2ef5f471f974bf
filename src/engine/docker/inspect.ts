import { z } from 'zod';
import {
  type ContainerFacts,
  containerFacts,
  type ImageFacts,
  imageFacts,
  type NetworkFacts,
} from '../../model/docker.ts';

/*
 * Templates that the docker command fills in itself: of an environment variable it prints what stands in front of the
 * first "=", of an argument its option name (a single dash: the letter alone), of other arguments nothing. The values
 * never come into this process. Labels and the output of health checks are left out: both may hold anything.
 */
const ENVIRONMENT = '{{range .Config.Env}}{{println "env" (json (index (split . "=") 0))}}{{end}}';
const ARGUMENTS =
  '{{range .Args}}{{if eq (printf "%.2s" .) "--"}}{{println "arg" (json (index (split . "=") 0))}}' +
  '{{else if eq (printf "%.1s" .) "-"}}{{println "arg" (json (printf "%.2s" .))}}{{end}}{{end}}';

const line = (name: string, field: string) => `{{println "${name}" (json ${field})}}`;

export const CONTAINER_TEMPLATE = [
  line('id', '.ID'),
  line('name', '.Name'),
  line('image', '.Config.Image'),
  line('image_id', '.Image'),
  line('created_at', '.Created'),
  line('status', '.State.Status'),
  '{{if .State.Health}}',
  line('health', '.State.Health.Status'),
  line('health_failures', '.State.Health.FailingStreak'),
  '{{end}}',
  line('restarts', '.RestartCount'),
  line('restart_policy', '.HostConfig.RestartPolicy.Name'),
  line('exit_code', '.State.ExitCode'),
  line('oom_killed', '.State.OOMKilled'),
  line('error', '.State.Error'),
  line('started_at', '.State.StartedAt'),
  line('finished_at', '.State.FinishedAt'),
  line('memory_limit', '.HostConfig.Memory'),
  line('log_driver', '.HostConfig.LogConfig.Type'),
  line('program', '.Path'),
  '{{range $name, $network := .NetworkSettings.Networks}}{{println "network" (json $name) (json $network.IPAddress) (json $network.Aliases)}}{{end}}',
  line('ports', '.NetworkSettings.Ports'),
  '{{range .Mounts}}{{println "mount" (json .Type) (json .Source) (json .Destination) (json .RW)}}{{end}}',
  ENVIRONMENT,
  ARGUMENTS,
].join('');

export const IMAGE_TEMPLATE = [
  line('id', '.ID'),
  line('tags', '.RepoTags'),
  line('digests', '.RepoDigests'),
  line('created_at', '.Created'),
  line('os', '.Os'),
  line('architecture', '.Architecture'),
  line('size', '.Size'),
  ENVIRONMENT,
].join('');

/** `name json [json …]`, one a line; JSON of docker holds no raw line end. */
function linesOf(output: string): Map<string, unknown[][]> {
  const found = new Map<string, unknown[][]>();
  for (const text of output.split('\n')) {
    const space = text.indexOf(' ');
    if (space < 0) continue;
    const name = text.slice(0, space);
    const values: unknown = JSON.parse(`[${separated(text.slice(space + 1))}]`);
    found.set(name, [...(found.get(name) ?? []), Array.isArray(values) ? values : []]);
  }
  return found;
}

/** JSON values that stand side by side, with commas between them. */
function separated(text: string): string {
  return text.replace(/("(?:[^"\\]|\\.)*"|\[[^\]]*\]|true|false|null|-?\d+) (?=["[tfn\d-])/g, '$1,');
}

const published = z
  .record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable())
  .nullish();
const texts = z.array(z.string()).nullish();
const networkLine = z.tuple([z.string(), z.string(), texts]);
const mountLine = z.tuple([z.string(), z.string(), z.string(), z.boolean()]);

/** @throws ZodError or SyntaxError when the output is not that of the template */
export function parseContainer(output: string): ContainerFacts {
  const lines = linesOf(output);
  const one = (name: string) => lines.get(name)?.[0]?.[0];
  const names = (name: string) =>
    (lines.get(name) ?? []).flatMap(([value]) => (typeof value === 'string' ? [value] : []));
  const optional = (name: string, keep: boolean) => (keep ? { [name]: one(name) } : {});
  const ports = Object.entries(published.parse(one('ports')) ?? {}).flatMap(([container, bindings]) =>
    bindings === null || bindings.length === 0
      ? [{ container }]
      : bindings.map(({ HostIp, HostPort }) => ({ container, host_address: HostIp, host_port: HostPort })),
  );
  return containerFacts.parse({
    id: String(one('id')).slice(0, 12),
    name: String(one('name')).replace(/^\//, ''),
    image: one('image'),
    image_id: one('image_id'),
    created_at: String(one('created_at')),
    status: one('status'),
    ...optional('health', typeof one('health') === 'string' && !['', 'none'].includes(String(one('health')))),
    ...optional('health_failures', typeof one('health_failures') === 'number'),
    restarts: one('restarts'),
    restart_policy: one('restart_policy') || 'no',
    exit_code: one('exit_code'),
    oom_killed: one('oom_killed'),
    ...optional('error', typeof one('error') === 'string' && one('error') !== ''),
    started_at: String(one('started_at')),
    finished_at: String(one('finished_at')),
    ...optional('memory_limit', Number(one('memory_limit')) > 0),
    log_driver: one('log_driver'),
    networks: (lines.get('network') ?? []).map((found) => {
      const [name, address, aliases] = networkLine.parse(found);
      return { name, address, aliases: aliases ?? [] };
    }),
    ports,
    mounts: (lines.get('mount') ?? []).map((found) => {
      const [type, source, destination, rw] = mountLine.parse(found);
      return { type, source, destination, rw };
    }),
    environment_names: names('env').sort(),
    program: one('program'),
    argument_names: names('arg'),
  });
}

export function parseImage(output: string): ImageFacts {
  const lines = linesOf(output);
  const one = (name: string) => lines.get(name)?.[0]?.[0];
  return imageFacts.parse({
    id: one('id'),
    tags: texts.parse(one('tags')) ?? [],
    digests: texts.parse(one('digests')) ?? [],
    created_at: String(one('created_at')),
    platform: `${one('os')}/${one('architecture')}`,
    size: one('size'),
    environment_names: (lines.get('env') ?? []).map(([name]) => String(name)).sort(),
  });
}

const dockerNetwork = z.object({
  Id: z.string(),
  Name: z.string(),
  Driver: z.string(),
  Internal: z.boolean(),
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string() })).nullish() }),
  Containers: z.record(z.string(), z.object({ Name: z.string(), IPv4Address: z.string() })).nullish(),
});
const podmanNetwork = z.object({
  id: z.string(),
  name: z.string(),
  driver: z.string(),
  internal: z.boolean(),
  subnets: z.array(z.object({ subnet: z.string() })).nullish(),
});

/** A network's description holds no environment and no arguments; all but these fields is dropped. */
export function parseNetwork(output: string): NetworkFacts {
  const [found] = z.array(z.unknown()).parse(JSON.parse(output));
  const podman = podmanNetwork.safeParse(found);
  if (podman.success) {
    const { id, name, driver, internal, subnets } = podman.data;
    return { id, name, driver, internal, subnets: (subnets ?? []).map(({ subnet }) => subnet), containers: [] };
  }
  const network = dockerNetwork.parse(found);
  return {
    id: network.Id.slice(0, 12),
    name: network.Name,
    driver: network.Driver,
    internal: network.Internal,
    subnets: (network.IPAM.Config ?? []).map(({ Subnet }) => Subnet),
    containers: Object.values(network.Containers ?? {}).map((one) => ({ name: one.Name, address: one.IPv4Address })),
  };
}
