import { diagnose, RULES } from '../diagnose/diagnose.ts';
import { notEstablished, somethingFailed } from '../diagnose/not-established.ts';
import { viewOf } from '../diagnose/view.ts';
import { WitnessError } from '../kernel/errors.ts';
import type { InputFacts } from '../model/evidence.ts';
import type { Finding, NotEstablished } from '../model/finding.ts';
import type { EvidenceView, Rule } from '../model/rule.ts';
import { createRedactor } from '../redact/redactor.ts';
import { diagnosisText, explainText } from '../report/diagnosis.ts';
import { createPaint } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { type Gathered, gather } from './diagnose-inputs.ts';
import type { Handler } from './program.ts';

/** What `diagnose --json` prints; `not_established` only where something failed and no cause is named. */
export interface Diagnosis {
  findings: Finding[];
  inputs: InputFacts[];
  not_established?: NotEstablished;
}

function viewsOf({ runs, logs }: Gathered): EvidenceView[] {
  if (runs.length === 0) return [viewOf({}, logs)];
  return runs.map(({ evidence, output }, at) => viewOf(evidence, [...output, ...(at === runs.length - 1 ? logs : [])]));
}

/** Findings of several runs, each cause once. */
function together(views: readonly EvidenceView[], rules: readonly Rule[]): Finding[] {
  const byCause = new Map<string, Finding>();
  for (const finding of views.flatMap((view) => diagnose(view, rules))) {
    if (!byCause.has(finding.cause)) byCause.set(finding.cause, finding);
  }
  return [...byCause.values()];
}

/** What is packed twice was not read: of nothing else there is nothing to say. */
function refusePacked(inputs: readonly InputFacts[]): void {
  const [first] = inputs;
  if (first === undefined || !inputs.every(({ kind }) => kind === 'packed')) return;
  throw new WitnessError({
    code: 'INPUT_UNREADABLE',
    what: first.note ?? 'it is packed',
    where: first.name,
    next: 'unpack it once, and name what is in it',
  });
}

/** Diagnoses what the inputs hold, with these rules. */
export async function diagnoseInputs(
  words: readonly string[],
  io: Parameters<typeof gather>[1],
  rules: readonly Rule[] = RULES,
): Promise<Diagnosis & { failed: boolean; views: EvidenceView[] }> {
  const gathered = await gather(words, io);
  const views = viewsOf(gathered);
  refusePacked(views.flatMap((view) => view.inputs));
  const findings = together(views, rules);
  const open = views.map((view) => notEstablished(view, findings)).find((one) => one !== undefined);
  const runs = gathered.runs.map(
    ({ run }): InputFacts => ({
      name: `run ${run.run.id} of ${run.run.job}`,
      bytes: 0,
      lines: 0,
      kind: 'archive of chwitness',
    }),
  );
  const inputs = [...runs, ...views.flatMap((view) => view.inputs)];
  const failed = views.some((view) => somethingFailed(view, findings));
  return { findings, inputs, ...(open ? { not_established: open } : {}), failed, views };
}

/** `chwitness diagnose <input…>`: 1 something failed, named or not; 0 nothing is wrong; 2 could not read. */
export const diagnoseCommand: Handler = async (words, options, io) => {
  const { failed, views, ...diagnosis } = await diagnoseInputs(words, io);
  // Somebody’s logs may hold secrets that nobody told us of: they are hidden by their form before anything is shown.
  const redactor = createRedactor({ known: [] });
  const clean: Diagnosis = visible(JSON.parse(redactor.json('diagnosis', diagnosis).toString()));
  const paint = createPaint(io.colours);
  const explained = options.explainRules === true ? `\n\n${redactor.plain(explainText(paint, RULES, views))}` : '';
  return { code: failed ? 1 : 0, text: `${diagnosisText(paint, clean, failed)}${explained}`, json: clean };
};
