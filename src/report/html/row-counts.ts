import { formatCount } from '../../kernel/format.ts';
import type { RowCount, RunJson } from '../../model/run.ts';
import { type Html, html } from './escape.ts';

function count(text: string | undefined): string {
  return text === undefined ? 'not counted' : formatCount(BigInt(text));
}

/** Percent of the widest bar; counts beyond 2^53 lose digits here, and only here. */
function percent(text: string | undefined, widest: number): string {
  return ((100 * Number(text ?? 0)) / widest).toFixed(2);
}

function bars(row: RowCount, widest: number): Html {
  const expected =
    row.before !== undefined && row.sent !== undefined ? String(BigInt(row.before) + BigInt(row.sent)) : undefined;
  return html`<div class="lane"><span class="name" title="${row.table}">${row.table}</span><span class="track"><i style="left:0;width:${percent(row.after, widest)}%"></i><i class="old" style="left:0;width:${percent(row.before, widest)}%"></i>${
    expected === undefined
      ? undefined
      : html`<u style="left:calc(${percent(expected, widest)}% - 1px)" title="before + sent"></u>`
  }</span><span class="num">${count(row.after)}</span></div>`;
}

/** Rows of each table: what was there (grey), what came (blue), and a mark where before + sent would end. */
export function rowCounts(run: RunJson): Html | undefined {
  const rows = run.row_counts;
  if (rows.length === 0) return undefined;
  const widest = Math.max(
    1,
    ...rows.flatMap((row) => [Number(row.after ?? 0), Number(row.before ?? 0) + Number(row.sent ?? 0)]),
  );
  return html`<h2>Row counts</h2><div class="card"><div role="img" aria-label="row counts before and after, by table">${rows.map((row) => bars(row, widest))}</div>
<p class="dim">Grey: before. Blue: after. Mark: before + sent.</p>
<div class="scroll"><table><thead><tr><th>table</th><th class="n">before</th><th class="n">after</th><th class="n">sent</th><th class="n">acknowledged</th></tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr><td class="wrap">${row.table}</td><td class="n">${count(row.before)}</td><td class="n">${count(row.after)}</td><td class="n">${count(row.sent)}</td><td class="n">${count(row.written)}</td></tr>`,
  )}</tbody></table></div></div>`;
}
