// What a program knows and intends, for `fairlead status` on the same node: read only, for its own user and root.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** `'/snapshot'` -> what to show. The value is turned into JSON with Maps as objects, Sets as lists, bigints as text. */
export type DebugRoutes = Readonly<Record<string, () => unknown>>;

/**
 * Serves GET of each route as JSON over HTTP on a unix socket of mode 0600, and on `/` the list of routes, until the
 * signal aborts. A socket file that a dead process left behind is replaced; one that answers is EADDRINUSE.
 */
export async function serveDebugSocket(path: string, routes: DebugRoutes, signal: AbortSignal): Promise<void> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => answer(routes, request, response));
  await removeStaleSocket(path);
  await withUmask(0o177, () => listen(server, { path }, signal));
  signal.addEventListener('abort', () => server.closeAllConnections(), { once: true });
}

/** `open` binds within the call, so no other file of this process is created under the narrow mask. */
function withUmask<T>(mask: number, open: () => T): T {
  const before = process.umask(mask);
  try {
    return open();
  } finally {
    process.umask(before);
  }
}

function answer(routes: DebugRoutes, request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = view(routes, request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${body}\n`);
}

function view(routes: DebugRoutes, request: IncomingMessage): { readonly status: number; readonly body: string } {
  const [path = '/'] = (request.url ?? '/').split('?');
  if (request.method !== 'GET') return { status: 405, body: toJson({ error: 'read only: GET' }) };
  if (path === '/') return { status: 200, body: toJson({ routes: Object.keys(routes) }) };
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return { status: 404, body: toJson({ error: `no ${path}`, routes: Object.keys(routes) }) };
  try {
    return { status: 200, body: toJson(route()) };
  } catch (error) {
    return { status: 500, body: toJson({ error: String(error) }) };
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(value ?? null, plain, 2);
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return typeof value === 'bigint' ? String(value) : value;
}
