import { createHash } from 'node:crypto';
import { z } from 'zod';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import type { RunJson } from '../model/run.ts';
import { type Hashed, PAYLOAD_MANIFEST, TAG_MANIFEST } from './bag.ts';
import { compareFiles, compareWithResults, contradictions, RESULTS, results } from './consistency.ts';
import { type ArchiveEntry, entryText } from './entry.ts';
import { checkFixity, type Inventory, payloadHashes } from './fixity.ts';
import { parseRun, readArchive } from './open.ts';
import type { Problem } from './problem.ts';

export interface Verification {
  ok: boolean;
  problems: Problem[];
  /** The summary, where it could be read. */
  run?: RunJson;
  checked: { files: number; bytes: number };
}

const TEXTS = new Set(['bagit.txt', 'bag-info.txt', PAYLOAD_MANIFEST, TAG_MANIFEST, 'run.json', RESULTS]);

/** Faults of the place, not of the archive: there is nothing to verify. */
const NO_VERDICT = new Set(['ARCHIVE_NOT_FOUND', 'ARCHIVE_UNREADABLE', 'ARCHIVE_NOT_ONE']);

async function hashed(entry: ArchiveEntry): Promise<Hashed & { text?: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of entry.content) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      yield chunk;
    }
  }
  const content = counted();
  let text: string | undefined;
  if (TEXTS.has(entry.path)) text = await entryText({ ...entry, content });
  else for await (const _ of content);
  return { path: entry.path, sha256: hash.digest('hex'), bytes, ...(text === undefined ? {} : { text }) };
}

async function take(path: string): Promise<Inventory & { problems: Problem[] }> {
  const found = new Map<string, Hashed>();
  const texts = new Map<string, string>();
  try {
    for await (const entry of readArchive(path)) {
      const { text, ...file } = await hashed(entry);
      found.set(file.path, file);
      if (text !== undefined) texts.set(file.path, text);
    }
    return { found, texts, whole: true, problems: [] };
  } catch (error) {
    if (!(error instanceof WitnessError) || NO_VERDICT.has(error.code)) throw error;
    return { found, texts, whole: false, problems: [{ code: error.code, message: error.message }] };
  }
}

/** A parsed text, or the problem that it is not what chwitness writes. */
function parsed<T>(file: string, parse: () => T): { value: T } | { problem: Problem } {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof WitnessError) return { problem: { code: error.code, file, message: error.message } };
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const why = issue === undefined ? messageOf(error) : `${issue.path.join('.') || 'its top'}: ${issue.message}`;
    return { problem: { code: 'RESULTS_INVALID', file, message: `${file} is not as chwitness writes it: ${why}` } };
  }
}

/** Whether the summary says what the evidence says; only where both can be read. */
function checkSummary(path: string, inventory: Inventory): { problems: Problem[]; run?: RunJson } {
  const text = inventory.texts.get('run.json');
  if (text === undefined) return { problems: [] };
  const summary = parsed('run.json', () => parseRun(text, path));
  if ('problem' in summary) return { problems: [summary.problem] };
  const run = summary.value;
  const kept = inventory.texts.get(RESULTS);
  const problems = inventory.whole
    ? [...compareFiles(run, payloadHashes(inventory), inventory.found), ...contradictions(run, inventory.found)]
    : [];
  if (kept !== undefined) {
    const stored = parsed(RESULTS, () => results.parse(JSON.parse(kept)));
    problems.push(...('problem' in stored ? [stored.problem] : compareWithResults(run, stored.value)));
  } else if (inventory.whole)
    problems.push({
      code: 'RESULTS_MISSING',
      file: RESULTS,
      message: `${RESULTS} is missing, so nothing shows that run.json tells what was found`,
    });
  return { problems, run };
}

/**
 * Whether an archive (or the folder it was unpacked to) is whole, unchanged and in agreement with itself. Proves
 * integrity, not authorship: whoever rewrites results, summary and manifests together is not found out by this.
 * @throws WitnessError when there is no archive to verify; everything wrong with one is a problem in the value
 */
export async function verify(path: string): Promise<Verification> {
  const inventory = await take(path);
  const summary = checkSummary(path, inventory);
  const problems = [...inventory.problems, ...checkFixity(inventory), ...summary.problems];
  const bytes = [...inventory.found.values()].reduce((sum, file) => sum + file.bytes, 0);
  return {
    ok: problems.length === 0,
    problems,
    ...(summary.run === undefined ? {} : { run: summary.run }),
    checked: { files: inventory.found.size, bytes },
  };
}
