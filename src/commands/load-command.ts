import type { Handler } from './program.ts';

/** `chwitness load`: files and streams, or the API that a word stands for. The code of the other is not loaded. */
export const loadDispatch: Handler = async (inputs, options, io) => {
  const { meansApi, qticketsCommand } = await import('./qtickets/command.ts');
  if (meansApi(inputs, io.cwd)) return qticketsCommand(inputs, options, io);
  const { loadCommand } = await import('./load.ts');
  return loadCommand(inputs, options, io);
};
