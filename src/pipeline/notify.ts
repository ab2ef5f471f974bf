import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { postJson } from '../engine/webhook.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Config } from '../model/config.ts';
import type { RunJson } from '../model/run.ts';
import { junitReport } from '../report/junit.ts';
import { metricsReport } from '../report/metrics.ts';
import { verdictOf } from '../report/verdict.ts';
import type { Witnessed } from './finish.ts';
import { replaceFile } from './replace-file.ts';

/** What a webhook is told: `text` is what chat services show. Made from a run that is already redacted. */
export function webhookPayload(run: RunJson, archive: string) {
  const { id, job, command, exit_code, exit_code_origin, started_at, finished_at } = run.run;
  const { word, sentence } = verdictOf(run);
  const bad = ['fail', 'error', 'timeout'];
  return {
    text: `chwitness: ${job} ${word}: ${sentence}`,
    run: { id, job, command, exit_code, exit_code_origin, started_at, finished_at },
    findings: run.findings.map(({ cause, side, confidence, summary }) => ({ cause, side, confidence, summary })),
    checks: run.checks
      .filter(({ status }) => bad.includes(status))
      .map(({ id: check, phase, status, message }) => ({ id: check, phase, status, message })),
    archive: basename(archive),
  };
}

/** Tells others how a run ended. Whoever cannot be told changes nothing of the verdict, and is named in what comes back. */
export async function notify({ run, archive }: Witnessed, { notify: to }: Pick<Config, 'notify'>): Promise<string[]> {
  const attempts: [what: string, work: () => Promise<string | undefined>][] = [];
  const write = (path: string, text: () => Promise<string>) => async () => {
    await replaceFile(path, await text());
    return undefined;
  };
  if (to.junit !== undefined) attempts.push([`JUnit XML (${to.junit})`, write(to.junit, async () => junitReport(run))]);
  if (to.textfile !== undefined) {
    const path = to.textfile;
    const earlier = () => readFile(path, 'utf8').catch(() => '');
    attempts.push([`metrics (${path})`, write(path, async () => metricsReport(run, await earlier()))]);
  }
  if (to.webhook !== undefined && run.run.exit_code !== 0) {
    const url = to.webhook;
    attempts.push(['webhook', () => postJson(url, webhookPayload(run, archive.path))]);
  }
  const failed: string[] = [];
  for (const [what, work] of attempts) {
    const why = await work().catch((error: unknown) => messageOf(error));
    if (why !== undefined) failed.push(`The ${what} could not be told: ${why}`);
  }
  return failed;
}
