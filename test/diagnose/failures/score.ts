import { diagnose } from '../../../src/diagnose/diagnose.ts';
import { readText } from '../../../src/diagnose/read/texts.ts';
import { viewOf } from '../../../src/diagnose/view.ts';
import type { Finding } from '../../../src/model/finding.ts';

/** A text of a failure and the cause it has. */
export interface Failure {
  id: string;
  cause: string;
  text: string;
}

export type Outcome = 'right first' | 'right among three' | 'not established' | 'wrong';

export interface Scored extends Failure {
  outcome: Outcome;
  findings: Finding[];
}

export function findingsOf(text: string): Finding[] {
  return diagnose(viewOf({}, [readText('input.log', text)]));
}

/** What a diagnosis offers, best first: each cause with its alternatives after it. */
function offered(findings: readonly Finding[]): string[] {
  const [first, ...rest] = findings;
  if (!first) return [];
  return [
    ...new Set([first.cause, ...first.alternatives.map(({ cause }) => cause), ...rest.map(({ cause }) => cause)]),
  ];
}

export function score(failures: readonly Failure[]): Scored[] {
  return failures.map((failure) => {
    const findings = findingsOf(failure.text);
    const causes = offered(findings);
    const outcome: Outcome =
      causes[0] === failure.cause
        ? 'right first'
        : causes.slice(0, 3).includes(failure.cause)
          ? 'right among three'
          : causes.length === 0
            ? 'not established'
            : 'wrong';
    return { ...failure, outcome, findings };
  });
}

const OUTCOMES: readonly Outcome[] = ['right first', 'right among three', 'not established', 'wrong'];

/** The table as text, with what is not right first below it. */
export function tableOf(title: string, scored: readonly Scored[]): string {
  const count = (outcome: Outcome) => scored.filter((one) => one.outcome === outcome).length;
  const percent = (part: number) => `${((100 * part) / Math.max(1, scored.length)).toFixed(1)} %`;
  const rows = OUTCOMES.map(
    (outcome) => `  ${outcome.padEnd(18)} ${String(count(outcome)).padStart(4)}  ${percent(count(outcome))}`,
  );
  const misses = scored
    .filter(({ outcome }) => outcome !== 'right first')
    .map(
      ({ id, cause, outcome, findings }) =>
        `  ${outcome}: ${id} ${cause}; found ${findings.map((one) => `${one.cause} (${one.confidence})`).join(', ') || 'nothing'}`,
    );
  return [`${title}: ${scored.length} failures`, ...rows, ...misses].join('\n');
}

/** Wrong causes that were called certain: there must be none. */
export function certainAndWrong(scored: readonly Scored[]): string[] {
  return scored.flatMap(({ id, cause, outcome, findings }) => {
    const [first] = findings;
    return outcome !== 'right first' && first?.confidence === 'certain'
      ? [`${id}: ${first.cause}, and it is ${cause}`]
      : [];
  });
}

export function shareRight(scored: readonly Scored[]): number {
  return scored.filter(({ outcome }) => outcome === 'right first').length / Math.max(1, scored.length);
}
