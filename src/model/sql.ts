import type { Requirement } from './check.ts';
import type { Capabilities } from './target.ts';

/** One statement kept as a file, with what its header says of it. */
export interface SqlFile {
  /** `row-count`: file name without `.sql`. */
  name: string;
  /** What it answers, one phrase. */
  title: string;
  /** What it cannot do without: `system.errors`. */
  needs: readonly Requirement[];
  /** Names of its `{name:Type}` parameters, each once. */
  params: readonly string[];
  /** Whether its answer settles which statements follow. */
  shape?: boolean;
  /** Output format when its raw result is kept as an artifact. */
  format: string;
  /** Server settings it runs with, for a budget of so many rows; absent: none. */
  settings?: (rows: number) => Record<string, string | number>;
  /** The statement for a server that shows these system columns: lines whose condition does not hold are gone. */
  text(system: Capabilities['system']): string;
}

/** Finds a statement by its name; throws a `WitnessError` when there is none. */
export type SqlLibrary = (name: string) => SqlFile;
