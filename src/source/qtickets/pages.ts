import { z } from 'zod';
import type { Client } from './client.ts';
import { type Findings, typeName } from './drift.ts';
import { ApiError } from './errors.ts';
import { type Condition, demandObeyed } from './filter.ts';

export interface Query {
  path: string;
  where?: readonly Condition[] | undefined;
  perPage?: number | undefined;
  /** Pages asked for ahead of the one that is worked on. */
  ahead?: number | undefined;
}

export interface Page {
  number: number;
  records: unknown[];
  /** As this answer has it. */
  total: number;
}

/** A whole number, or its digits as text: taken, and written down. */
const count = z.union([z.int().min(0), z.string().regex(/^\d+$/)]);
const answerShape = z.looseObject({
  data: z.array(z.unknown()),
  paging: z.looseObject({ perPage: count, currentPage: count, total: count }),
});

/** Records may leave the window while it is read so often before it is given up. */
const MOST_REWINDS = 20;

function parse(
  value: unknown,
  path: string,
  findings: Findings,
): Omit<Page, 'number'> & { number: number; perPage: number } {
  const place = { resource: path, at: 'answer' };
  const parsed = answerShape.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') ?? '';
    findings.drift(place, 'shape', where, 'data and paging', typeName(value));
    const message = `GET ${path} answered JSON without a readable ${where === '' ? 'data and paging' : where}, so its end cannot be known`;
    throw new ApiError({ code: 'API_SHAPE', message, path });
  }
  const { data, paging } = parsed.data;
  for (const name of ['perPage', 'currentPage', 'total'] as const)
    if (typeof paging[name] === 'string')
      findings.drift(place, 'type', `paging.${name}`, 'a whole number', 'a number as text');
  return {
    records: data,
    number: Number(paging.currentPage),
    perPage: Math.max(1, Number(paging.perPage)),
    total: Number(paging.total),
  };
}

/**
 * All pages of a query, in order, to an end that the API's own count proves. When records leave the window meanwhile, those
 * behind them move up by as many places: then the pages before are read once more, so that none slips through.
 * A record may thus come twice.
 * @throws ApiError
 */
export async function* pages(client: Client, query: Query, findings: Findings): AsyncGenerator<Page> {
  const { path, where = [], perPage, ahead = 3 } = query;
  const ask = async (page: number) => {
    const body = {
      ...(where.length === 0 ? {} : { where }),
      orderBy: { id: 'asc' },
      page,
      ...(perPage === undefined ? {} : { perPage }),
    };
    const answer = parse(await client.get(path, body), path, findings);
    demandObeyed(answer.records, where, path, page);
    if (answer.number === page) return answer;
    const message = `GET ${path} answered page ${answer.number} when page ${page} was asked for: paging is ignored`;
    throw new ApiError({ code: 'API_PAGING', message, path });
  };

  let answer = await ask(1);
  let rewinds = 0;
  const asked = new Map<number, ReturnType<typeof ask>>();
  for (;;) {
    const { number, total, perPage: size, records } = answer;
    if (records.length === 0 && (number - 1) * size < total) {
      const message = `GET ${path} answered page ${number} without records, and says that there are ${total}`;
      throw new ApiError({ code: 'API_PAGING', message, path });
    }
    yield { number, records, total };
    if (number * size >= total) return;
    for (let next = number + 1; next <= number + ahead && (next - 1) * size < total; next += 1) {
      if (asked.has(next)) continue;
      const promise = ask(next);
      // It is awaited in its turn; until then its failure is nobody's.
      promise.catch(() => undefined);
      asked.set(next, promise);
    }
    const next = await (asked.get(number + 1) ?? ask(number + 1));
    asked.delete(number + 1);
    if (next.perPage !== size) {
      const message = `GET ${path} changed the size of its pages from ${size} to ${next.perPage} on the way`;
      throw new ApiError({ code: 'API_PAGING', message, path });
    }
    if (next.total >= total) {
      answer = next;
      continue;
    }
    rewinds += 1;
    if (rewinds > MOST_REWINDS) {
      const message = `GET ${path}: records left the window ${MOST_REWINDS} times while it was read`;
      throw new ApiError({ code: 'API_PAGING', message, path });
    }
    findings.drift({ resource: path, at: `page ${number + 1}` }, 'moved', 'paging.total', 'as before', 'fewer');
    asked.clear();
    answer = await ask(Math.max(1, number + 1 - Math.ceil((total - next.total) / size)));
  }
}
