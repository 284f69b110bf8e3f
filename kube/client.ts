// Requests to the API server: JSON over a keep-alive connection of our own, everything bounded in time and size.
import { Agent, type Dispatcher } from 'undici';
import type { ClusterAccess, TlsMaterial } from './access.ts';
import { ApiConnectionError, ApiError, ApiProtocolError } from './api-error.ts';
import { type FindAccessOptions, findAccess } from './find-access.ts';
import { splitLines } from './line-splitter.ts';
import { parseWatchEvent, type WatchEvent } from './watch-event.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  readonly body?: unknown;
  /** Of the body; 'application/json' when absent. */
  readonly contentType?: string;
  /** What to answer with; 'application/json' when absent. */
  readonly accept?: string;
  readonly signal: AbortSignal;
}

/** What the rest of this folder needs of a client. */
export interface KubeApi {
  /** One request; resolves with the parsed JSON answer. Throws ApiError, ApiConnectionError or ApiProtocolError. */
  request(method: Dispatcher.HttpMethod, path: string, options: RequestOptions): Promise<unknown>;
  /**
   * The events of a watch until the server ends it. Throws like `request`, an ERROR event as ApiError. When
   * `query.timeoutSeconds` is given, silence for that long and `silenceMarginMs` more is an ApiConnectionError.
   */
  watch(path: string, query: Query, signal: AbortSignal): AsyncIterable<WatchEvent>;
}

export interface KubeClientLimits {
  readonly connectTimeoutMs?: number;
  /** How long the server may think before it answers, and pause within an answer. */
  readonly answerTimeoutMs?: number;
  readonly silenceMarginMs?: number;
  readonly maxBodyBytes?: number;
  readonly maxEventBytes?: number;
}

const DEFAULT_LIMITS = {
  connectTimeoutMs: 5000,
  answerTimeoutMs: 15_000,
  silenceMarginMs: 5000,
  maxBodyBytes: 128 * 2 ** 20,
  maxEventBytes: 8 * 2 ** 20,
} as const satisfies KubeClientLimits;

export class KubeClient implements KubeApi, AsyncDisposable {
  /** The server as the user wrote it. */
  readonly server: string;
  readonly #access: ClusterAccess;
  readonly #limits: Required<KubeClientLimits>;
  readonly #origin: string;
  /** Of a server that is not at the root of its host; else empty. */
  readonly #basePath: string;
  readonly #socketPath: string | undefined;
  #agent: Agent | undefined;
  /** What the agent's connections are made with. */
  #tls: TlsMaterial | undefined;

  constructor(access: ClusterAccess, limits: KubeClientLimits = {}) {
    this.server = access.server;
    this.#access = access;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#socketPath = access.server.startsWith('unix://') ? access.server.slice('unix://'.length) : undefined;
    const url = new URL(this.#socketPath === undefined ? access.server : 'http://localhost');
    this.#origin = url.origin;
    this.#basePath = url.pathname.replace(/\/$/, '');
  }

  /** A client by kubeconfig, or in-cluster. Throws KubeconfigError. */
  static async fromConfig(options: FindAccessOptions, limits: KubeClientLimits = {}): Promise<KubeClient> {
    return new KubeClient(await findAccess(options), limits);
  }

  async request(method: Dispatcher.HttpMethod, path: string, options: RequestOptions): Promise<unknown> {
    const { query = {}, body, contentType, accept = JSON_TYPE, signal } = options;
    const response = await this.#dispatch(
      {
        method,
        path: `${path}${formatQuery(query)}`,
        headers: {
          accept,
          ...(body === undefined ? {} : { 'content-type': contentType ?? JSON_TYPE }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        bodyTimeout: this.#limits.answerTimeoutMs,
      },
      signal,
    );
    return parseJson(await this.#readBody(response, signal));
  }

  async *watch(path: string, query: Query, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const { silenceMarginMs, maxEventBytes } = this.#limits;
    const seconds = Number(query['timeoutSeconds'] ?? 0);
    const response = await this.#dispatch(
      {
        method: 'GET',
        path: `${path}${formatQuery({ ...query, watch: true })}`,
        headers: { accept: 'application/json' },
        body: null,
        bodyTimeout: seconds === 0 ? 0 : seconds * 1000 + silenceMarginMs,
      },
      signal,
    );
    for await (const line of splitLines(this.#chunks(response, signal), maxEventBytes)) {
      if (line.length > 0) yield parseWatchEvent(parseJson(line));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.destroy();
  }

  /** Sends the request, once more after 401 with a fresh credential, and turns error answers into ApiError. */
  async #dispatch(request: RequestParts, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const first = await this.#send(request, signal);
    if (first.statusCode !== 401) return this.#accept(first, signal);
    await first.body.dump();
    this.#access.forget();
    return this.#accept(await this.#send(request, signal), signal);
  }

  async #send(request: RequestParts, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      const authorization = await this.#access.authorization();
      const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
      const path = `${this.#basePath}${request.path}`;
      const agent = await this.#currentAgent();
      return await agent.request({ ...request, path, headers, origin: this.#origin, signal });
    } catch (error) {
      if (!signal.aborted) this.#access.forget();
      throw this.#connectionError(error, signal);
    }
  }

  /** With another certificate come other connections; requests that run on the old ones run to their end. */
  async #currentAgent(): Promise<Agent> {
    const tls = await this.#access.tls();
    if (this.#agent !== undefined && this.#tls === tls) return this.#agent;
    void this.#agent?.close();
    this.#tls = tls;
    this.#agent = createAgent(tls, this.#socketPath, this.#limits);
    return this.#agent;
  }

  async #accept(response: Dispatcher.ResponseData, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { statusCode, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const text = await this.#readBody(response, signal);
    throw ApiError.fromStatus(jsonOrUndefined(text), statusCode, readRetryAfter(headers['retry-after']));
  }

  async #readBody(response: Dispatcher.ResponseData, signal: AbortSignal): Promise<Buffer> {
    const { maxBodyBytes } = this.#limits;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of this.#chunks(response, signal)) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) throw new ApiProtocolError(`an answer is longer than ${maxBodyBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async *#chunks(response: Dispatcher.ResponseData, signal: AbortSignal): AsyncIterable<Uint8Array> {
    try {
      yield* response.body as AsyncIterable<Uint8Array>;
    } catch (error) {
      throw this.#connectionError(error, signal);
    }
  }

  #connectionError(error: unknown, signal: AbortSignal): unknown {
    return signal.aborted ? signal.reason : new ApiConnectionError(this.server, error);
  }
}

const JSON_TYPE = 'application/json';

interface RequestParts {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly bodyTimeout: number;
}

function createAgent(tls: TlsMaterial, socketPath: string | undefined, limits: Required<KubeClientLimits>): Agent {
  return new Agent({
    allowH2: false, // one half-open connection must not blind every watch at once
    headersTimeout: limits.answerTimeoutMs,
    keepAliveTimeout: 30_000,
    connect: {
      timeout: limits.connectTimeoutMs,
      rejectUnauthorized: tls.verify,
      ...(socketPath === undefined ? {} : { socketPath }),
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(tls.servername === undefined ? {} : { servername: tls.servername }),
    },
  });
}

function formatQuery(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw new ApiProtocolError(`the API server sent no JSON: ${bytes.toString('utf8', 0, 80)}`, error);
  }
}

function jsonOrUndefined(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Retry-After in seconds; the form with a date is not used by API servers. */
function readRetryAfter(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return header === undefined || Number.isNaN(seconds) ? undefined : seconds * 1000;
}
