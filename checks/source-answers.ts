import { apiSource, defineCheck, fail, formatCount, pass, plural, skip, warn, z } from '../src/api.ts';

const facts = z.strictObject({ api: apiSource.optional() });
type Facts = z.infer<typeof facts>;
type Api = NonNullable<Facts['api']>;

const PLACES = 5;

function driftLines({ drift }: Api): string[] {
  return drift.slice(0, PLACES).map((one) => {
    const where = one.path === '' ? one.resource : `${one.resource} ${one.path}`;
    return `${where}: ${one.found} where ${one.expected} was expected, ${formatCount(one.count)} times, first at ${one.example}`;
  });
}

function rejectedLines({ rejected }: Api): string[] {
  return rejected.map(
    (one) => `${one.resource}: ${plural(one.count, 'record')} rejected, ${one.reason} (${one.examples.join(', ')})`,
  );
}

function skippedLines({ skipped }: Api): string[] {
  return skipped.map(({ resource, reason, details }) => `${resource} left out: ${details ?? reason}`);
}

export default defineCheck<Facts>({
  id: 'source-answers',
  title: 'The source answered as documented, and every record of it became a row',
  failureTitle: 'The source did not answer as documented, or records of it were rejected',
  why: 'A shape that nobody expected is evidence: papered over with a guess it becomes a wrong number that no error tells of.',
  phases: ['after'],
  factsVersion: 1,
  facts,
  async collect(probe) {
    const api = probe.load?.api;
    return api === undefined ? {} : { api };
  },
  judge({ api }) {
    if (api === undefined) return skip('the rows did not come from an API');
    const because = [...rejectedLines(api), ...driftLines(api), ...skippedLines(api), ...api.notes];
    const rejected = api.rejected.reduce((sum, { count }) => sum + count, 0);
    const read = Object.values(api.records).reduce((sum, count) => sum + count, 0);
    const said = `${plural(read, 'record')} in ${plural(api.requests, 'request')}`;
    if (rejected > 0)
      return fail(`${said}, ${formatCount(rejected)} of them rejected`, {
        because,
        remedies: ['Look at these records in the source, have them mended there, and load the window again'],
      });
    // Refused or switched off: that is known, and tells nothing of the answers.
    if (api.drift.length === 0) return pass(said, { because });
    const kinds = plural(api.drift.length, 'kind');
    const remedies = ['Compare with what the API documents now: a field that is read may have changed its meaning'];
    return warn(`${said}; ${kinds} of answers were not as documented`, { because, remedies });
  },
});
