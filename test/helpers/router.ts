import http from 'node:http';

/** One address with several servers behind it, as a balancer has. */
export interface Router {
  url: string;
  close(): Promise<void>;
}

/** Passes each request on to the server that `choose` names for its query_id; `strip` takes ClickHouse's own name for itself out of the answers. */
export async function startRouter(choose: (queryId: string) => string, { strip = false } = {}): Promise<Router> {
  const server = http.createServer((request, response) => {
    const asked = new URL(request.url ?? '/', 'http://router.invalid');
    const to = new URL(choose(asked.searchParams.get('query_id') ?? ''));
    const passed = http.request(
      { host: to.hostname, port: to.port, path: request.url, method: request.method, headers: request.headers },
      (answer) => {
        const headers = { ...answer.headers };
        if (strip) delete headers['x-clickhouse-server-display-name'];
        response.writeHead(answer.statusCode ?? 502, headers);
        answer.pipe(response);
      },
    );
    passed.once('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
