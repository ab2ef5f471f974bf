import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { bundleFile } from '../../src/commands/bundle.ts';
import type { RunJson } from '../../src/model/run.ts';
import type { StatementRecord } from '../../src/model/statement.ts';
import type { ListedStatement } from '../../src/pipeline/list.ts';

/** What a run sent, as its archive tells it. */
export async function journalOf(archive: string): Promise<StatementRecord[]> {
  const kept = await text(Readable.from(bundleFile(archive, 'data/journal.jsonl')));
  return kept
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Each different statement of a journal, with who sent it, the run's own id left out. */
export function sentLines(records: readonly StatementRecord[], run: RunJson | undefined): string[] {
  const id = run?.run.id ?? '?';
  const general = (sql: string) => sql.replaceAll(id, 'RUN_ID').replaceAll(id.replace(/\W+/g, '_'), 'RUN_ID');
  return [...new Set(records.map(({ purpose, sql }) => `${purpose}: ${general(sql)}`))].sort();
}

/** The same of what `--print-sql --json` printed. */
export function listedLines(stdout: string): string[] {
  return listedStatements(stdout)
    .map(({ purpose, sql }) => `${purpose}: ${sql}`)
    .sort();
}

export function listedStatements(stdout: string): ListedStatement[] {
  const { statements }: { statements: ListedStatement[] } = JSON.parse(stdout);
  return statements;
}
