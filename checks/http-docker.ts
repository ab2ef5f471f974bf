import {
  type Asked,
  type ContainerFacts,
  containerFacts,
  type DockerPlace,
  defineCheck,
  dockerEngine,
  dockerExchange,
  dockerHttp,
  dockerProblem,
  httpExam,
  imageFacts,
  judgeDockerHttp,
  networkFacts,
  type Probe,
  publishedAs,
  z,
} from '../src/api.ts';

const options = z.strictObject({
  /** Network from which the loader speaks; asked from a throwaway container in it. */
  network: z.string().optional(),
  /** Running container from which to ask instead; it needs curl or wget. */
  container: z.string().optional(),
  /** Image with curl for the throwaway container. */
  image: z.string().default('curlimages/curl:8.4.0'),
  /** Whether a missing image may be pulled. */
  pull: z.boolean().default(false),
  /** Name of the server in there; default: the container that publishes the target's port. */
  host: z.string().optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  /** Whether to look for the container that publishes the target's port, where nothing is named. */
  discover: z.boolean().default(true),
});
type Options = z.infer<typeof options>;

const facts = z.strictObject({
  embedded: z.boolean(),
  /** Whether the configuration names a network or a container. */
  named: z.boolean(),
  engine: dockerEngine.optional(),
  /** Why Docker had no answer, and to what. */
  problem: dockerProblem.optional(),
  /** The same question from this machine. */
  host: httpExam.optional(),
  docker: dockerHttp.optional(),
  containers: z.array(containerFacts),
  networks: z.array(networkFacts),
  images: z.array(imageFacts),
  /** The exchange as text. */
  exchange: z.string().optional(),
});
type DockerHttpFacts = z.infer<typeof facts>;

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/;

export default defineCheck<DockerHttpFacts, Options>({
  id: 'http-docker',
  title: 'The HTTP interface answers from inside Docker, where the loader stands',
  failureTitle: 'The HTTP interface does not answer from inside Docker, where the loader stands',
  why: 'What this machine reaches at 127.0.0.1 has another name, another address and sometimes nothing behind it inside a Docker network.',
  phases: ['before', 'after'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,
  options,
  async collect(probe, options) {
    const found: DockerHttpFacts = {
      embedded: probe.target.kind === 'embedded',
      named: options.network !== undefined || options.container !== undefined,
      containers: [],
      networks: [],
      images: [],
    };
    if (found.embedded || (!found.named && !options.discover)) return found;
    const url = new URL(probe.target.url);
    if (!found.named && !LOOPBACK.test(url.hostname.replace(/[[\]]/g, ''))) return found;
    const engine = await probe.docker.engine();
    if (!engine.ok) return { ...found, problem: engine.problem };
    found.engine = engine.value;
    return look(probe, options, url, found);
  },
  judge: (facts) => judgeDockerHttp(facts),
});

/** Looks at the containers in question and asks from among them. */
async function look(probe: Probe, options: Options, url: URL, facts: DockerHttpFacts): Promise<DockerHttpFacts> {
  const { docker } = probe;
  const refused = (asked: Asked<unknown>) => {
    if (!asked.ok) facts.problem ??= asked.problem;
  };
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const server = await serverContainer(docker, options, url, port);
  if (server) facts.containers.push(server);
  const network = options.network ?? (options.container === undefined ? server?.networks[0]?.name : undefined);
  if (network === undefined && options.container === undefined) return facts;
  if (options.container !== undefined && options.container !== server?.name) {
    const own = await docker.container(options.container);
    refused(own);
    if (own.ok) facts.containers.push(own.value);
  }
  if (network !== undefined) {
    const [found, image] = await Promise.all([docker.network(network), docker.image(options.image)]);
    refused(found);
    if (found.ok) facts.networks.push(found.value);
    if (image.ok) facts.images.push(image.value);
    else if (!options.pull) refused(image);
  }
  facts.host = (await probe.http())?.exam;
  if (facts.problem) return facts;
  const from: DockerPlace =
    options.container === undefined
      ? { network: network ?? '', image: options.image, pull: options.pull }
      : { container: options.container };
  // The default bridge knows no names.
  const address = network === 'bridge' ? server?.networks.find(({ name }) => name === network)?.address : undefined;
  const place = {
    host: options.host ?? address ?? server?.name ?? url.hostname.replace(/[[\]]/g, ''),
    port: options.port ?? publishedAs(server, port) ?? port,
  };
  const asked = await docker.http(from, place);
  refused(asked);
  if (!asked.ok) return facts;
  facts.docker = asked.value;
  return { ...facts, exchange: await probe.artifact('exchange.txt', dockerExchange(facts)) };
}

/** The container of the server: the one that is named as host, or the one that publishes the target's port. */
async function serverContainer(
  docker: Probe['docker'],
  { host, discover }: Options,
  url: URL,
  port: number,
): Promise<ContainerFacts | undefined> {
  const local = LOOPBACK.test(url.hostname.replace(/[[\]]/g, ''));
  const publishing = discover && host === undefined && local ? await docker.publishing(port) : undefined;
  const name = host ?? (publishing?.ok ? publishing.value[0] : undefined);
  if (name === undefined) return undefined;
  const found = await docker.container(name);
  return found.ok ? found.value : undefined;
}
