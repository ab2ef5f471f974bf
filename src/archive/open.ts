import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { messageOf, WitnessError } from '../kernel/errors.ts';
import { RUN_SCHEMA, type RunJson, runJson } from '../model/run.ts';
import { type ArchiveEntry, entryText } from './entry.ts';
import { openGate } from './gate.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { readFolder } from './read-folder.ts';
import { readTar } from './read-tar.ts';
import { readZip } from './read-zip.ts';

type Form = 'tar.gz' | 'zip' | 'folder';

/** What a path holds, by its first bytes rather than by its name. */
async function formOf(path: string): Promise<{ form: Form; bytes: number }> {
  const found = await stat(path).catch((error) => {
    throw new WitnessError({
      code: error?.code === 'ENOENT' ? 'ARCHIVE_NOT_FOUND' : 'ARCHIVE_UNREADABLE',
      what: error?.code === 'ENOENT' ? 'there is no such archive' : `the archive cannot be read: ${messageOf(error)}`,
      where: path,
      next: 'list the archives there are with `chwitness bundle list`',
      cause: error,
    });
  });
  if (found.isDirectory()) return { form: 'folder', bytes: 0 };
  const head = Buffer.alloc(4);
  // A pipe or device would block or never end.
  if (found.isFile()) {
    const handle = await open(path);
    await handle.read(head, 0, 4, 0).finally(() => handle.close());
  }
  if (head.readUInt16BE(0) === 0x1f8b) return { form: 'tar.gz', bytes: found.size };
  if (head.toString('latin1', 0, 2) === 'PK') return { form: 'zip', bytes: found.size };
  throw new WitnessError({
    code: 'ARCHIVE_NOT_ONE',
    what: `${basename(path)} is ${found.size === 0 && found.isFile() ? 'empty' : 'neither a tar.gz nor a zip'}, so it is no archive of chwitness`,
    where: path,
    next: 'name an archive, or the folder one was unpacked to',
  });
}

function damaged(path: string, at: string | undefined, cause: unknown): WitnessError {
  const place = at === undefined ? 'at its beginning' : `in or after ${at}`;
  const why = messageOf(cause).replace(/[\r\n]+/g, ' ');
  return new WitnessError({
    code: 'ARCHIVE_DAMAGED',
    what: `${basename(path)} is damaged or cut short ${place} (${why})`,
    where: path,
    next: 'copy it again from where it was made',
    cause,
  });
}

/**
 * The files of an archive (tar.gz, zip, or a folder one was unpacked to), one after another, without unpacking to disk.
 * Breaking out of the loop closes it. Names have the archive's top folder taken off.
 * @throws WitnessError `ARCHIVE_NOT_FOUND`, `ARCHIVE_UNREADABLE`, `ARCHIVE_NOT_ONE`, `ARCHIVE_DAMAGED`, and
 * `ARCHIVE_REFUSED` for names, links, devices, duplicates and sizes that no honest archive holds
 */
export async function* readArchive(path: string, limits: Limits = DEFAULT_LIMITS): AsyncGenerator<ArchiveEntry> {
  const { form, bytes } = await formOf(path);
  const gate = openGate(path, limits, form === 'folder' ? undefined : bytes);
  const reader = form === 'folder' ? readFolder : form === 'zip' ? readZip : readTar;
  let at: string | undefined;
  async function* guarded(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      throw error instanceof WitnessError ? error : damaged(path, at, error);
    }
  }
  const entries = reader(path, gate);
  try {
    while (true) {
      const next = await entries.next().catch((error) => {
        throw error instanceof WitnessError ? error : damaged(path, at, error);
      });
      if (next.done) return;
      at = next.value.path;
      yield { ...next.value, content: guarded(next.value.content) };
    }
  } finally {
    await entries.return(undefined);
  }
}

/** Parses the text of a run.json; `where` names the archive in errors. */
export function parseRun(text: string, where: string): RunJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WitnessError({ code: 'RUN_INVALID', what: `run.json is not JSON: ${messageOf(error)}`, where });
  }
  const schema = z.object({ schema: z.number() }).safeParse(value);
  if (schema.success && schema.data.schema > RUN_SCHEMA)
    throw new WitnessError({
      code: 'RUN_NEWER',
      what: `run.json has schema ${schema.data.schema}, written by a newer chwitness; this one reads up to ${RUN_SCHEMA}`,
      where,
      next: 'update chwitness',
    });
  const parsed = runJson.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new WitnessError({
    code: 'RUN_INVALID',
    what: `run.json is not as chwitness writes it: ${issue?.path.join('.') || 'its top'}: ${issue?.message}`,
    where,
  });
}

/** What to throw when an archive holds no run.json. */
export function noRun(path: string): WitnessError {
  return new WitnessError({
    code: 'RUN_MISSING',
    what: `${basename(path)} holds no run.json, so it is no archive of chwitness`,
    where: path,
  });
}

/** The run.json of an archive, parsed. */
export async function archiveJson(path: string): Promise<RunJson> {
  for await (const entry of readArchive(path)) {
    if (entry.path === 'run.json') return parseRun(await entryText(entry), path);
  }
  throw noRun(path);
}
