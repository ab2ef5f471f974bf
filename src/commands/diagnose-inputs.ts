import { resolve } from 'node:path';
import { z } from 'zod';
import { readForeign } from '../archive/foreign.ts';
import { parseRun } from '../archive/open.ts';
import type { ReadInput } from '../diagnose/read/input.ts';
import { readStream } from '../diagnose/read/texts.ts';
import type { RunEvidence } from '../diagnose/view.ts';
import { WitnessError } from '../kernel/errors.ts';
import type { RunJson } from '../model/run.ts';
import type { Io } from './outcome.ts';

/** What all inputs hold: runs of chwitness, and anybody’s logs. */
export interface Gathered {
  runs: { run: RunJson; evidence: RunEvidence; output: ReadInput[] }[];
  logs: ReadInput[];
}

const envelope = z.object({ facts: z.unknown() });
/** Facts and summaries are small; what is larger is none of ours. */
const JSON_BYTES = 64 * 1024 ** 2;
const OURS = /^(?:(.*)\/)?(?:run\.json|data\/facts\/.+\.json|data\/artifacts\/command\/[^/]+)$/;
/** What an archive of ours holds besides: told by its facts already, or about others. */
const BESIDE =
  /^(?:(.*)\/)?(?:bagit\.txt|bag-info\.txt|(?:tag)?manifest-sha256\.txt|report\.(?:md|html)|redactions\.json|data\/.+)$/;

async function text(content: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    if (bytes > JSON_BYTES)
      throw new WitnessError({
        code: 'INPUT_TOO_LARGE',
        what: 'a JSON file of the archive is too large to be one of chwitness',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Where archives of chwitness begin: names of files before `run.json`, with a bag beside it. */
async function bagsIn(path: string): Promise<Set<string>> {
  const [runs, bags] = [new Set<string>(), new Set<string>()];
  for await (const { name } of readForeign(path)) {
    if (/(?:^|[/!])run\.json$/.test(name)) runs.add(name.slice(0, -'run.json'.length));
    if (/(?:^|[/!])bagit\.txt$/.test(name)) bags.add(name.slice(0, -'bagit.txt'.length));
  }
  return new Set([...runs].filter((place) => bags.has(place)));
}

interface Bag {
  run?: RunJson;
  facts: Map<string, unknown>;
  output: ReadInput[];
}

async function takeOurs(bag: Bag, below: string, name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  if (below === 'run.json') bag.run = parseRun(await text(content), name);
  else if (below.startsWith('data/facts/')) {
    const parsed = envelope.safeParse(JSON.parse(await text(content)));
    if (parsed.success) bag.facts.set(below, parsed.data.facts);
  } else bag.output.push(await readStream(below, content));
}

async function gatherPath(path: string, into: Gathered): Promise<void> {
  const bags = new Map<string, Bag>(
    [...(await bagsIn(path))].map((place) => [place, { facts: new Map(), output: [] }]),
  );
  for await (const { name, content } of readForeign(path)) {
    const place = [...bags.keys()].find((start) => name.startsWith(start));
    const bag = place === undefined ? undefined : bags.get(place);
    const below = name.slice((place ?? '').length);
    if (bag && OURS.test(below)) await takeOurs(bag, below, name, content);
    else if (!(bag && BESIDE.test(below))) into.logs.push(await readStream(name, content));
  }
  for (const { run, facts, output } of bags.values()) {
    if (run) into.runs.push({ run, evidence: evidenceOf(run, facts), output });
  }
}

function evidenceOf(run: RunJson, facts: ReadonlyMap<string, unknown>): RunEvidence {
  return {
    ingestion: run.ingestion,
    checks: run.checks,
    facts: (id, phase) => {
      const path = run.checks.find((check) => check.id === id && check.phase === phase)?.facts;
      return path === undefined ? undefined : facts.get(path);
    },
    target: run.run.target,
    capabilities: undefined,
    window: run.run.window,
    timezone: run.run.target.timezone,
  };
}

/** Reads every input: archives, folders, logs, `-`. Nothing is unpacked to disk, no code of an archive is loaded. */
export async function gather(words: readonly string[], io: Pick<Io, 'cwd' | 'stdin'>): Promise<Gathered> {
  const into: Gathered = { runs: [], logs: [] };
  for (const word of words) {
    if (word === '-') into.logs.push(await readStream('(standard input)', io.stdin));
    else await gatherPath(relativeTo(io.cwd, word), into);
  }
  return into;
}

function relativeTo(cwd: string, word: string): string {
  return cwd === process.cwd() ? word.replace(/\/+$/, '') || '/' : resolve(cwd, word);
}
