import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, type WitnessError } from '../kernel/errors.ts';
import type { LiveFile } from '../model/live.ts';
import type { FileEntry } from '../model/run.ts';
import { Clean, CleanStream } from '../redact/clean.ts';
import type { Redactor } from '../redact/redactor.ts';
import { createLiveFile } from './live-file.ts';
import { keepingFailed } from './store-errors.ts';
import { StoreFile } from './store-file.ts';
import { storePath } from './store-path.ts';

type Kind = FileEntry['kind'];

/** JSON lines that are on the disk as soon as `append` returns. */
export interface Lines {
  /** Never throws: a failure to write surfaces at `close()` and through the store's `failed()`. */
  append(value: unknown): void;
  close(): Promise<void>;
}

/**
 * The one door to the evidence: everything is redacted and hashed while it is written. Paths that go in are relative
 * to the bag's `data/` folder; paths that come back, and those in `files()`, are paths in the archive (`data/…`).
 * Every method that writes throws a `WitnessError` with exit code 3 when the disk refuses.
 */
export interface Store {
  text(path: string, kind: Kind, raw: string): Promise<string>;
  json(path: string, kind: Kind, value: unknown): Promise<string>;
  /** A source that fails leaves what came of it, and a sentence in `incomplete()`. */
  stream(path: string, kind: Kind, source: AsyncIterable<Uint8Array>): Promise<string>;
  lines(path: string, kind: Kind): Promise<Lines>;
  /** Something that goes on and is looked at while it is kept. */
  live(path: string, kind: Kind): LiveFile;
  /** Content that is clean already. Throws on anything that redaction did not make. */
  write(path: string, kind: Kind, clean: Clean | CleanStream): Promise<string>;
  /** Finished files, in the order of their paths. */
  files(): FileEntry[];
  /** Sentences on what could not be kept. */
  incomplete(): string[];
  /** The first failure to write, if there was one. */
  failed(): WitnessError | undefined;
  /** Ends open lines; nothing can be written afterwards. */
  close(): Promise<void>;
}

/**
 * Opens the store of one run.
 * @param folder the bag's root; made when missing, 0700, and must not be a link.
 */
export async function openStore(folder: string, redactor: Redactor): Promise<Store> {
  const data = join(folder, 'data');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    makeFolder(folder);
    makeFolder(data);
  } catch (error) {
    throw keepingFailed(redactor.plain(folder), error);
  }
  return new FolderStore(data, redactor);
}

class FolderStore implements Store {
  readonly #data: string;
  readonly #redactor: Redactor;
  readonly #taken = new Set<string>();
  readonly #files: FileEntry[] = [];
  readonly #incomplete: string[] = [];
  readonly #open = new Set<() => void>();
  #failure: WitnessError | undefined;
  #closed = false;

  constructor(data: string, redactor: Redactor) {
    this.#data = data;
    this.#redactor = redactor;
  }

  async text(path: string, kind: Kind, raw: string): Promise<string> {
    const name = this.#name(path);
    return this.#write(name, kind, this.#redactor.text(name, raw));
  }

  async json(path: string, kind: Kind, value: unknown): Promise<string> {
    const name = this.#name(path);
    return this.#write(name, kind, this.#redactor.json(name, value));
  }

  async stream(path: string, kind: Kind, source: AsyncIterable<Uint8Array>): Promise<string> {
    const name = this.#name(path);
    return this.#write(name, kind, this.#redactor.stream(name, source));
  }

  async write(path: string, kind: Kind, clean: Clean | CleanStream): Promise<string> {
    if (!Clean.is(clean) && !CleanStream.is(clean)) {
      throw new TypeError('The evidence store takes only what went through redaction.');
    }
    return this.#write(this.#name(path), kind, clean);
  }

  async lines(path: string, kind: Kind): Promise<Lines> {
    const name = this.#name(path);
    const file = this.#create(name);
    let failure: WitnessError | undefined;
    let open = true;
    const finish = () => {
      if (!open) return;
      open = false;
      this.#open.delete(finish);
      this.#finish(name, kind, file);
    };
    this.#open.add(finish);
    return {
      append: (value) => {
        if (failure) return;
        try {
          if (!open) throw new TypeError('The lines are closed.');
          file.write(Buffer.from(this.#redactor.jsonLine(name, value).toString(), 'utf8'));
        } catch (error) {
          failure = this.#fail(name, error, 'lines after that are missing');
        }
      },
      close: async () => {
        finish();
        if (failure) throw failure;
      },
    };
  }

  live(path: string, kind: Kind): LiveFile {
    const name = this.#name(path);
    const redaction = this.#redactor.live(name);
    const create = () => {
      try {
        return this.#create(name);
      } catch {
        return undefined; // In `incomplete()` already; whoever looks on still sees all.
      }
    };
    return createLiveFile({
      path: name,
      redaction,
      file: create(),
      failed: (error) => void this.#fail(name, error, 'what came after that is missing'),
      finish: (file) => this.#finish(name, kind, file),
      open: this.#open,
    });
  }

  files(): FileEntry[] {
    return this.#files.map((entry) => ({ ...entry })).sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  incomplete(): string[] {
    return [...this.#incomplete];
  }

  failed(): WitnessError | undefined {
    return this.#failure;
  }

  async close(): Promise<void> {
    for (const finish of [...this.#open]) finish();
    this.#closed = true;
  }

  /** The path in the archive for a wished path. */
  #name(path: string): string {
    if (this.#closed) throw new TypeError('The evidence store is closed.');
    const safe = storePath(path, this.#redactor, (candidate) => this.#taken.has(candidate.toLowerCase()));
    this.#taken.add(safe.toLowerCase());
    return `data/${safe}`;
  }

  #create(name: string): StoreFile {
    const segments = name.split('/').slice(1);
    try {
      let folder = this.#data;
      for (const segment of segments.slice(0, -1)) {
        folder = join(folder, segment);
        makeFolder(folder);
      }
      return new StoreFile(join(this.#data, ...segments));
    } catch (error) {
      throw this.#fail(name, error, 'it is missing');
    }
  }

  async #write(name: string, kind: Kind, clean: Clean | CleanStream): Promise<string> {
    const file = this.#create(name);
    let writing = false;
    try {
      const chunks = Clean.is(clean) ? [Buffer.from(clean.toString(), 'utf8')] : clean;
      for await (const chunk of chunks) {
        writing = true;
        file.write(chunk);
        writing = false;
      }
    } catch (error) {
      if (writing) {
        const failure = this.#fail(name, error, 'it is cut off');
        this.#finish(name, kind, file);
        throw failure;
      }
      this.#incomplete.push(this.#redactor.plain(`${name} is cut off, its source failed: ${messageOf(error)}`));
    }
    this.#finish(name, kind, file);
    return name;
  }

  #finish(name: string, kind: Kind, file: StoreFile): void {
    try {
      this.#files.push({ path: name, ...file.close(), kind });
    } catch (error) {
      throw this.#fail(name, error, 'it may be damaged');
    }
  }

  #fail(name: string, error: unknown, result: string): WitnessError {
    const failure = keepingFailed(name, error);
    this.#failure ??= failure;
    this.#incomplete.push(this.#redactor.plain(`${name}: ${failure.message} As a result ${result}.`));
    return failure;
  }
}

/** Makes a folder of mode 0700, or takes the one that is there; a link in its place is refused. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  if (!lstatSync(path).isDirectory()) throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' });
}
