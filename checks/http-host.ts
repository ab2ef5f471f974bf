import {
  defineCheck,
  fail,
  formatDuration,
  type HttpExam,
  httpExam,
  pass,
  reachSentence,
  skip,
  warn,
  z,
} from '../src/api.ts';

const facts = z.strictObject({
  /** Absent for the embedded engine, whose address is this run's own. */
  exam: httpExam.optional(),
  /** The exchange as text. */
  exchange: z.string().optional(),
});

const options = z.strictObject({
  /** A certificate that ends within so many days is worth a warning. */
  certificate_days: z.number().int().min(0).default(14),
});

export default defineCheck<z.infer<typeof facts>, z.infer<typeof options>>({
  id: 'http-host',
  title: 'The HTTP interface answers this machine, stage by stage',
  failureTitle: 'The HTTP interface does not answer this machine as it should',
  why: 'Name, connection, TLS, a proxy in between and the login fail in ways that look alike to a loader; here each has its own name and time.',
  phases: ['before', 'after'],
  timeoutMs: 60_000,
  factsVersion: 1,
  facts,
  options,
  async collect(probe) {
    const found = await probe.http();
    if (!found) return {};
    return { exam: found.exam, exchange: await probe.artifact('exchange.txt', found.transcript) };
  },
  judge({ exam, exchange }, { options }) {
    if (!exam) return skip('the target is the embedded engine: it listens for this run alone');
    const { finding, tls } = exam;
    const { message, remedies } = reachSentence({ ...exam, certificate: tls });
    const because = [
      ...stageLines(exam),
      ...(exchange === undefined ? [] : [{ text: 'the exchange', file: exchange }]),
    ];
    if (finding.condition === 'readonly' || finding.condition === 'waking-up')
      return warn(message, { because, remedies });
    if (finding.condition !== 'ok') return fail(message, { because, remedies });
    if (tls && tls.days_left < options.certificate_days)
      return warn(`${message}; its certificate ends on ${tls.valid_to}, in ${tls.days_left} days`, {
        because,
        remedies: ['Renew the certificate'],
      });
    return pass(`${message}: ${timesOf(exam)}`, { because });
  },
});

const NAMES: Record<HttpExam['stages'][number]['stage'], string> = {
  name: 'name',
  tcp: 'TCP',
  tls: 'TLS',
  ping: '/ping',
  query: 'SELECT 1',
  readonly: 'readonly asked',
};

function timesOf({ stages }: HttpExam): string {
  return stages
    .filter(({ stage }) => stage !== 'readonly')
    .map(({ stage, ms }) => `${NAMES[stage]} ${formatDuration(ms)}`)
    .join(', ');
}

function stageLines({ host, addresses, connected_to, via, stages, tls }: HttpExam): string[] {
  const proxy = via === undefined ? '' : ` through the proxy ${via}`;
  const name = `${via === undefined ? host : via} → ${addresses.join(', ') || 'no address'}`;
  const reached = connected_to === undefined ? '' : `, connected to ${connected_to}`;
  return [
    `${name}${reached}${proxy}`,
    ...(tls
      ? [
          `${tls.protocol}, certificate of ${tls.subject} (${tls.names}) by ${tls.issuer}, ${tls.valid_from} to ${tls.valid_to}${tls.verified ? '' : ', not verified'}${tls.error === undefined ? '' : `, ${tls.error}`}`,
        ]
      : []),
    ...stages.map(({ stage, ms, first_byte_ms, outcome }) => {
      const first = first_byte_ms === undefined ? '' : `, first byte after ${formatDuration(first_byte_ms)}`;
      return `${NAMES[stage]}: ${outcome} in ${formatDuration(ms)}${first}`;
    }),
  ];
}
