import { EngineError } from './errors.ts';

/** What must be known of a server before anything but plain text may be sent to it. */
export interface Dialect {
  /** Every setting that it knows, with its value for this user; undefined where it would not say. */
  settings: ReadonlyMap<string, string> | undefined;
  /** False under `readonly = 1` where the server then refuses every setting. */
  acceptsSettings: boolean;
  /** Whether its answers carry `X-ClickHouse-…` headers. */
  sendsHeaders: boolean;
  notes: string[];
}

/** One text query without settings; resolves to the answer's text and whether ClickHouse's headers came with it. */
export type PlainAsk = (sql: string, settings?: Record<string, string>) => Promise<{ text: string; ours: boolean }>;

/** Codes by which a server says that it, or this user's rights, cannot answer that question. */
function isRefusal(thrown: unknown): thrown is EngineError {
  return thrown instanceof EngineError && thrown.failure === 'server' && !NO_ENTRY.has(thrown.code ?? 0);
}

/** Unknown user, wrong password, address not allowed, authentication failed, unknown database: nothing else will work either. */
const NO_ENTRY = new Set([192, 193, 194, 195, 516, 81]);

async function readSettings(ask: PlainAsk): Promise<{ settings: Map<string, string>; ours: boolean }> {
  const sql = 'SELECT name, value FROM system.settings ORDER BY name FORMAT TabSeparated';
  const { text, ours } = await ask(sql);
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, value] = line.split('\t');
    if (name !== undefined && value !== undefined && /^\w+$/.test(name)) settings.set(name, value);
  }
  if (!settings.has('readonly') || !settings.has('max_threads')) {
    throw new EngineError({
      failure: 'not-clickhouse',
      message: 'something answered, and not as ClickHouse answers a query: check host, port and path',
      serverText: text.slice(0, 4000),
    });
  }
  return { settings, ours };
}

/**
 * Whether a setting may be sent. 18.16 takes them under readonly = 1, newer servers do not: only trying tells.
 * The value differs from any default, since a value that changes nothing is never refused.
 */
async function tryRefused(ask: PlainAsk): Promise<boolean> {
  try {
    await ask('SELECT 1', { max_block_size: '65409' });
    return false;
  } catch (thrown) {
    if (isRefusal(thrown)) return true;
    throw thrown;
  }
}

/** Asks a server for what it takes. Throws `EngineError` when it does not answer or does not let this user in. */
export async function learnDialect(ask: PlainAsk): Promise<Dialect> {
  try {
    const { settings, ours } = await readSettings(ask);
    const refused = settings.get('readonly') === '1' && (await tryRefused(ask));
    return {
      settings,
      acceptsSettings: !refused,
      sendsHeaders: ours,
      notes: refused ? ['settings are refused (readonly = 1): statements are sent without any'] : [],
    };
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const { ours } = await ask('SELECT 1');
    return {
      settings: undefined,
      acceptsSettings: !(await tryRefused(ask)),
      sendsHeaders: ours,
      notes: [`system.settings could not be read (${thrown.message}): no optional setting is sent`],
    };
  }
}

/** Whether `{name:Type}` with `param_name` is understood (19.14 and newer). */
export async function learnBinding(ask: PlainAsk): Promise<boolean> {
  try {
    const { text } = await ask('SELECT {chwitness:UInt8} FORMAT TabSeparated', { param_chwitness: '7' });
    return text.trim() === '7';
  } catch (thrown) {
    if (isRefusal(thrown)) return false;
    throw thrown;
  }
}
