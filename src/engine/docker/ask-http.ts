import type { DockerHttp, DockerPlace } from '../../model/docker-http.ts';
import type { HttpFinding } from '../../model/http-exam.ts';
import type { TargetConfig } from '../../model/target.ts';
import { EngineError } from '../errors.ts';
import { journalOf } from '../http-exam/journal.ts';
import type { TargetHooks } from '../target.ts';
import { type CurlAnswer, type CurlRequest, curlConfig, readCurl } from './curl.ts';
import type { Docker } from './docker.ts';
import { DockerError } from './errors.ts';
import { readWget, wgetAddress, wgetArguments } from './wget.ts';

export interface AskOptions {
  docker: Docker;
  config: TargetConfig;
  hooks: TargetHooks;
  from: DockerPlace;
  /** How the server is called in there. */
  host: string;
  port: number;
  signal: AbortSignal;
}

const ANSWER_SECONDS = 8;
/** Over the longest that curl may take, so that the container's start has its time. */
const CALL_MS = 20_000;
const PULL_MS = 120_000;
const CA_INSIDE = '/chwitness-ca.pem';
const UNSURE: readonly HttpFinding['condition'][] = ['connection-reset', 'not-http', 'unclear'];

/**
 * Asks the target's HTTP interface from inside Docker, with curl or, where a container has none, wget: `/ping`, then
 * `SELECT 1`. Credentials go by standard input, and only to what answered like ClickHouse.
 * @throws DockerError when Docker itself has no answer
 */
export async function askHttp(options: AskOptions): Promise<DockerHttp> {
  const { config, hooks, from, host, port } = options;
  const secure = new URL(config.url).protocol === 'https:';
  const base = `${secure ? 'https' : 'http'}://${host}:${port}`;
  const found: DockerHttp = {
    from,
    tool: 'curl',
    url: base,
    host,
    port,
    finding: { condition: 'ok' },
    answers: [],
    notes: [],
  };
  if (hooks.listOnly === true) {
    journalOf(hooks, 'SELECT 1', { by: 'check:http-docker', listed: true }).entry.ok();
    return found;
  }
  const ask = asker(options);
  const ping = await ask({ url: `${base}/ping`, timeoutSeconds: ANSWER_SECONDS, verbose: true });
  found.tool = ping.tool;
  found.answers.push(shown('GET /ping', ping));
  if (ping.address !== undefined) found.address = ping.address;
  if (ping.times !== undefined) found.times = ping.times;
  const met = ping.finding ?? (ping.answer?.body.trim() === 'Ok.' ? undefined : notClickHouse(ping));
  if (met !== undefined && !['refused-between', 'not-found-between', 'no-handler'].includes(met.condition))
    return { ...found, finding: await lookAgain(met, ask, options, secure) };
  if (!ping.takesLogin)
    return {
      ...found,
      notes: ['/ping alone was asked: BusyBox’s wget takes a password only where others can read it'],
    };

  const { entry, queryId } = journalOf(hooks, 'SELECT 1', { by: 'check:http-docker' });
  const { user, password, database } = config;
  const query = new URLSearchParams({ database, query_id: queryId });
  const login = { user, password };
  const answer = await ask({ url: `${base}/?${query}`, body: 'SELECT 1', login, timeoutSeconds: ANSWER_SECONDS });
  found.answers.push(shown('POST SELECT 1', answer));
  const said = answer.finding ?? (answer.answer?.body.trim() === '1' ? undefined : notClickHouse(answer));
  // Of an answer 401 wget gives no text; who said "Ok." to /ping is ClickHouse.
  const isServers = met === undefined && answer.answer?.body === '' && said?.condition === 'refused-between';
  const refusal: HttpFinding | undefined = isServers ? { ...said, condition: 'authentication-failed' } : said;
  if (refusal === undefined) entry.ok({ bytes: answer.answer?.body.length });
  else
    entry.failed(
      new EngineError({
        failure: refusal.code === undefined ? 'other' : 'server',
        message: refusal.said ?? refusal.condition,
        code: refusal.code,
      }),
    );
  return { ...found, finding: refusal ?? found.finding };
}

