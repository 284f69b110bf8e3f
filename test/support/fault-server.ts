// An API server for one collection that lists and watches well, until it is told to misbehave.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the next request of a sort gets instead of a right answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** An ERROR event, after which the watch ends. */
  | { readonly kind: 'error event'; readonly status: number }
  | { readonly kind: 'reset' }
  /** The answer's head and then nothing, ever: a half-open connection. */
  | { readonly kind: 'silence' }
  /** Sends this text as it is and ends. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'slow'; readonly ms: number };

export interface SeenRequest {
  readonly sort: 'list' | 'watch';
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: TestObject;
}

interface TestObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

export class FaultServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #objects = new Map<string, TestObject>();
  readonly #faults: { readonly sort: 'list' | 'watch'; readonly fault: Fault }[] = [];
  readonly #watchers = new Set<ServerResponse>();
  #changes: Change[] = [];
  #version = 100;
  #compactedTo = 100;

  constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<FaultServer> {
    const server = new FaultServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  put(name: string, fields: object = {}): void {
    const type = this.#objects.has(name) ? 'MODIFIED' : 'ADDED';
    const metadata = { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(++this.#version) };
    const object = { apiVersion: 'v1', kind: 'Service', spec: { ports: [] }, ...fields, metadata };
    this.#objects.set(name, object);
    this.#publish({ type, object });
  }

  remove(name: string): void {
    const object = this.#objects.get(name);
    if (object === undefined) throw new Error(`no ${name}`);
    this.#objects.delete(name);
    const gone = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#publish({ type: 'DELETED', object: gone });
  }

  /** Forgets the history: who comes back with an older resourceVersion gets 410. */
  compact(): void {
    this.#changes = [];
    this.#compactedTo = this.#version;
  }

  bookmark(): void {
    this.#send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(++this.#version) } } });
  }

  /** The next `list` or `watch` misbehaves; several wait in line. */
  next(sort: 'list' | 'watch', fault: Fault): void {
    this.#faults.push({ sort, fault });
  }

  /** Cuts every open watch, without an end of the body. */
  resetWatches(): void {
    for (const watcher of this.#watchers) watcher.destroy();
  }

  /** Ends every open watch as a server does when timeoutSeconds are over. */
  endWatches(): void {
    for (const watcher of this.#watchers) watcher.end();
  }

  count(sort: 'list' | 'watch'): number {
    return this.requests.filter((request) => request.sort === sort).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const sort = url.searchParams.has('watch') ? 'watch' : 'list';
    const { authorization } = request.headers;
    this.requests.push({ sort, path: url.pathname, query: url.searchParams, authorization });
    const index = this.#faults.findIndex((one) => one.sort === sort);
    const [planned] = index < 0 ? [] : this.#faults.splice(index, 1);
    if (planned !== undefined && (await misbehave(planned.fault, response))) return;
    if (sort === 'watch') this.#watch(url.searchParams, response);
    else this.#list(url.searchParams, response);
  }

  #list(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('continue') ?? 0);
    const to = from + Number(query.get('limit') ?? Infinity);
    const items = [...this.#objects.values()];
    const metadata = { resourceVersion: String(this.#version), ...(to < items.length ? { continue: String(to) } : {}) };
    response.end(JSON.stringify({ kind: 'ServiceList', apiVersion: 'v1', metadata, items: items.slice(from, to) }));
  }

  #watch(query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion'));
    if (from < this.#compactedTo) return void response.writeHead(410).end(status(410));
    response.writeHead(200).flushHeaders();
    this.#watchers.add(response);
    response.on('close', () => this.#watchers.delete(response));
    const missed = this.#changes.filter(({ object }) => Number(object.metadata.resourceVersion) > from);
    for (const change of missed) response.write(`${JSON.stringify(change)}\n`);
  }

  #publish(change: Change): void {
    this.#changes.push(change);
    this.#send(change);
  }

  #send(event: object): void {
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify(event)}\n`);
  }
}

/** True when the fault was the whole answer. */
async function misbehave(fault: Fault, response: ServerResponse): Promise<boolean> {
  switch (fault.kind) {
    case 'status':
      if (fault.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds);
      response.writeHead(fault.status).end(status(fault.status));
      return true;
    case 'error event':
      response.end(`${JSON.stringify({ type: 'ERROR', object: JSON.parse(status(fault.status)) })}\n`);
      return true;
    case 'reset':
      response.destroy();
      return true;
    case 'silence':
      response.writeHead(200).flushHeaders();
      return true;
    case 'text':
      response.end(fault.text);
      return true;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return false;
    default:
      return fault satisfies never;
  }
}

function status(code: number): string {
  const reason = code === 410 ? 'Expired' : code === 429 ? 'TooManyRequests' : 'InternalError';
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `fault ${code}`,
  });
}
