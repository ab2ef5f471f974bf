import { z } from 'zod';
import type { Capabilities } from '../model/target.ts';
import { EngineError } from './errors.ts';

/** What capabilities are asked through. */
export interface Asker {
  all(sql: string): Promise<Record<string, unknown>[]>;
  /** Name in the configuration, for servers that do not tell. */
  user: string;
  acceptsSettings: boolean;
  bindsParameters: boolean;
  /** Notes so far; what cannot be asked is added. */
  notes: string[];
}

const SAMPLES = 3;
const columnList = z.object({ table: z.string(), names: z.array(z.string()) });

/** The first value of the first row as text. Throws `EngineError`. */
async function scalar(asker: Asker, sql: string): Promise<string> {
  const [row] = await asker.all(sql);
  const [value] = Object.values(row ?? {});
  return String(value ?? '');
}

/** What a server refuses becomes a note; what did not reach it is thrown on. */
async function orNote<T>(ask: () => Promise<T>, notes: string[], what: string, otherwise: T): Promise<T> {
  try {
    return await ask();
  } catch (thrown) {
    const refused = thrown instanceof EngineError && thrown.failure === 'server';
    if (!refused && !(thrown instanceof z.ZodError)) throw thrown;
    const why = refused ? thrown.message.slice(0, 300) : 'the answer has an unexpected shape';
    notes.push(`${what} could not be asked: ${why}`);
    return otherwise;
  }
}

interface ClockSample {
  offset: number;
  uncertainty: number;
}

/** Not asked: taken as ours, and known to a day only. */
const NO_CLOCK: ClockSample = { offset: 0, uncertainty: 86_400_000 };

async function clockSample(asker: Asker, sql: string, unitMs: number): Promise<ClockSample> {
  const sent = Date.now();
  const started = performance.now();
  const server = Number(await scalar(asker, sql)) * unitMs;
  const half = (performance.now() - started) / 2;
  // A clock of whole seconds was read somewhere within its second: its middle is the best guess.
  const offset = server + (unitMs - 1) / 2 - (sent + half);
  return { offset, uncertainty: half + (unitMs - 1) / 2 };
}

async function clock(asker: Asker, notes: string[]): Promise<ClockSample> {
  const millis = 'SELECT toUnixTimestamp64Milli(now64(3)) AS now';
  const seconds = 'SELECT toUnixTimestamp(now()) AS now';
  let fine = true;
  let best: ClockSample | undefined;
  for (let round = 0; round < SAMPLES; round += 1) {
    let sample: ClockSample | undefined;
    try {
      if (fine) sample = await clockSample(asker, millis, 1);
    } catch (thrown) {
      if (!(thrown instanceof EngineError) || thrown.failure !== 'server') throw thrown;
      fine = false;
      notes.push('the clock is known to the second only: this server has no now64()');
    }
    sample ??= await clockSample(asker, seconds, 1000);
    if (best === undefined || sample.uncertainty < best.uncertainty) best = sample;
  }
  return best ?? NO_CLOCK;
}

async function systemColumns(asker: Asker): Promise<Record<string, string[]>> {
  const sql = `SELECT table, groupArray(name) AS names FROM system.columns WHERE database = 'system' GROUP BY table ORDER BY table`;
  const rows = z.array(columnList).parse(await asker.all(sql));
  return Object.fromEntries(rows.map(({ table, names }) => [table, names]));
}

async function grants(asker: Asker): Promise<string[]> {
  const rows = await asker.all('SHOW GRANTS');
  return rows.flatMap((row) => Object.values(row).map(String));
}

/** Asks a target what it is and what it has. Throws `EngineError` only when it does not answer or lets nobody in. */
export async function askCapabilities(asker: Asker): Promise<Capabilities> {
  const { notes } = asker;
  const version = await scalar(asker, 'SELECT version() AS version');
  const [, major = '0', minor = '0'] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  const { offset, uncertainty } = await orNote(() => clock(asker, notes), notes, 'the clock', NO_CLOCK);
  const found: Capabilities = {
    version,
    major: Number(major),
    minor: Number(minor),
    timezone: await orNote(() => scalar(asker, 'SELECT timezone() AS timezone'), notes, 'the time zone', 'UTC'),
    clock_offset_ms: Math.round(offset * 10) / 10,
    clock_uncertainty_ms: Math.round(uncertainty * 10) / 10,
    user: await orNote(() => scalar(asker, 'SELECT currentUser() AS user'), notes, 'the user', asker.user),
    hostname: await orNote(() => scalar(asker, 'SELECT hostName() AS hostname'), notes, 'the host name', ''),
    system: await orNote(() => systemColumns(asker), notes, 'the columns of system tables', {}),
    accepts_settings: asker.acceptsSettings,
    binds_parameters: asker.bindsParameters,
    notes,
  };
  const granted = await orNote(() => grants(asker), notes, 'the grants', undefined);
  return granted === undefined ? found : { ...found, grants: granted };
}
