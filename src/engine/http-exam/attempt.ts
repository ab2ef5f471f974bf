import type { Socket } from 'node:net';
import type { HttpFinding, HttpStage, TlsFacts } from '../../model/http-exam.ts';
import type { TargetConfig } from '../../model/target.ts';
import { pemOf } from '../agent.ts';
import { connectAny, handshake, type Place, resolveHost, type Timed } from './connect.ts';
import { converse, Stopped } from './converse.ts';
import type { ExamOptions } from './exam.ts';
import { lookAgain } from './second-look.ts';
import { socketFinding } from './socket-finding.ts';
import { type Talk, talkDirectly, talkThrough } from './talk.ts';
import type { Transcript } from './transcript.ts';

/** What one attempt came to. */
export interface Attempt {
  addresses: string[];
  connected: string | undefined;
  stages: HttpStage[];
  tls: TlsFacts | undefined;
  finding: HttpFinding;
}

/** Longest wait for one answer, ms: longer is silence. */
const ANSWER_MS = 10_000;

export function placeOf(url: URL): Place {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

function tlsWish({ tls }: TargetConfig, host: string) {
  const { ca, cert, key, verify = true, serverName } = tls ?? {};
  const read = (text: string | undefined) => (text === undefined ? undefined : pemOf(text));
  return { servername: serverName ?? host, verify, ca: read(ca), cert: read(cert), key: read(key) };
}

/** Goes through the stages once, as far as they lead. Never throws. */
export async function attempt(options: ExamOptions, url: URL, transcript: Transcript): Promise<Attempt> {
  const { config, signal } = options;
  const secure = url.protocol === 'https:';
  const proxy = config.proxy === undefined ? undefined : new URL(config.proxy);
  const place = placeOf(proxy ?? url);
  const limit = Math.min(config.requestTimeoutMs, ANSWER_MS);
  const found: Attempt = {
    addresses: [],
    connected: undefined,
    stages: [],
    tls: undefined,
    finding: { condition: 'ok' },
  };
  const timed = stopwatch(found.stages, transcript);

  /** `time` is the stopwatch of the first connection alone: later ones are no stages of their own. */
  const open = async (time: Timed): Promise<Socket> => {
    const { socket, address } = await time('tcp', () =>
      connectAny(found.addresses, place.port, config.connectTimeoutMs, signal),
    );
    found.connected = address;
    if (!secure) return socket;
    const wish = tlsWish(config, place.host);
    return time('tls', async () => {
      const secured = await handshake(socket, wish, config.connectTimeoutMs);
      found.tls = secured.facts;
      transcript.tls(secured.facts);
      const { error } = secured.facts;
      if (!wish.verify || error === undefined) return secured.socket;
      secured.socket.destroy();
      throw Object.assign(new Error(`the certificate is not accepted: ${error}`), { code: error });
    });
  };

  let talk: Talk | undefined;
  try {
    found.addresses = await resolveHost(place.host, config.connectTimeoutMs, timed);
    transcript.note(`${place.host}: ${found.addresses.join(', ')}`);
    talk =
      proxy === undefined
        ? talkDirectly(await open(timed), url.origin, limit, () => open(untimed))
        : talkThrough(config, url.origin, limit);
    found.finding = await converse({ talk, url, options, transcript, stages: found.stages });
  } catch (error) {
    const finding = error instanceof Stopped ? error.finding : socketFinding(error);
    transcript.note(finding.said ?? finding.condition);
    found.finding = proxy === undefined ? await lookAgain(finding, secure, place) : finding;
  } finally {
    await talk?.close();
  }
  return found;
}

const untimed: Timed = (_, work) => work();

function stopwatch(stages: HttpStage[], transcript: Transcript): Timed {
  return async (stage, work) => {
    const started = performance.now();
    const end = (outcome: HttpStage['outcome']) => {
      const entry: HttpStage = { stage, ms: Math.round((performance.now() - started) * 10) / 10, outcome };
      stages.push(entry);
      transcript.stage(entry);
    };
    try {
      const value = await work();
      end('ok');
      return value;
    } catch (error) {
      end('failed');
      throw error;
    }
  };
}
