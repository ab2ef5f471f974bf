import { type Engine, quiet } from './engine.ts';
import { exception } from './exception.ts';
import type { Connection } from './native.ts';
import type { QueryRequest } from './request.ts';

interface Held {
  connection: Promise<Connection>;
  busy: boolean;
  expiry: NodeJS.Timeout | undefined;
}

/** Connections by `session_id`: temporary tables and SET last as long as the session, other requests get a connection of their own. */
export interface Sessions {
  /** @throws EngineException 372 (`session_check` for one that is not there), 373 (in use) */
  lend(
    session: QueryRequest['session'],
  ): Promise<{ connection: Connection; lasting: boolean; giveBack(): Promise<void> }>;
  close(): Promise<void>;
}

export function openSessions(engine: Engine): Sessions {
  const held = new Map<string, Held>();
  const drop = async (id: string) => {
    const one = held.get(id);
    held.delete(id);
    clearTimeout(one?.expiry);
    await (await one?.connection)?.close();
  };
  return {
    async lend(session) {
      if (session === undefined) {
        const connection = await engine.connect();
        return { connection, lasting: false, giveBack: () => connection.close() };
      }
      const known = held.get(session.id);
      if (known === undefined && session.mustExist) {
        throw exception(372, 'SESSION_NOT_FOUND', `Session ${session.id} not found`);
      }
      if (known?.busy)
        throw exception(373, 'SESSION_IS_LOCKED', `Session ${session.id} is locked by a concurrent client`);
      const one: Held = known ?? { connection: engine.connect().then(quiet), busy: true, expiry: undefined };
      held.set(session.id, one);
      clearTimeout(one.expiry);
      one.busy = true;
      return {
        connection: await one.connection,
        lasting: true,
        async giveBack() {
          one.busy = false;
          if (session.close) return drop(session.id);
          one.expiry = setTimeout(() => void drop(session.id), session.timeoutMs).unref();
        },
      };
    },
    async close() {
      await Promise.all([...held.keys()].map(drop));
    },
  };
}
