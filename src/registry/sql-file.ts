import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { packageRoot } from '../kernel/package.ts';
import type { Requirement } from '../model/check.ts';
import type { SqlFile, SqlLibrary } from '../model/sql.ts';
import type { Capabilities } from '../model/target.ts';
import { onReplicas } from './replica-sql.ts';

/** Keys and values of the `-- key: value` lines at the head of a file; a key may stand several times. */
export function readHeader(text: string): Map<string, string[]> {
  const header = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (!line.startsWith('--')) break;
    const found = /^--\s*([a-z_-]+):\s*(.*?)\s*$/.exec(line);
    if (found?.[1] === undefined || found[2] === undefined) continue;
    header.set(found[1], [...(header.get(found[1]) ?? []), found[2]]);
  }
  return header;
}

const REQUIREMENT = /^(http|tables|docker|embedded-engine|cluster|system\.\w+)$/;

function isRequirement(text: string): text is Requirement {
  return REQUIREMENT.test(text);
}

/** The list of a `-- needs:` line. Throws when a word of it is no requirement. */
export function readNeeds(header: Map<string, string[]>, where: string): Requirement[] {
  const words = (header.get('needs') ?? []).flatMap((line) => line.split(/[\s,]+/)).filter((word) => word !== '');
  return words.map((word) => {
    if (isRequirement(word)) return word;
    throw new WitnessError({
      code: 'SQL_UNKNOWN_NEED',
      what: `"${word}" is nothing a statement can need`,
      where,
      next: 'Write http, tables, docker, embedded-engine or system.<table>',
    });
  });
}

/** Whether a system table, or a column of one, is visible: `system.errors`, `system.errors.last_error_time`. */
function visible(path: string, system: Capabilities['system']): boolean {
  const [, table = '', column] = path.split('.');
  const columns = system[table];
  if (columns === undefined) return false;
  return column === undefined || columns.includes(column);
}

const CONDITION = /\s*--\s*(if|unless):\s*(\S.*?)\s*$/;

/** Drops the lines whose `-- if:` does not hold or whose `-- unless:` does; several paths with commas all must hold. */
export function adapt(text: string, system: Capabilities['system']): string {
  return text
    .split(/\r?\n/)
    .flatMap((line) => {
      const condition = CONDITION.exec(line);
      if (!condition) return line.trimStart().startsWith('--') ? [] : [line];
      const holds = (condition[2] ?? '').split(',').every((path) => visible(path.trim(), system));
      return holds === (condition[1] === 'if') ? [line.slice(0, condition.index)] : [];
    })
    .join('\n')
    .trim();
}

/** Reads one statement with its header. `where` is named in errors. */
export function parseSqlFile(name: string, source: string, where: string): SqlFile {
  const header = readHeader(source);
  const params = [...source.matchAll(/\{(\w+):\s*[^{}]+\}/g)].map((found) => found[1] ?? '');
  return {
    name,
    title: header.get('title')?.[0] ?? name,
    needs: readNeeds(header, where),
    params: [...new Set(params)],
    shape: header.has('shape'),
    format: header.get('format')?.[0] ?? 'JSONEachRow',
    text: (system) => adapt(source, system).replace(/;\s*$/, ''),
  };
}

/**
 * Statements by name: those given (of `.sql` checks), then `sql/evidence/<name>.sql` of the package, then of further folders.
 * `<name>@every` and `<name>@each` are those for replicas.
 * Each file is read once.
 */
export function sqlLibrary(given: readonly SqlFile[] = [], folders: readonly string[] = []): SqlLibrary {
  const known = new Map(given.map((file) => [file.name, file]));
  const searched = [join(packageRoot, 'sql', 'evidence'), ...folders];
  const find: SqlLibrary = (name) => {
    const cached = known.get(name);
    if (cached) return cached;
    const [, local, to] = /^(.+)@(every|each)$/.exec(name) ?? [];
    if (local !== undefined && (to === 'every' || to === 'each')) {
      const file = onReplicas(find(local), to);
      known.set(name, file);
      return file;
    }
    const failures: string[] = [];
    for (const folder of /^[\w-]+$/.test(name) ? searched : []) {
      const path = join(folder, `${name}.sql`);
      try {
        const file = parseSqlFile(name, readFileSync(path, 'utf8'), path);
        known.set(name, file);
        return file;
      } catch (error) {
        if (error instanceof WitnessError) throw error;
        failures.push(messageOf(error));
      }
    }
    throw new WitnessError({
      code: 'SQL_NOT_FOUND',
      what: `There is no statement "${name}"`,
      where: searched.join(', '),
      next: `Write ${name}.sql there`,
      cause: failures.join('; '),
    });
  };
  return find;
}
