import { formatDuration } from '../../kernel/format.ts';
import type { CheckResult, RunJson } from '../../model/run.ts';
import type { Because } from '../../model/verdict.ts';
import { type Html, html } from './escape.ts';

export function becauseList(lines: readonly Because[]): Html | undefined {
  if (lines.length === 0) return undefined;
  return html`<ul>${lines.map((line) => html`<li>${line.text}${line.file === undefined ? undefined : html` <span class="dim mono">${line.file}${line.line === undefined ? '' : `:${line.line}`}</span>`}</li>`)}</ul>`;
}

export function remedyList(remedies: readonly string[]): Html[] {
  return remedies.map((remedy) => html`<pre>${remedy}</pre>`);
}

function cells(check: CheckResult): Html {
  return html`<span class="status ${check.status}">${check.status}</span><span class="id">${check.id}</span><span class="said">${check.message}</span><span class="took">${formatDuration(check.duration_ms)}</span>`;
}

function one(check: CheckResult): Html {
  const silent = check.because.length === 0 && check.remedies.length === 0 && check.facts === undefined;
  if (silent) return html`<div class="check"><div class="row">${cells(check)}</div></div>`;
  const open = check.status === 'fail' || check.status === 'error' || check.status === 'timeout' ? ' open' : '';
  const body = html`<div class="more"><p>${check.title}</p>${becauseList(check.because)}${remedyList(check.remedies)}${check.facts === undefined ? undefined : html`<p class="dim mono">${check.facts}</p>`}</div>`;
  return open === ''
    ? html`<details class="check"><summary>${cells(check)}</summary>${body}</details>`
    : html`<details class="check" open><summary>${cells(check)}</summary>${body}</details>`;
}

export function checks(run: RunJson): Html[] {
  return (['before', 'after'] as const).flatMap((phase) => {
    const here = run.checks.filter((check) => check.phase === phase);
    return here.length === 0 ? [] : [html`<h2>Checks ${phase}</h2><div class="card">${here.map(one)}</div>`];
  });
}
