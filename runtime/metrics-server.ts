import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { listen } from './listen.ts';

export interface MetricsServerOptions {
  readonly registry: Registry;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** Serves GET /metrics until the signal aborts; resolves with the port once it listens. */
export async function serveMetrics(options: MetricsServerOptions, signal: AbortSignal): Promise<number> {
  const { registry, host, port } = options;
  const server = createServer({ requestTimeout: 10_000, maxHeaderSize: 8192 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') return respond(response, 404, 'GET /metrics\n');
    registry.metrics().then(
      (text) => respond(response, 200, text, registry.contentType),
      (error: unknown) => respond(response, 500, `${String(error)}\n`),
    );
  });
  await listen(server, { host, port }, signal);
  signal.addEventListener('abort', () => server.closeAllConnections(), { once: true });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function respond(...[response, status, body, type]: [ServerResponse, number, string, string?]): void {
  response.writeHead(status, { 'content-type': type ?? 'text/plain' }).end(body);
}
