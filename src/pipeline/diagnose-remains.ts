import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { diagnose } from '../diagnose/diagnose.ts';
import { notEstablished } from '../diagnose/not-established.ts';
import type { ReadInput } from '../diagnose/read/input.ts';
import { readStream } from '../diagnose/read/texts.ts';
import { viewOf } from '../diagnose/view.ts';
import type { Finding, NotEstablished } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import type { Phase, RunJson } from '../model/run.ts';
import { keptFacts } from './remains.ts';

/** What rules say of what a killed run had kept: its checks with their facts, and what its command had printed. */
export async function diagnoseRemains(
  bag: string,
  summary: RunJson,
  rules: readonly Rule[],
): Promise<{ findings: Finding[]; not_established?: NotEstablished }> {
  const { checks, ingestion, run } = summary;
  const facts = new Map<string, unknown>();
  const key = (id: string, phase: Phase) => `${phase}/${id}`;
  for (const { id, phase } of checks) facts.set(key(id, phase), await keptFacts(bag, phase, id));
  const view = viewOf(
    {
      ingestion,
      checks,
      facts: (id, phase) => facts.get(key(id, phase)),
      target: run.target,
      window: run.window,
      timezone: run.target.timezone,
    },
    await printed(bag),
  );
  const findings = diagnose(view, rules);
  const unknown = ingestion.status === 'failed' ? notEstablished(view, findings) : undefined;
  return { findings, ...(unknown === undefined ? {} : { not_established: unknown }) };
}

/** The logs of the wrapped command: a run killed while it wrote them has no list of them. */
async function printed(bag: string): Promise<ReadInput[]> {
  const folder = 'data/artifacts/command';
  const names = await readdir(join(bag, folder)).catch(() => [] as string[]);
  const logs = names.filter((name) => name.endsWith('.log')).sort();
  return Promise.all(logs.map((name) => readStream(`${folder}/${name}`, createReadStream(join(bag, folder, name)))));
}