function shown(request: string, { answer, finding }: CurlAnswer): DockerHttp['answers'][number] {
  if (answer === undefined) return { request, body: finding?.said ?? '' };
  return { request, status: answer.status, body: answer.body.slice(0, 1000) };
}

function notClickHouse({ answer }: CurlAnswer): HttpFinding {
  if (answer === undefined) return { condition: 'not-http', said: 'no answer of HTTP came back' };
  return {
    condition: 'other-service',
    status: answer.status,
    said: answer.body.replace(/\s+/g, ' ').trim().slice(0, 200),
  };
}

interface Asked extends CurlAnswer {
  tool: DockerHttp['tool'];
  /** Whether a password can be given without showing it. */
  takesLogin: boolean;
}

type Ask = (request: CurlRequest) => Promise<Asked>;

function asker({ docker, config, from, signal }: AskOptions): Ask {
  const { tls } = config;
  const authority = tls?.ca !== undefined && !tls.ca.includes('-----BEGIN') ? tls.ca : undefined;
  const ca = tls?.verify === false ? (false as const) : authority === undefined ? undefined : CA_INSIDE;
  let tool: DockerHttp['tool'] | undefined;
  return async (request) => {
    const isSecure = request.url.startsWith('https:');
    if ('network' in from) {
      const { network, image, pull } = from;
      const files = ca === CA_INSIDE && authority !== undefined ? { [CA_INSIDE]: authority } : {};
      const run = { network, image, pull, files, entrypoint: 'curl', args: ['--config', '-'], signal };
      const timeoutMs = pull ? PULL_MS : CALL_MS;
      const result = await docker.run({ ...run, input: curlConfig({ ca, ...request }), timeoutMs });
      return { ...readCurl(result, isSecure), tool: 'curl', takesLogin: true };
    }
    const exec = (program: readonly string[], input: string) =>
      docker.exec(from.container, program, { input, signal, timeoutMs: CALL_MS });
    // The container's own trust store is the one that counts in there.
    const inside: CurlRequest = { ...(ca === false ? { ca } : {}), ...request };
    if (tool === undefined || tool === 'curl') {
      try {
        const result = await exec(['curl', '--config', '-'], curlConfig(inside));
        tool = 'curl';
        return { ...readCurl(result, isSecure), tool, takesLogin: true };
      } catch (error) {
        if (tool === 'curl' || !(error instanceof DockerError) || error.failure !== 'no-program') throw error;
      }
    }
    const result = await exec(wgetArguments(inside), wgetAddress(inside)).catch((error: unknown) => {
      const none = error instanceof DockerError && error.failure === 'no-program';
      throw none ? new DockerError('no-program', `the container ${from.container} has neither curl nor wget`) : error;
    });
    tool = 'wget';
    if (!/unrecognized option|Usage: wget/.test(result.stderr))
      return { ...readWget(result, isSecure), tool, takesLogin: true };
    const plain = await exec(['wget', '-S', '-T', String(request.timeoutSeconds), '-O', '-', request.url], '');
    return { ...readWget(plain, isSecure), tool, takesLogin: false };
  };
}

/** Asks a port once more in the other language, where what it said first has more than one meaning. */
async function lookAgain(
  met: HttpFinding,
  ask: Ask,
  { host, port }: AskOptions,
  secure: boolean,
): Promise<HttpFinding> {
  if (!secure && UNSURE.includes(met.condition)) {
    const other = await ask({ url: `https://${host}:${port}/ping`, timeoutSeconds: 3, ca: false });
    if (other.answer === undefined) return met;
    return { ...met, condition: other.finding?.condition === 'native-tls-port' ? 'native-tls-port' : 'tls-on-port' };
  }
  if (secure && ['no-tls-on-port', 'connection-reset', 'tls-refused'].includes(met.condition)) {
    const other = await ask({ url: `http://${host}:${port}/ping`, timeoutSeconds: 3 });
    if (other.finding?.condition === 'native-port') return other.finding;
    return other.answer === undefined ? met : { ...met, condition: 'no-tls-on-port' };
  }
  return met;
}
