// Plain HTTP to an API server: nothing is retried, nothing is interpreted.
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';

export interface Endpoint {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
  readonly socketPath?: string;
}

export interface Send {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

// Tests look into answers of any shape; `unknown` would put a cast in every line.
// oxlint-disable-next-line typescript/no-explicit-any
export type Anything = any;

export interface Received {
  readonly code: number;
  readonly body: Anything;
  readonly text: string;
  readonly warnings: readonly string[];
}

export interface Event {
  readonly type: string;
  readonly object: Anything;
}

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export class Client {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  get(path: string, send: Send = {}): Promise<Received> {
    return this.send('GET', path, send);
  }

  create(path: string, body: unknown): Promise<Received> {
    return this.send('POST', path, { body });
  }

  replace(path: string, body: unknown): Promise<Received> {
    return this.send('PUT', path, { body });
  }

  patch(path: string, contentType: string, body: unknown): Promise<Received> {
    return this.send('PATCH', path, { body, contentType });
  }

  delete(path: string, body?: unknown): Promise<Received> {
    return this.send('DELETE', path, body === undefined ? {} : { body });
  }

  async send(method: string, path: string, send: Send = {}): Promise<Received> {
    const response = await this.#open(method, path, send);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const isJson = (response.headers['content-type'] ?? '').includes('json');
    const warnings = response.headersDistinct['warning'] ?? [];
    return { code: response.statusCode ?? 0, body: isJson && text !== '' ? JSON.parse(text) : text, text, warnings };
  }

  /** Opens a watch. `next` waits for one event; `end` closes it. */
  async watch(path: string, send: Send = {}): Promise<Watch> {
    return new Watch(await this.#open('GET', path, send));
  }

  #open(method: string, path: string, { body, contentType, accept, headers }: Send): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { url, tls, socketPath } = this.#endpoint;
    const payload =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const options: RequestOptions = {
      method,
      ...tls,
      ...(socketPath === undefined ? {} : { socketPath }),
      agent: false,
      headers: {
        accept: accept ?? 'application/json',
        ...this.#endpoint.headers,
        ...(payload === undefined
          ? {}
          : { 'content-type': contentType ?? 'application/json', 'content-length': Buffer.byteLength(payload) }),
        ...headers,
      },
    };
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request: ClientRequest = send(new URL(path, url), options, resolve);
    request.once('error', reject);
    request.end(payload);
    return promise;
  }
}

export class Watch implements Disposable {
  readonly #response: IncomingMessage;
  readonly #lines: AsyncIterator<string>;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.#lines = linesOf(response);
  }

  get code(): number {
    return this.#response.statusCode ?? 0;
  }

  /** The next event; undefined when the server ended the watch. */
  async next(): Promise<Event | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : JSON.parse(value);
  }

  /** The next so many events as `TYPE name`. */
  async take(count: number): Promise<readonly string[]> {
    const seen: string[] = [];
    while (seen.length < count) {
      const event = await this.next();
      if (event === undefined) break;
      seen.push(`${event.type} ${event.object.metadata?.name ?? event.object.reason}`);
    }
    return seen;
  }

  [Symbol.dispose](): void {
    this.#response.destroy();
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
