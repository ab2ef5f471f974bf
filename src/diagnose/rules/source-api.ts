import type { Finding } from '../../model/finding.ts';
import { inputError } from '../../model/load.ts';
import type { Rule } from '../../model/rule.ts';

type Known = Pick<Finding, 'cause' | 'side' | 'summary' | 'remedies'>;

const REFUSED: Known = {
  cause: 'source_api_refused',
  side: 'config',
  summary: 'The API from which the rows come refused this token',
  remedies: ['Check QTICKETS_TOKEN (and QTICKETS_PARTNERS_TOKEN): right token, right organisation, not expired'],
};
const AWAY: Known = {
  cause: 'source_api_unavailable',
  side: 'network',
  summary: 'The API from which the rows come did not answer, or answered with faults until patience ended',
  remedies: ['Look at data/requests.jsonl for each request and its outcome, and load the same window again later'],
};
const ODD: Known = {
  cause: 'source_api_unexpected_answer',
  side: 'client',
  summary: 'The API from which the rows come answered something that cannot be read as what it documents',
  remedies: ['Compare the answer with the documentation of the API; nothing was guessed in its place'],
};
const FILTER: Known = {
  cause: 'source_api_filter_ignored',
  side: 'client',
  summary: 'The API from which the rows come ignored the filter, so what it sent are the wrong records',
  remedies: ['Ask who runs the API what changed; a load of what it sends now would bring the wrong records'],
};

const BY_CODE: Record<string, Known> = {
  API_REFUSED: REFUSED,
  API_UNREACHABLE: AWAY,
  API_TIMEOUT: AWAY,
  API_HTTP: AWAY,
  API_TRUNCATED: AWAY,
  API_FILTER_IGNORED: FILTER,
};

/** The API that rows come from is at fault: ClickHouse has nothing to do with it. */
export const sourceApi: Rule = {
  id: 'source-api',
  causes: [REFUSED.cause, AWAY.cause, ODD.cause, FILTER.cause],
  explain({ ingestion }) {
    const error = inputError.safeParse(ingestion.error);
    if (!error.success || !error.data.code.startsWith('API_')) return [];
    const known = BY_CODE[error.data.code] ?? ODD;
    const because = [{ text: error.data.message, file: 'data/results.json' }];
    return [{ ...known, confidence: 'certain', because, alternatives: [] }];
  },
};
