import { WitnessError } from '../kernel/errors.ts';
import type { Handler } from './program.ts';
import { parseTime } from './times.ts';
import { witnessOutcome } from './witness.ts';

export const collectCommand: Handler = (_args, options, io) =>
  witnessOutcome({
    command: 'collect',
    bundle: 'insert-failure',
    phases: ['after'],
    options,
    io,
    async prepare(config) {
      const now = new Date();
      const from = parseTime(String(options.since ?? '1h'), now, '--since');
      const to = options.until === undefined ? now : parseTime(String(options.until), now, '--until');
      if (from >= to)
        throw new WitnessError({
          code: 'USAGE_TIME',
          what: 'The interval ends before it begins',
          where: `--since ${from.toISOString()} --until ${to.toISOString()}`,
          next: 'Exchange the two, or leave --until out',
        });
      return {
        tables: config.tables,
        window: { from, to },
        queryIds: (options.queryId as string[] | undefined) ?? [],
      };
    },
  });
