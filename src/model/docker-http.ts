import { z } from 'zod';
import { httpFinding } from './http-exam.ts';

/** Where inside Docker the question is asked from: a throwaway container in a network, or a container that runs. */
export const dockerPlace = z.union([
  z.strictObject({ network: z.string(), image: z.string(), pull: z.boolean() }),
  z.strictObject({ container: z.string() }),
]);
export type DockerPlace = z.infer<typeof dockerPlace>;

/** The target's HTTP interface as it is met from inside Docker. */
export const dockerHttp = z.strictObject({
  from: dockerPlace,
  tool: z.enum(['curl', 'wget']),
  /** As asked for in there, without credentials. */
  url: z.string(),
  host: z.string(),
  port: z.int(),
  /** What the name was in there; absent when it never came to that. */
  address: z.string().optional(),
  finding: httpFinding,
  /** What curl measured, ms. */
  times: z
    .strictObject({ name: z.number(), tcp: z.number(), tls: z.number(), first_byte: z.number(), total: z.number() })
    .optional(),
  /** What was asked and answered, in order; bodies cut. */
  answers: z.array(z.strictObject({ request: z.string(), status: z.int().optional(), body: z.string() })),
  /** Sentences on what could not be asked. */
  notes: z.array(z.string()),
});
export type DockerHttp = z.infer<typeof dockerHttp>;
