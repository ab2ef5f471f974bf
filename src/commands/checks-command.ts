import { loadConfig } from '../config/load.ts';
import { createPaint } from '../report/terminal.ts';
import { listChecks } from './checks.ts';
import { flagsOf } from './flags.ts';
import type { Handler } from './program.ts';

/** `chwitness checks` */
export const checksCommand: Handler = async (_args, options, io) => {
  const config = await loadConfig({ flags: flagsOf(options), env: io.env, cwd: io.cwd });
  const checks = await listChecks(config);
  const paint = createPaint(io.colours);
  const blocks = checks.map(({ id, phases, needs, title, why, source }) =>
    [
      `${paint.bold(id)}  ${paint.dim(`${phases.join(' and ')} · needs ${needs.length === 0 ? 'nothing' : needs.join(', ')} · ${source}`)}`,
      `  ${title}`,
      paint.dim(`  ${why}`),
    ].join('\n'),
  );
  return { code: 0, text: blocks.join('\n'), json: checks };
};
