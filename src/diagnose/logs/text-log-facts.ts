import { z } from 'zod';
import { controlFacts } from '../../model/control.ts';
import { moment } from './moment.ts';
import { keptFile } from './query-log-facts.ts';
import { logWindow } from './window.ts';

/** As many lines of level Error and worse are quoted: the newest. */
export const ERROR_LINES = 20;

/** Error and worse, as `system.text_log` numbers its levels. */
export const ERROR_LEVEL = 3;

export const lineGroup = z.strictObject({
  level: z.string(),
  /** 1 Fatal … 3 Error … 8 Trace */
  number: z.int(),
  logger: z.string(),
  /** Whether these lines belong to our own questions. */
  own: z.boolean(),
  lines: z.int(),
  first: moment,
  last: moment,
});
export type LineGroup = z.infer<typeof lineGroup>;

export const errorLine = z.strictObject({
  at: moment,
  level: z.string(),
  logger: z.string(),
  query_id: z.string(),
  message: z.string(),
});

export const textLogFacts = z.strictObject({
  window: logWindow,
  control: controlFacts,
  /** Why the log was not read although it is visible; absent where it was. */
  refused: z.string().optional(),
  /** null: not read. */
  log: z
    .strictObject({
      /** Every line of the window and its margin, newest first. */
      rows: keptFile,
      groups: z.array(lineGroup),
      groups_cut: z.boolean(),
      /** Newest first, those of our own questions left out. */
      errors: z.array(errorLine),
    })
    .nullable(),
  /** Lines of the statements asked for by id, in the window and its margin. */
  asked: z.strictObject({ ids: z.array(z.string()), rows: keptFile.optional() }),
});
export type TextLogFacts = z.infer<typeof textLogFacts>;
