import { runInit } from './init.ts';
import type { Handler } from './program.ts';

/** `chwitness init` */
export const initCommand: Handler = async (_args, options, io) => {
  const { path, text } = await runInit({ cwd: io.cwd, force: options.force === true, print: options.print === true });
  if (options.print === true) return { code: 0, text: text.trimEnd(), json: { path, text } };
  return { code: 0, text: `Wrote ${path}: every option with its default, commented`, json: { path } };
};
