import type { Handler } from './program.ts';
import { witnessOutcome } from './witness.ts';

export const preflightCommand: Handler = (_args, options, io) =>
  witnessOutcome({
    command: 'preflight',
    bundle: 'preflight',
    phases: ['before'],
    options,
    io,
    prepare: async (config) => ({ tables: config.tables }),
  });
