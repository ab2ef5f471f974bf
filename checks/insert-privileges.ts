import {
  allows,
  defineCheck,
  exceptionOf,
  fail,
  grantStatement,
  parseGrants,
  pass,
  plural,
  type Question,
  serverException,
  skip,
  tableText,
  warn,
  z,
} from '../src/api.ts';

const answer = z.enum(['yes', 'no', 'unknown']);

const facts = z.strictObject({
  user: z.string(),
  /** What SHOW GRANTS printed; undefined on servers without it. */
  grants: z.array(z.string()).optional(),
  roles: z.array(z.string()),
  tables: z.array(
    z.strictObject({
      table: z.string(),
      insert: answer,
      /** Columns that INSERT is not granted on. */
      insert_missing: z.array(z.string()),
      select: answer,
      /** What the server said of an insert of no rows: the last word. */
      tried: z.enum(['ok', 'refused', 'failed otherwise']),
      error: serverException.optional(),
      insert_grant: z.string(),
      select_grant: z.string(),
    }),
  ),
  absent: z.array(z.string()),
  scratch: answer,
  scratch_grant: z.string(),
  /** System tables that the other checks read and this user does not see. */
  hidden: z.array(z.string()),
});
type Facts = z.infer<typeof facts>;

const NOT_GRANTED = 497;
const READONLY = 164;

/** Exist on every server that has SHOW GRANTS: one that is not visible is not granted. */
const READ_BY_CHECKS = ['query_log', 'errors', 'parts', 'mutations', 'disks', 'settings'];
const LOGS_ON_DEMAND = ['query_log'];

export default defineCheck<Facts>({
  id: 'insert-privileges',
  title: 'This user may insert into the target tables',
  failureTitle: 'This user may not insert into the target tables',
  why: 'A lacking grant refuses every batch, and a read-only profile refuses them whatever is granted.',
  phases: ['before', 'after'],
  needs: ['http', 'tables'],
  factsVersion: 1,
  facts,

  async collect(probe) {
    const { grants: lines, system, user } = probe.capabilities;
    const held = lines && parseGrants(lines);
    const ask = (question: Question) => (held ? allows(held, question) : { answer: 'unknown' as const, missing: [] });
    const schemas = await probe.schema();
    const visible = new Set(schemas.map((table) => tableText(table.name)));
    const tables: Facts['tables'] = [];
    for (const { name, columns } of schemas) {
      const written = columns
        .filter((column) => ['', 'DEFAULT'].includes(column.default_kind))
        .map((column) => column.name);
      const insert = ask({ privilege: 'INSERT', on: name, columns: written });
      const select = ask({ privilege: 'SELECT', on: name, columns: columns.map((column) => column.name) });
      let tried: Facts['tables'][number]['tried'] = 'ok';
      let error: Facts['tables'][number]['error'];
      try {
        await probe.emptyInsert(name, columns);
      } catch (thrown) {
        error = exceptionOf(thrown);
        if (!error) throw thrown;
        tried = error.code === NOT_GRANTED || error.code === READONLY ? 'refused' : 'failed otherwise';
      }
      const partly = insert.missing.length > 0 && insert.missing.length < written.length;
      tables.push({
        table: tableText(name),
        insert: insert.answer,
        insert_missing: insert.missing,
        select: select.answer,
        tried,
        ...(error === undefined ? {} : { error }),
        insert_grant: grantStatement(
          { privilege: 'INSERT', on: name, columns: partly ? insert.missing : undefined },
          user,
        ),
        select_grant: grantStatement({ privilege: 'SELECT', on: name }, user),
      });
    }
    const scratch = ask({ privilege: 'CREATE TEMPORARY TABLE' });
    return {
      user,
      ...(lines === undefined ? {} : { grants: lines }),
      roles: held?.roles ?? [],
      tables,
      absent: probe.tables.map(tableText).filter((name) => !visible.has(name)),
      scratch: scratch.answer,
      scratch_grant: grantStatement({ privilege: 'CREATE TEMPORARY TABLE' }, user),
      hidden: held
        ? READ_BY_CHECKS.filter((table) => system[table] === undefined && !LOGS_ON_DEMAND.includes(table))
        : [],
    };
  },

  judge({ user, tables, absent, scratch, scratch_grant, hidden, roles }) {
    if (tables.length === 0) {
      return skip(`${absent.join(', ') || 'no table'}: not there, or not visible to user ${user}`, {
        remedies: ['create the table, or let the user see it: missing SHOW TABLES hides it without an error'],
      });
    }
    const readonly = tables.find((table) => table.error?.code === READONLY);
    if (readonly) {
      return fail(`user ${user} is read-only: ${readonly.error?.message}`, {
        because: tables.flatMap((table) => (table.error ? [`${table.table}: ${table.error.message}`] : [])),
        remedies: [`use another user, or give ${user} a profile without readonly`],
      });
    }
    const refused = tables.filter((table) => table.tried === 'refused');
    const because = tables.flatMap((table) => (table.error ? [`${table.table}: ${table.error.message}`] : []));
    if (refused.length > 0) {
      const remedies = refused.map((table) => table.insert_grant);
      return fail(`user ${user} may not insert into ${refused.map((table) => table.table).join(', ')}`, {
        because,
        remedies,
      });
    }
    const notes: string[] = [];
    const remedies: string[] = [];
    for (const table of tables.filter((one) => one.select === 'no')) {
      notes.push(`${table.table}: SELECT is not granted on every column, so counts and read-backs may be refused`);
      remedies.push(table.select_grant);
    }
    if (scratch === 'no') {
      notes.push('no temporary table may be created, so the test row of manual-insert cannot be tried');
      remedies.push(scratch_grant);
    }
    for (const table of hidden) {
      notes.push(`system.${table} is not visible, so the checks that read it will be skipped`);
      remedies.push(grantStatement({ privilege: 'SELECT', on: { database: 'system', table } }, user));
    }
    for (const name of absent) notes.push(`${name} is not there, or not visible`);
    const message = `user ${user} may insert into ${plural(tables.length, 'table')}`;
    const other = tables.filter((table) => table.tried === 'failed otherwise');
    const held = roles.length === 0 ? [] : [`held through roles: ${roles.join(', ')}`];
    if (other.length > 0) {
      const names = other.map((table) => table.table).join(', ');
      return warn(`an insert of no rows into ${names} failed for another reason than grants`, {
        because: [...because, ...notes],
        remedies,
      });
    }
    if (notes.length > 0)
      return warn(`${message}, and lacks ${plural(notes.length, 'thing')} that checks want`, {
        because: notes,
        remedies,
      });
    return pass(message, { because: held });
  },
});
