import { z } from 'zod';

/** How an HTTP interface was met, told apart; each has one sentence of its own. */
export const httpCondition = z.enum([
  'ok',
  'readonly', // it answers, and this user may only read
  'waking-up', // it answers, after one or more refusals or a long wait
  'name-unknown',
  'resolver-down',
  'no-route',
  'refused',
  'connect-timeout',
  'connection-reset',
  'silent', // took the request, answered nothing in time
  'tls-on-port', // plain HTTP was spoken to a TLS port
  'no-tls-on-port', // TLS was spoken to a plain port
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-other-name',
  'certificate-untrusted',
  'tls-refused',
  'native-port',
  'native-tls-port',
  'not-http',
  'redirect',
  'login-page',
  'refused-between', // 401 or 403 of something in front of ClickHouse
  'not-found-between', // 404 of something in front of ClickHouse
  'proxy-login',
  'gateway-down', // 502, 503, 504 of something in front of ClickHouse
  'other-service',
  'no-handler', // ClickHouse serves nothing under this path
  'unknown-user',
  'wrong-password',
  'password-required',
  'authentication-failed',
  'address-not-allowed',
  'database-missing',
  'quota-exceeded',
  'server-error',
  'unclear',
]);
export type HttpCondition = z.infer<typeof httpCondition>;

/** What was met, with what its sentence needs. */
export const httpFinding = z.strictObject({
  condition: httpCondition,
  status: z.int().optional(),
  code: z.int().optional(),
  /** Where a redirect leads, without credentials, query and fragment. */
  location: z.string().optional(),
  /** Title of a page. */
  title: z.string().optional(),
  /** What the far end or the system said, one line. */
  said: z.string().optional(),
});
export type HttpFinding = z.infer<typeof httpFinding>;

export const tlsFacts = z.strictObject({
  protocol: z.string(),
  /** Whether the certificate was checked at all. */
  verified: z.boolean(),
  error: z.string().optional(),
  subject: z.string(),
  names: z.string(),
  issuer: z.string(),
  valid_from: z.string(),
  valid_to: z.string(),
  days_left: z.int(),
  /** Subjects from the server's own certificate up to the authority. */
  chain: z.array(z.string()),
});
export type TlsFacts = z.infer<typeof tlsFacts>;

export const httpStage = z.strictObject({
  stage: z.enum(['name', 'tcp', 'tls', 'ping', 'query', 'readonly']),
  ms: z.number(),
  /** Until the first byte of the answer. */
  first_byte_ms: z.number().optional(),
  outcome: z.enum(['ok', 'failed']),
});
export type HttpStage = z.infer<typeof httpStage>;

/** One look at an HTTP interface, stage by stage, from one place. */
export const httpExam = z.strictObject({
  url: z.string(),
  user: z.string(),
  database: z.string(),
  host: z.string(),
  port: z.int(),
  /** Proxy that stands between, without credentials: name and connection are its own. */
  via: z.string().optional(),
  addresses: z.array(z.string()),
  connected_to: z.string().optional(),
  stages: z.array(httpStage),
  tls: tlsFacts.optional(),
  finding: httpFinding,
  attempts: z.int(),
  /** From the first attempt to the end of the last, ms. */
  total_ms: z.number(),
});
export type HttpExam = z.infer<typeof httpExam>;
