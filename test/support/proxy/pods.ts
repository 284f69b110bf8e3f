// Backends for tests: HTTP servers that say what they saw, and raw ones that misbehave.
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

export interface Seen {
  readonly pod: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A pod that answers what it saw as JSON. */
export function echoPod(name = 'pod'): Promise<HttpServer> {
  return httpPod((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.end(JSON.stringify({ pod: name, method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
}

type Answer = (...args: Parameters<RequestListener>) => unknown;

export async function httpPod(answer: Answer): Promise<HttpServer> {
  const server = createHttpServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A pod below HTTP: gets each connection as it is. */
export async function rawPod(serve: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Answers the first data of each connection with these bytes. */
export function scriptedPod(answer: string, { close = false } = {}): Promise<Server> {
  return rawPod((socket) =>
    socket.once('data', () => {
      if (close) socket.end(answer, 'latin1');
      else socket.write(answer, 'latin1');
    }),
  );
}

export function parseSeen(body: string): Seen {
  return JSON.parse(body) as Seen;
}
