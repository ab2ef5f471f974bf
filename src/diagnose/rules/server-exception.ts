import { valueDetail } from '../../model/error-headline.ts';
import type { ServerException } from '../../model/load.ts';
import type { Rule } from '../../model/rule.ts';
import { exceptionsOf } from '../exceptions.ts';
import { access } from './server/access.ts';
import { data } from './server/data.ts';
import type { ExceptionCause } from './server/exception-cause.ts';
import { resources } from './server/resources.ts';

/**
 * The first entry that fits wins, so within a code those with a text come before the bare one.
 * Codes and texts: the server's own `system.errors` and the messages of 18.16 and of the newest engine.
 */
const ENTRIES: readonly ExceptionCause[] = [...access, ...resources, ...data];

function entryFor(exception: ServerException): ExceptionCause | undefined {
  if (exception.failure !== 'server' || exception.code === undefined) return undefined;
  const code = exception.code;
  return ENTRIES.find(
    (entry) => entry.codes.includes(code) && (entry.when === undefined || entry.when.test(exception.message)),
  );
}

export const serverExceptionRule: Rule = {
  id: 'server-exception',
  causes: [...new Set(ENTRIES.map((entry) => entry.cause))],
  explain(evidence) {
    return exceptionsOf(evidence).flatMap(({ exception, because }) => {
      const entry = entryFor(exception);
      if (!entry) return [];
      const { cause, side, confidence, summary, remedies } = entry;
      const detail = cause === 'value_not_parsable_for_type' ? valueDetail(exception.message) : undefined;
      const named =
        exception.name === undefined ? `code ${exception.code}` : `code ${exception.code} ${exception.name}`;
      return [
        {
          cause,
          side,
          confidence,
          summary: `${summary} (${named})${detail === undefined ? '' : `: ${detail}`}`,
          because: [because],
          alternatives: [],
          remedies: [...remedies],
        },
      ];
    });
  },
};
