import { join, resolve } from 'node:path';
import { formatBytes, formatCount, plural } from '../kernel/format.ts';
import { shownPath } from '../kernel/shown-path.ts';
import type { Status } from '../model/verdict.ts';
import { checksBlock, createPaint, findingsBlock, headLine, loadBlock, verdictLine } from '../report/terminal.ts';
import { visible } from '../report/visible.ts';
import { bundleFile, type ListedBundle, listBundles, resolveBundle, showBundle, verifyBundle } from './bundle.ts';
import type { Io } from './outcome.ts';
import type { Handler, Options } from './program.ts';

function outDir(options: Options, io: Io): string {
  return options.out === undefined ? join(io.cwd, 'evidence') : resolve(io.cwd, String(options.out));
}

function counts(checks: Partial<Record<Status, number>>): string {
  return Object.entries(checks)
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
}

function listLine(bundle: ListedBundle): string {
  const { path, bytes, started_at } = bundle;
  const head = `${started_at.slice(0, 19)}Z  `;
  if (bundle.state === 'unreadable')
    return `${head}unreadable: ${bundle.reason}\n  ${shownPath(path)} (${formatBytes(bytes)})`;
  const partial = bundle.complete ? '' : ', partial';
  return `${head}exit ${bundle.exit_code}  ${bundle.job}  (${counts(bundle.checks)}${partial})\n  ${shownPath(path)} (${formatBytes(bytes)})`;
}

/** `chwitness bundle list` */
export const bundleListCommand: Handler = async (_args, options, io) => {
  const folder = outDir(options, io);
  const bundles = visible(await listBundles(folder));
  const text = bundles.length === 0 ? `No archives in ${shownPath(folder)}` : bundles.map(listLine).join('\n');
  return { code: 0, text, json: bundles };
};

/** `chwitness bundle show <archive> [file]` */
export const bundleShowCommand: Handler = async ([word = '', file], options, io) => {
  const path = await resolveBundle(word, outDir(options, io));
  if (file !== undefined) return { code: 0, text: '', json: { path, file }, stream: bundleFile(path, file) };
  const { run, files } = visible(await showBundle(path));
  const paint = createPaint(io.colours);
  const phases = (['before', 'after'] as const).flatMap((phase) => {
    const checks = run.checks.filter((check) => check.phase === phase);
    return checks.length === 0 ? [] : [checksBlock(paint, `checks ${phase}`, checks)];
  });
  const blocks = [
    headLine(paint, run.run, run.tool.version),
    ...(run.findings.length === 0 ? [] : [findingsBlock(paint, run.findings)]),
    ...(run.ingestion.kind === 'none' ? [] : [loadBlock(paint, run.ingestion)]),
    ...phases,
    [
      paint.bold(plural(files.length, 'file')),
      ...files.map((entry) => `  ${formatCount(entry.bytes).padStart(12)}  ${entry.path}`),
    ].join('\n'),
    verdictLine(paint, run),
  ];
  return { code: 0, text: blocks.join('\n\n'), json: { path, run, files } };
};

/** `chwitness bundle verify <archive>`: 0 whole and consistent, 1 not. */
export const bundleVerifyCommand: Handler = async ([word = ''], options, io) => {
  const path = await resolveBundle(word, outDir(options, io));
  const { ok, problems, checked } = visible(await verifyBundle(path));
  const paint = createPaint(io.colours);
  const text = ok
    ? `${paint.green('whole')}  ${plural(checked.files, 'file')}, ${formatBytes(checked.bytes)}: every hash is right, nothing is missing or added, the summary agrees with the results\n${shownPath(path)}`
    : [`${paint.red.bold('NOT WHOLE')}  ${shownPath(path)}`, ...problems.map((problem) => `  ${problem.message}`)].join(
        '\n',
      );
  return { code: ok ? 0 : 1, text, json: { ok, problems, path, checked } };
};
