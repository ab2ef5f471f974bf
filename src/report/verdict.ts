import type { RunJson } from '../model/run.ts';

/** The whole run in one word and one sentence, the same in every report. */
export function verdictOf(run: RunJson): { word: 'clean' | 'warnings' | 'failed' | 'could not run'; sentence: string } {
  const { exit_code: code, exit_code_origin: origin, exit_code_reason: sentence } = run.run;
  // A wrapped command may end with any code, with these too.
  if (origin === 'chwitness' && (code === 2 || code === 120)) return { word: 'could not run', sentence };
  if (code !== 0) return { word: 'failed', sentence };
  return { word: run.checks.some((check) => check.status === 'warn') ? 'warnings' : 'clean', sentence };
}

/** Where the run looked, for one line: URL or embedded engine, version, user, and where the target came from. */
export function targetText(target: RunJson['run']['target']): string {
  const place = target.kind === 'embedded' ? 'embedded engine' : target.url;
  const version = target.version === undefined ? '' : ` · ClickHouse ${target.version}`;
  return `${place}${version} · user ${target.user} · database ${target.database} · ${target.origin}`;
}
