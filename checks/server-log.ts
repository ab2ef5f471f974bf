import {
  defineCheck,
  digestServerLog,
  judgeServerLog,
  messageOf,
  type Probe,
  type ServerLogFacts,
  type ServerLogFile,
  serverLogFacts,
  windowWithMargin,
  z,
  zoneByFileTime,
} from '../src/api.ts';

const options = z.strictObject({
  /** clickhouse-server.log on this machine. */
  path: z.string().optional(),
  /** clickhouse-server.err.log; default: beside it. */
  error_path: z.string().optional(),
  /** Container of the server, whose files are read with tail, or whose output with docker logs. */
  container: z.string().optional(),
  /** Where the log lies in the container. */
  container_path: z.string().default('/var/log/clickhouse-server/clickhouse-server.log'),
  /** Newest lines that are kept, beside those of the window. */
  lines: z.number().int().min(0).max(100_000).default(500),
  error_lines: z.number().int().min(0).max(100_000).default(200),
  /** Seconds kept on each side of the window. */
  margin_seconds: z.number().int().min(0).max(3600).default(30),
  /** Zone of the log's times, where the server cannot be asked. */
  timezone: z.string().optional(),
  /** As much of each file is read, from its end. */
  read_bytes: z
    .number()
    .int()
    .min(1024)
    .max(256 * 1024 * 1024)
    .default(16 * 1024 * 1024),
  /** Whether to look for the container that publishes the target's port, or at the usual place, where nothing is named. */
  discover: z.boolean().default(true),
});
type Options = z.infer<typeof options>;

const USUAL = '/var/log/clickhouse-server/clickhouse-server.log';
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/** One log as it was read, or why it was not. */
interface Read {
  name: string;
  from: string;
  newest: number;
  text?: string;
  cut?: boolean;
  modified_at?: string;
  missing?: ServerLogFile['missing'];
}

export default defineCheck<ServerLogFacts, Options>({
  id: 'server-log',
  title: 'The server wrote no error into its log file during the window',
  failureTitle: 'The server wrote errors into its log file during the window',
  why: 'The log file tells what the server does not tell its clients: the true reason of a refused login, what failed in the background, what brought it down.',
  phases: ['before', 'after'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts: serverLogFacts,
  options,
  async collect(probe, options) {
    const window = windowWithMargin(probe.window, options.margin_seconds);
    const base: ServerLogFacts = { embedded: probe.target.kind === 'embedded', window, discovered: false, files: [] };
    if (base.embedded) return base;
    const place = await placeOf(probe, options);
    if ('reason' in place) return { ...base, missing: place };
    const read = await (place.container === undefined
      ? fromFiles(probe, options, place.path)
      : fromContainer(probe, options, place.container));
    const whole = read.find(({ text }) => text !== undefined && text !== '');
    const guessed =
      whole?.modified_at === undefined ? undefined : zoneByFileTime(whole.text ?? '', Date.parse(whole.modified_at));
    const zone = options.timezone ?? window.server_timezone ?? guessed;
    const zone_from = options.timezone ? 'option' : window.server_timezone ? 'server' : 'time of the file';
    const files: ServerLogFile[] = [];
    for (const one of read) files.push(await keep(probe, one, window, zone));
    return { ...base, discovered: place.discovered, ...(zone === undefined ? {} : { zone, zone_from }), files };
  },
  judge: judgeServerLog,
});

type Place =
  | { path: string; container?: undefined; discovered: boolean }
  | { container: string; discovered: boolean }
  | { reason: string; remedies: string[] };

async function placeOf({ docker, target, tail }: Probe, options: Options): Promise<Place> {
  if (options.path !== undefined) return { path: options.path, discovered: false };
  if (options.container !== undefined) return { container: options.container, discovered: false };
  const remedies = ['Name it: checks.server-log.options.path, or container'];
  const url = new URL(target.url);
  if (!options.discover || !LOOPBACK.test(url.hostname))
    return { reason: 'nothing names the log of the server, and it is not on this machine', remedies };
  const publishing = await docker.publishing(Number(url.port || (url.protocol === 'https:' ? 443 : 80)));
  const [container] = publishing.ok ? publishing.value : [];
  if (container !== undefined) return { container, discovered: true };
  const usual = await tail(USUAL, 1).catch(() => undefined);
  if (usual) return { path: USUAL, discovered: true };
  return { reason: `nothing names the log of the server, and there is none at ${USUAL}`, remedies };
}

async function fromFiles(probe: Probe, options: Options, path: string): Promise<Read[]> {
  const errorPath = options.error_path ?? path.replace(/(\.err)?\.log$/, '.err.log');
  const wanted = [
    { name: 'clickhouse-server.log', from: path, newest: options.lines },
    { name: 'clickhouse-server.err.log', from: errorPath, newest: options.error_lines },
  ];
  return Promise.all(
    wanted.map(async (one): Promise<Read> => {
      try {
        return { ...one, ...(await probe.tail(one.from, options.read_bytes)) };
      } catch (error) {
        const remedies = ['Check the path, and that this user may read it (group clickhouse, or adm)'];
        return { ...one, missing: { reason: `${one.from} cannot be read: ${messageOf(error)}`, remedies } };
      }
    }),
  );
}

async function fromContainer({ docker }: Probe, options: Options, container: string): Promise<Read[]> {
  const path = options.container_path;
  const wanted = [
    { name: 'clickhouse-server.log', file: path, newest: options.lines },
    { name: 'clickhouse-server.err.log', file: path.replace(/\.log$/, '.err.log'), newest: options.error_lines },
  ];
  const found: Read[] = [];
  for (const { name, file, newest } of wanted) {
    const asked = await docker.exec(container, ['tail', '-c', String(options.read_bytes), file], options.read_bytes);
    const one = { name, from: `docker exec ${container} tail ${file}`, newest };
    if (asked.ok && asked.value.code === 0) {
      const { stdout } = asked.value;
      found.push({ ...one, text: stdout, cut: Buffer.byteLength(stdout) >= options.read_bytes });
      continue;
    }
    const said = asked.ok ? (asked.value.stderr.trim().split('\n').at(-1) ?? '') : asked.problem.message;
    // A container without the file, or without tail, or stopped, still has what it printed.
    if (found.length === 0) {
      const logs = await docker.logs(container, Math.max(newest, 10_000), options.read_bytes);
      const text = logs.ok ? logs.value.stdout + logs.value.stderr : '';
      if (text !== '') return [{ name: 'docker-logs.log', from: `docker logs ${container}`, newest, text, cut: true }];
    }
    const remedies = asked.ok ? ['Name it: checks.server-log.options.container_path'] : asked.problem.remedies;
    found.push({
      ...one,
      missing: { reason: `${file} of the container ${container} cannot be read: ${said}`, remedies },
    });
    if (!asked.ok) break;
  }
  return found;
}

async function keep(
  probe: Probe,
  { name, from, newest, text, cut = false, missing }: Read,
  window: ServerLogFacts['window'],
  zone: string | undefined,
): Promise<ServerLogFile> {
  const { content, ...digest } = digestServerLog({
    text: text ?? '',
    newest,
    window,
    zone,
    cut,
    ownErrors: probe.ownErrors(),
  });
  if (text === undefined) return { name, from, ...digest, ...(missing === undefined ? {} : { missing }) };
  return { name, from, ...digest, kept: await probe.artifact(name, content) };
}
