import { WitnessError } from '../kernel/errors.ts';
import type { Config } from '../model/config.ts';
import { hasGrants, leastPrivileges, type Purpose, roleStatements, type Scope, usersXml } from '../model/privileges.ts';
import { parseTable, type TableName, tableText } from '../model/table.ts';
import { configured } from './configured.ts';
import type { Outcome } from './outcome.ts';
import type { Handler } from './program.ts';

/** The table of job runs, from `job_runs:` or from the options of its check. */
function jobRunsOf({ jobRuns, checks, target }: Config): TableName | undefined {
  if (jobRuns) return jobRuns.table;
  const options = checks['job-runs']?.options;
  const named = typeof options === 'object' && options !== null && 'table' in options ? options.table : undefined;
  return typeof named === 'string' ? parseTable(named, target.database) : undefined;
}

/** `24.8`, `18.16.1`; the newest there is when nothing is said. */
function familyOf(version: unknown): { sql: boolean; name: string } {
  if (version === undefined) return { sql: true, name: '20.5 and newer' };
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(String(version)) ?? [];
  if (major === undefined || minor === undefined)
    throw new WitnessError({
      code: 'USAGE_VERSION',
      what: `"${String(version)}" is no version of ClickHouse`,
      where: '--server-version',
      next: 'Write its first two numbers: 24.8',
    });
  return hasGrants(Number(major), Number(minor))
    ? { sql: true, name: '20.5 and newer' }
    : { sql: false, name: 'before 20.5' };
}

/** `chwitness grants`: asks no server; what it prints is for an administrator to read and run. */
export const grantsCommand: Handler = (_args, { user: named, cluster, ...options }, io) =>
  configured(io, options, async (config): Promise<Outcome> => {
    const purpose: Purpose = options.for === 'witness' ? 'witness' : 'load';
    const family = familyOf(options.serverVersion);
    // Whose privileges they are is no question of where the server is: none needs to be named.
    const user = typeof named === 'string' ? named : config.target.user;
    const role = typeof options.role === 'string' ? options.role : `chwitness_${purpose}`;
    const scope: Scope = {
      purpose,
      tables: config.tables,
      jobRuns: jobRunsOf(config),
      create: config.load.create,
      cluster: cluster !== undefined || config.target.cluster !== undefined,
    };
    const about =
      config.tables.length === 0 ? 'no table (name some with --table)' : config.tables.map(tableText).join(', ');
    const head = `What ${user} needs to ${purpose === 'load' ? 'load and witness' : 'witness'}: ${about}; for servers ${family.name}`;
    if (!family.sql) {
      const xml = usersXml({ ...scope, database: config.target.database }, user);
      const text = `<!-- ${head.replace(/--/g, '- -')}.\n     Servers of that age have no GRANT: this is a file for users.d, with the hash of a password to be filled in. -->\n${xml}`;
      return { code: 0, text, json: { for: purpose, user, family: family.name, users_xml: xml, statements: [] } };
    }
    const statements = roleStatements(leastPrivileges(scope), { role, user });
    const lines = statements.flatMap(({ sql, why }) => [`-- ${why}`, `${sql};`]);
    return {
      code: 0,
      text: [`-- ${head}`, ...lines].join('\n'),
      json: { for: purpose, user, role, family: family.name, statements },
    };
  });
