import type { Target } from '../engine/target.ts';
import type { KeptLines, Probe, SqlValue } from '../model/check.ts';
import type { FileEntry, Phase } from '../model/run.ts';
import type { SqlFile } from '../model/sql.ts';
import type { Capabilities } from '../model/target.ts';
import type { Calls } from './calls.ts';
import { cutAt } from './cut.ts';

/** As much of the evidence store as a probe uses; each call resolves to the path inside the archive. */
export interface Keeper {
  text(path: string, kind: FileEntry['kind'], content: string): Promise<string>;
  stream(path: string, kind: FileEntry['kind'], content: AsyncIterable<Uint8Array>): Promise<string>;
}

interface Ground {
  phase: Phase;
  /** Id of the check. */
  id: string;
  store: Keeper;
  target: Target;
  limits: { rows: number; artifact_bytes: number };
  calls: Calls;
  purpose: string;
  signal: AbortSignal;
  statement(name: string): SqlFile;
  capabilities(): Promise<Capabilities>;
}

/** The two ways in which a check keeps raw files: a statement's output, and content of its own. Both end at the byte budget. */
export function artifactKeepers(ground: Ground): Pick<Probe, 'sqlArtifact' | 'artifact'> {
  const { store, limits, calls, purpose, signal } = ground;
  const most = limits.artifact_bytes;
  const place = (name: string) => `artifacts/${ground.phase}/${ground.id}/${name}`;

  const keepStream = async (
    name: string,
    content: AsyncIterable<Uint8Array>,
    kept: 'newest' | 'first',
    cost: { bytes?: number; cut?: string },
  ) => {
    const state = { bytes: 0, cut: false, lines: 0 };
    const path = await store.stream(place(name), 'artifact', counted(cutAt(content, most, state), state));
    cost.bytes = state.bytes;
    if (state.cut) cost.cut = `the ${kept} ${state.bytes} bytes, at the limit artifact_bytes = ${most}`;
    return { path, bytes: state.bytes, lines: state.lines };
  };

  return {
    sqlArtifact: (name: string, artifact: string, params: Record<string, SqlValue> = {}) =>
      calls.record(
        `sql ${name} → ${artifact}`,
        async (cost) => {
          const file = ground.statement(name);
          const bound = file.params.includes('limit') ? { limit: limits.rows, ...params } : params;
          const text = `${file.text((await ground.capabilities()).system)}\nFORMAT ${file.format}`;
          const body = await ground.target.bytes(text, { params: bound, purpose, signal });
          try {
            const kept: KeptLines = await keepStream(artifact, body, 'newest', cost);
            // As many as were asked for: there may be more.
            if (!cost.cut && kept.lines === bound.limit) cost.cut = `the newest ${kept.lines} rows, at the limit rows`;
            return { ...kept, cut: cost.cut };
          } finally {
            // Ends the query too, when the budget was reached before its end.
            body.destroy();
          }
        },
        params,
      ),
    artifact: (name, content) =>
      calls.record(`artifact ${name}`, async (cost) => {
        if (typeof content !== 'string') return (await keepStream(name, content, 'first', cost)).path;
        cost.bytes = Buffer.byteLength(content);
        return store.text(place(name), 'artifact', content);
      }),
  };
}

const NEWLINE = 10;

/** Passes a stream on and counts its lines. */
async function* counted(source: AsyncIterable<Uint8Array>, state: { lines: number }): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) state.lines += 1;
    yield chunk;
  }
}
