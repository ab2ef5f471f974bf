import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where things lie in the engine's data folder (0700). */
export interface Folders {
  /** Passed to the engine. */
  data: string;
  /** Configuration, log and spool: emptied at each start. */
  work: string;
  spool: string;
  log: string;
  config: string;
}

const xml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

// Settings that name a file to read or write, or a server to ask: an engine that believes itself to be `clickhouse local` does so anywhere.
const PATH_SETTINGS = [
  'format_schema', 'output_format_schema', 'format_template_row', 'format_template_resultset', 'format_avro_schema_registry_url', 'allow_experimental_ai_functions',
  'input_format_record_errors_file_path',
]; // biome-ignore format: names

const usersFile = (work: string) => join(work, `users-${process.pid}.xml`);

/** Row policies of the user, in the form that users.xml has for them. */
function rowFilters(filters: Readonly<Record<string, string>>): string {
  const entries = Object.entries(filters).map(([name, condition]) => {
    const [database = '', table = ''] = name.split('.');
    return `<${database}><${table}><filter>${xml(condition)}</filter></${table}></${database}>`;
  });
  return entries.length === 0 ? '' : `<databases>${entries.join('')}</databases>`;
}

/** Makes the folders and writes the engine's configuration and its one user into them. */
export function prepareFolders(
  dataDir: string,
  logLevel: string,
  grants: readonly string[],
  filters: Readonly<Record<string, string>>,
): Folders {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const work = join(dataDir, '.chwitness');
  const folders = {
    data: join(dataDir, 'engine'),
    work,
    spool: join(work, 'spool'),
    log: join(work, `engine-${process.pid}.log`),
    config: join(work, `config-${process.pid}.xml`),
  };
  for (const folder of [folders.data, folders.spool]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const users = usersFile(work);
  writeFileSync(
    folders.config,
    `<clickhouse>
<logger><level>${xml(logLevel)}</level><log>${xml(folders.log)}</log><size>512M</size><count>1</count></logger>
<users_config>${xml(users)}</users_config>
<user_files_path>${xml(folders.spool)}/</user_files_path>
</clickhouse>\n`,
    { mode: 0o600 },
  );
  writeFileSync(
    users,
    `<clickhouse>
<profiles><default><constraints>
<dialect><const/></dialect><allow_experimental_kusto_dialect><const/></allow_experimental_kusto_dialect>
<allow_experimental_prql_dialect><const/></allow_experimental_prql_dialect>
${PATH_SETTINGS.map((name) => `<${name}><const/></${name}>`).join('\n')}
</constraints></default></profiles>
<quotas><default/></quotas>
<users><default><no_password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
<grants>${grants.map((query) => `<query>${xml(query)}</query>`).join('')}</grants>${rowFilters(filters)}</default></users>
</clickhouse>\n`,
    { mode: 0o600 },
  );
  return folders;
}

/** Removes what earlier processes on this folder left: their spool, logs and configuration. Only for the one that holds the folder's lock. */
export function sweepFolders(folders: Folders): void {
  rmSync(folders.spool, { recursive: true, force: true });
  mkdirSync(folders.spool, { recursive: true, mode: 0o700 });
  const ours = new Set([folders.spool, folders.log, folders.config, usersFile(folders.work)]);
  for (const name of readdirSync(folders.work)) {
    const path = join(folders.work, name);
    if (!ours.has(path)) rmSync(path, { recursive: true, force: true });
  }
}
