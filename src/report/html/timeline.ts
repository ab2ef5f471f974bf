import { formatDuration } from '../../kernel/format.ts';
import type { RunJson } from '../../model/run.ts';
import { type Html, html } from './escape.ts';

interface Lane {
  name: string;
  from: number;
  ms: number;
  className: string;
}

function lanesOf(run: RunJson): Lane[] {
  const stretches = run.timeline.map((stretch) => ({
    name: stretch.label,
    from: Date.parse(stretch.from),
    ms: Date.parse(stretch.to) - Date.parse(stretch.from),
    className: '',
  }));
  const checks = run.checks.flatMap((check) =>
    check.started_at === undefined
      ? []
      : [
          {
            name: check.id,
            from: Date.parse(check.started_at),
            ms: check.duration_ms,
            className: check.status,
          },
        ],
  );
  return [...stretches, ...checks].sort((a, b) => a.from - b.from || b.ms - a.ms);
}

/** When each part of the run began and how long it took, as bars over one axis. */
export function timeline(run: RunJson): Html | undefined {
  const lanes = lanesOf(run);
  const start = Math.min(...lanes.map((lane) => lane.from));
  const end = Math.max(...lanes.map((lane) => lane.from + lane.ms));
  if (lanes.length === 0 || end <= start) return undefined;
  const percent = (ms: number) => ((100 * ms) / (end - start)).toFixed(2);
  return html`<h2>Timeline</h2><div class="card" role="img" aria-label="timeline of the run, ${formatDuration(end - start)} in all">
<div class="lane dim"><span>UTC</span><span>${new Date(start).toISOString().slice(11, 23)} to ${new Date(end).toISOString().slice(11, 23)}</span><span class="num">${formatDuration(end - start)}</span></div>
${lanes.map((lane) => html`<div class="lane"><span class="name" title="${lane.name}">${lane.name}</span><span class="track"><i class="${lane.className}" style="left:${percent(lane.from - start)}%;width:${percent(lane.ms)}%"></i></span><span class="num">${formatDuration(lane.ms)}</span></div>`)}</div>`;
}
