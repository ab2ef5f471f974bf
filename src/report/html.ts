import { formatBytes, formatCount, formatDuration } from '../kernel/format.ts';
import type { RunJson } from '../model/run.ts';
import { becauseList, checks, remedyList } from './html/checks.ts';
import { type Html, html, raw } from './html/escape.ts';
import { rowCounts } from './html/row-counts.ts';
import { STYLE } from './html/style.ts';
import { timeline } from './html/timeline.ts';
import { targetText, verdictOf } from './verdict.ts';

function tile(name: string, value: string): Html {
  return html`<div class="tile"><b>${value}</b><span>${name}</span></div>`;
}

function banner(run: RunJson): Html {
  const { word, sentence } = verdictOf(run);
  const { ingestion } = run;
  const { window } = run.run;
  const spent = Date.parse(run.run.finished_at) - Date.parse(run.run.started_at);
  const counted = (status: string) => run.checks.filter((check) => check.status === status).length;
  return html`<div class="card banner ${word.split(' ')[0]}"><p class="dim">${run.run.job} · run ${run.run.id}</p><h1>${word}: ${sentence}</h1>
<p>${targetText(run.run.target)}</p>
<p class="dim">Window ${window.from} to ${window.to} UTC${window.server_timezone === undefined ? '' : ` · server zone ${window.server_timezone}`}${window.clock_offset_ms === undefined ? '' : ` · server clock ${Math.round(window.clock_offset_ms)} ms ahead of ours`}</p>
${run.run.complete ? undefined : html`<p class="warn">Partial: ${run.run.incomplete_because.join('; ')}</p>`}
<div class="tiles">${ingestion.kind !== 'load' ? undefined : [tile('rows sent', formatCount(ingestion.rows_sent)), tile('rows acknowledged', formatCount(ingestion.rows_written)), tile('read', formatBytes(ingestion.bytes)), tile('load', formatDuration(ingestion.duration_ms))]}${tile('checks passed', `${counted('pass')} of ${run.checks.length}`)}${tile('whole run', formatDuration(spent))}${tile(`exit code of ${run.run.exit_code_origin}`, String(run.run.exit_code))}</div></div>`;
}

function findings(run: RunJson): Html | undefined {
  const { not_established: open } = run;
  if (run.findings.length === 0)
    return (
      open &&
      html`<h2>Cause not established</h2><div class="card"><p>${open.summary}</p>${becauseList(open.because)}${remedyList(open.settle)}</div>`
    );
  return html`<h2>Cause</h2>${run.findings.map(
    (finding) =>
      html`<div class="card"><h3>${finding.cause} <span class="dim">${finding.side} side, ${finding.confidence}</span></h3><p>${finding.summary}</p>${becauseList(finding.because)}${finding.alternatives.map((other) => html`<p>Or <b>${other.cause}</b>: ${other.summary}. ${other.question}</p>`)}${remedyList(finding.remedies)}${finding.page === undefined ? undefined : html`<p class="dim mono">${finding.page}</p>`}</div>`,
  )}`;
}

function loadError(run: RunJson): Html | undefined {
  const { error } = run.ingestion;
  return error === undefined ? undefined : html`<h2>Error of the load</h2><pre>${error.message}</pre>`;
}

function files(run: RunJson): Html {
  return html`<h2>Evidence</h2><div class="card"><details><summary>${run.files.length} files, ${formatBytes(run.files.reduce((sum, file) => sum + file.bytes, 0))}</summary><div class="scroll"><table><thead><tr><th>file</th><th>kind</th><th class="n">bytes</th><th>sha256</th></tr></thead><tbody>${run.files.map(
    (file) =>
      html`<tr><td class="mono wrap">${file.path}</td><td>${file.kind}</td><td class="n">${formatCount(file.bytes)}</td><td class="mono">${file.sha256.slice(0, 16)}…</td></tr>`,
  )}</tbody></table></div></details>
<p class="dim">${run.redactions.reduce((sum, entry) => sum + entry.count, 0)} secrets hidden, ledger in redactions.json. Made by chwitness ${run.tool.version}, rules ${run.tool.rules_digest.slice(0, 12)}.</p></div>`;
}

/** One self-contained page without a script: opens offline, prints, and can fetch nothing. Made from a run that is already redacted. */
export function htmlReport(run: RunJson): string {
  const { word } = verdictOf(run);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer"><title>${run.run.job}: ${word}</title><style>${raw(STYLE)}</style></head>
<body><main>${banner(run)}${findings(run)}${loadError(run)}${rowCounts(run)}${timeline(run)}${checks(run)}${files(run)}</main></body></html>
`.text;
}
