import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Fields = Record<string, unknown>;

/** One request as it came in. */
export interface Asked {
  verb: string;
  /** Below the root of the API: `/orders`. */
  path: string;
  query: string;
  /** As it is answered: a test may change it on the way. */
  body: Fields;
  /** As it came. */
  sent: Fields;
  authorization: string;
  /** 0-based, among the requests of the same path. */
  number: number;
  /** ms, on a clock that never jumps. */
  at: number;
}

/** What is in the organisation. Everything in it is invented. */
export interface FixtureData {
  orders: Fields[];
  events: Fields[];
  /** By show id: the whole answer to /shows/{id}/seats. */
  seats: Map<string, unknown>;
  clients: Fields[];
  colorThemes: Fields[];
  discounts: Fields[];
  promoCodes: Fields[];
  /** By show id: a bare list. */
  barcodes: Map<string, unknown>;
  /** The whole answer to /tickets/find. */
  partnerTickets: unknown;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is; objects as JSON. */
  body?: unknown;
  /** Never ends: `headers` sends nothing at all, `body` drips spaces. */
  hang?: 'headers' | 'body';
  /** Breaks the connection after so many bytes of the body. */
  cutAfter?: number;
}

export interface FixtureOptions {
  token?: string;
  data?: Partial<FixtureData>;
  /** Answers in place of the API; undefined lets it answer itself. */
  intercept?: ((asked: Asked) => Reply | undefined) | undefined;
}

export interface FixtureApi {
  url: string;
  data: FixtureData;
  asked: Asked[];
  /** Requests of one path, in the order in which they came. */
  of(path: string): Asked[];
  close(): Promise<void>;
}

const PER_PAGE: Record<string, number> = {
  '/events': 10,
  '/orders': 50,
  '/clients': 100,
  '/discounts': 100,
  '/promo-codes': 500,
};

function comparable(value: unknown): number | string {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number') return value;
  const time =
    typeof value === 'string' && /^\d{4}-/.test(value)
      ? Date.parse(value.replace(/(\d\d)(\d\d)$/, '$1:$2'))
      : Number.NaN;
  return Number.isNaN(time) ? String(value) : time;
}

/** As the API reads `where`: a list of column, operator and value, all of which must hold. */
function holds(record: Fields, where: unknown): boolean {
  if (!Array.isArray(where)) return true;
  return where.every(({ column, operator = '=', value }: { column: string; operator?: string; value?: unknown }) => {
    const held = record[column];
    if (operator === 'null') return held === null || held === undefined;
    if (held === null || held === undefined) return false;
    const [a, b] = [comparable(held), comparable(value)];
    switch (operator) {
      case '=':
        return a === b;
      case '!=':
        return a !== b;
      case '<':
        return a < b;
      case '>':
        return a > b;
      case '<=':
        return a <= b;
      case '>=':
        return a >= b;
      default:
        throw new Error(`the fixture knows no operator ${operator}`);
    }
  });
}

function paged(path: string, records: Fields[], body: Fields): unknown {
  const found = records.filter((record) => holds(record, body.where));
  if (typeof body.orderBy === 'object' && body.orderBy !== null && 'id' in body.orderBy)
    found.sort((a, b) => Number(a.id) - Number(b.id));
  const perPage = Number(body.perPage ?? PER_PAGE[path] ?? 50);
  const currentPage = Number(body.page ?? 1);
  return {
    data: found.slice((currentPage - 1) * perPage, currentPage * perPage),
    paging: { perPage, currentPage, total: found.length },
  };
}

const NOT_FOUND: Reply = {
  status: 404,
  body: { error: 'Not found', status: 404, code: 'RESOURCE_NOT_FOUND', info: { id: 1, resource: 'Show' } },
};

function answer(data: FixtureData, { path, body }: Asked): Reply {
  const lists: Record<string, Fields[]> = {
    '/orders': data.orders,
    '/events': data.events,
    '/clients': data.clients,
    '/discounts': data.discounts,
    '/promo-codes': data.promoCodes,
  };
  const list = lists[path];
  if (list) return { body: paged(path, list, body) };
  if (path === '/color-themes') return { body: { data: data.colorThemes } };
  if (path.startsWith('/tickets/find')) return { body: data.partnerTickets };
  const [, show = '', what] = /^\/shows\/(\w+)\/(seats|barcodes)$/.exec(path) ?? [];
  const found = what === 'seats' ? data.seats.get(show) : what === 'barcodes' ? data.barcodes.get(show) : undefined;
  if (found !== undefined) return { body: found };
  if (what === 'barcodes') return { body: [] };
  return what === 'seats' ? NOT_FOUND : { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>404</h1>' };
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', hang, cutAfter }: Reply): void {
  if (hang === 'headers') return;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (hang === 'body') {
    const timer = setInterval(() => response.write(' '), 20);
    response.once('close', () => clearInterval(timer));
    return;
  }
  if (cutAfter === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, cutAfter), () => response.destroy());
}

/** The API on a free port of loopback. It answers reads alone: whatever would write is answered 405, and stands in `asked`. */
export async function startFixtureApi({
  token = 'fixture-token',
  data = {},
  intercept,
}: FixtureOptions = {}): Promise<FixtureApi> {
  const whole: FixtureData = {
    orders: [],
    events: [],
    seats: new Map(),
    clients: [],
    colorThemes: [],
    discounts: [],
    promoCodes: [],
    barcodes: new Map(),
    partnerTickets: { status: 'success', result: [] },
    ...data,
  };
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => undefined);
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fixture');
      const text = Buffer.concat(chunks).toString();
      const one: Asked = {
        verb: request.method ?? '',
        path: url.pathname,
        query: url.search,
        body: text === '' ? {} : JSON.parse(text),
        sent: text === '' ? {} : JSON.parse(text),
        authorization: request.headers.authorization ?? '',
        number: asked.filter((before) => before.path === url.pathname).length,
        at: performance.now(),
      };
      asked.push(one);
      if (one.verb !== 'GET') return send(response, { status: 405, body: { error: 'read only', status: 405 } });
      const instead = intercept?.(one);
      if (instead) return send(response, instead);
      if (one.authorization !== `Bearer ${token}`)
        return send(response, { status: 403, body: { error: 'Forbidden', status: 403 } });
      send(response, answer(whole, one));
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    data: whole,
    asked,
    of: (path) => asked.filter((one) => one.path === path),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
