import { z } from 'zod';

/** A line of evidence: what it says and, where it lies in a file of the archive, which and where. */
export const because = z.strictObject({
  text: z.string(),
  file: z.string().optional(),
  line: z.int().positive().optional(),
});
export type Because = z.infer<typeof because>;

const found = { message: z.string(), because: z.array(because), remedies: z.array(z.string()) };

/** What `judge` may say. Could-not-run (`skip`) is never the same as found-bad, and never the same as fine. */
export const verdict = z.discriminatedUnion('status', [
  z.strictObject({ status: z.literal('pass'), ...found }),
  z.strictObject({ status: z.literal('warn'), ...found }),
  z.strictObject({ status: z.literal('fail'), ...found }),
  z.strictObject({ status: z.literal('skip'), ...found }),
]);
export type Verdict = z.infer<typeof verdict>;

/** Statuses only the runner gives: the check threw, ran out of its time, or was stopped with the run. */
export const status = z.enum(['pass', 'warn', 'fail', 'skip', 'error', 'timeout', 'canceled']);
export type Status = z.infer<typeof status>;

type Detail = { because?: readonly (string | Because)[]; remedies?: readonly string[] };

function say<S extends Verdict['status']>(status: S) {
  return (message: string, { because = [], remedies = [] }: Detail = {}) => ({
    status,
    message,
    because: because.map((line) => (typeof line === 'string' ? { text: line } : line)),
    remedies: [...remedies],
  });
}

/** `pass('42 columns agree')`: the message says what was found, in one sentence without a full stop. */
export const pass = say('pass');
export const warn = say('warn');
export const fail = say('fail');
/** `skip('no table was named', { remedies: ['name one with --table'] })`; a lacking privilege's remedy is the GRANT. */
export const skip = say('skip');
