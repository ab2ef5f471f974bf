import { formatCount, plural } from '../kernel/format.ts';
import type { InputFacts } from '../model/evidence.ts';
import type { Finding, NotEstablished } from '../model/finding.ts';
import type { EvidenceView, Rule } from '../model/rule.ts';
import type { Because } from '../model/verdict.ts';
import { findingsBlock, type Paint } from './terminal.ts';

interface Shown {
  findings: readonly Finding[];
  inputs: readonly InputFacts[];
  not_established?: NotEstablished;
}

function inputLine({ name, kind, lines, note }: InputFacts): string {
  return `  ${name}  ${kind}${lines === 0 ? '' : `, ${plural(lines, 'line')}`}${note === undefined ? '' : ` (${note})`}`;
}

/** A line of evidence with its place: `run.log:12  …`. */
export function placed({ text, file, line }: Because): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}  `;
  return `${place}${text}`;
}

/** That a cause is not established, and what would settle it. */
export function openBlock(paint: Paint, { summary, because, settle }: NotEstablished): string {
  return [
    paint.bold('cause not established'),
    `  ${summary}`,
    ...because.map((line) => paint.dim(`    · ${placed(line).split('\n').join('\n      ')}`)),
    '  What would settle it:',
    ...settle.map((line) => `    → ${line}`),
  ].join('\n');
}

/** What `diagnose` says, for people. */
export function diagnosisText(
  paint: Paint,
  { findings, inputs, not_established: open }: Shown,
  failed: boolean,
): string {
  const blocks: string[] = [];
  if (findings.length > 0) blocks.push(findingsBlock(paint, findings));
  if (open) blocks.push(openBlock(paint, open));
  if (!failed)
    blocks.push(
      paint.green(
        findings.length === 0
          ? 'Nothing is wrong in what was read'
          : 'Nothing is wrong in what was read but what belongs to nothing here',
      ),
    );
  blocks.push(
    [
      paint.bold('read'),
      ...inputs.slice(0, 40).map(inputLine),
      ...(inputs.length > 40 ? [`  and ${formatCount(inputs.length - 40)} more`] : []),
    ].join('\n'),
  );
  return blocks.join('\n\n');
}

/** Which rules fired, which nearly did, and what was missing. */
export function explainText(paint: Paint, rules: readonly Rule[], views: readonly EvidenceView[]): string {
  const lines = views.flatMap((view) =>
    rules.flatMap((rule) => {
      const fired = new Set(rule.explain(view).map(({ cause }) => cause));
      const weighed = (
        rule.weigh?.(view) ?? [...fired].map((cause) => ({ cause, score: 100, seen: [], missing: [] }))
      ).filter(({ score, seen }) => score !== undefined || seen.length > 0);
      return weighed
        .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
        .map(({ cause, score, seen, missing }) => {
          const word = score === undefined ? 'nearly' : fired.has(cause) ? 'fired ' : 'rival ';
          const parts = [
            seen.length === 0 ? '' : `seen: ${seen.join('; ')}`,
            missing.length === 0 ? '' : `missing: ${missing.join('; ')}`,
          ];
          return `  ${word} ${String(score ?? '').padStart(4)}  ${rule.id}/${cause}  ${parts.filter(Boolean).join(' · ')}`;
        });
    }),
  );
  return [paint.bold('rules'), ...(lines.length === 0 ? ['  none saw anything'] : lines)].join('\n');
}
