// One request and its answer: read the head, decide, ask endpoints until one answers, stream, write the log.
import { randomUUID } from 'node:crypto';
import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Endpoint } from '../../plan/routing-table.ts';
import { type Answer, type Decision, decide, type Forward, type Routed } from '../decide.ts';
import type { EngineServices } from '../engine.ts';
import { editedBy } from '../filters/header-edit.ts';
import type { HeaderList } from '../http/header-list.ts';
import { endToEndResponseFields } from '../http/hop-by-hop.ts';
import { type HeadFault, type RequestHead, readRequestHead } from '../http/request-head.ts';
import { ProxyError } from '../proxy-error.ts';
import { mayRetry } from '../retry.ts';
import type { CompiledPort } from '../routing/compile-port.ts';
import { ClientAnswer } from './client-answer.ts';
import { type RequestBody, requestBody } from './request-body.ts';
import { openTunnel } from './tunnel.ts';
import { endpointName, type UpstreamPools } from './upstream-pools.ts';
import { type AnswerSink, UpstreamRequest } from './upstream-request.ts';

export interface ExchangeOptions {
  readonly services: EngineServices;
  readonly pools: UpstreamPools;
  /** The table that the request is served by to its end. */
  readonly port: CompiledPort;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Must the connection be closed after this answer? */
  readonly isClosing: () => boolean;
  /** Set when the client asked for another protocol and waits for 101. */
  readonly upgrade: UpgradeRequest | undefined;
  /** Does the client wait for 100 before it sends its body? */
  readonly expectsContinue: boolean;
}

export interface UpgradeRequest {
  readonly protocol: string;
  readonly socket: Socket;
  /** What the client sent right after its head. */
  readonly head: Buffer;
}

/** Serves one request. Nothing is thrown and nothing is returned: the end is the line in the access log. */
export class Exchange implements AnswerSink {
  readonly #options: ExchangeOptions;
  readonly #at = Date.now();
  readonly #startedAt = performance.now();
  readonly #body: RequestBody;
  readonly #answer: ClientAnswer;
  readonly #tried: Endpoint[] = [];
  #routed: Routed = { listener: '', rule: undefined, client: '', requestId: '' };
  #forward: Forward | undefined;
  #upstream: UpstreamRequest | undefined;
  #requestTimer: NodeJS.Timeout | undefined;
  #upstreamMs: number | undefined;
  #status = 0;
  #bytes = 0;
  #flags = '';
  #reason: string | undefined;
  #isOver = false;

  constructor(options: ExchangeOptions) {
    const { request, response, expectsContinue } = options;
    this.#options = options;
    this.#body = requestBody(request, { expectsContinue, askForBody: () => response.writeContinue() });
    this.#answer = new ClientAnswer({ request, response, body: this.#body });
    response.once('finish', () => this.#finish());
    response.once('close', () => this.#clientGone());
    response.on('drain', () => this.#upstream?.resume());
    request.on('error', () => {});
  }

  start(): void {
    const { request, services } = this.#options;
    const reading = readRequestHead(
      {
        method: request.method ?? '',
        target: request.url ?? '',
        version: request.httpVersion,
        headers: request.rawHeaders,
        scheme: this.#scheme(),
        ownAuthority: endpointName(this.#options.port.table),
      },
      services.settings,
    );
    if (!reading.ok) return this.#refuse(reading.fault);
    if (reading.head.path === '*') return this.#respond(200, []);
    this.#carryOut(this.#decide(reading.head));
  }

  informational(status: number, headers: HeaderList): void {
    if (status === 103) this.#answer.earlyHints(endToEndResponseFields(headers));
  }

  head(status: number, message: string, headers: HeaderList): void {
    this.#upstreamMs = performance.now() - this.#startedAt;
    this.#status = status;
    const fields = editedBy('responseHeaders', this.#forward?.filters ?? [], endToEndResponseFields(headers));
    if (this.#mustClose()) this.#answer.closeAfter();
    try {
      this.#answer.head(status, message, fields);
    } catch (error) {
      this.#upstream?.abort();
      this.failed(new ProxyError('UpstreamProtocol', { source: 'upstream', cause: error }));
    }
  }

  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    return this.#answer.write(chunk);
  }

  end(trailers: IncomingHttpHeaders): void {
    this.#answer.end(trailers);
  }

  upgraded(headers: HeaderList, upstream: Duplex): void {
    const { upgrade, response, services } = this.#options;
    if (upgrade === undefined) return void upstream.destroy();
    this.#status = 101;
    this.#upstreamMs = performance.now() - this.#startedAt;
    clearTimeout(this.#requestTimer);
    response.removeAllListeners();
    response.detachSocket(upgrade.socket);
    openTunnel({
      client: upgrade.socket,
      clientHead: upgrade.head,
      upstream,
      headers: editedBy('responseHeaders', this.#forward?.filters ?? [], endToEndResponseFields(headers)),
      protocol: upgrade.protocol,
      idleMs: services.settings.tunnelIdleMs,
      onEnd: (bytes) => {
        this.#bytes = bytes;
        this.#finish();
      },
    });
  }

  failed(error: ProxyError): void {
    const { request } = this.#options;
    if (this.#isOver) return;
    this.#countUpstreamError(error);
    const facts = {
      method: request.method ?? '',
      attempts: this.#tried.length,
      isBodyTouched: this.#body.isTouched(),
      isAnswered: this.#answer.hasBegun,
    };
    if (mayRetry(error, facts)) return this.#retry();
    this.#fail(error);
  }

  #decide(head: RequestHead): Decision {
    const { services, port, request } = this.#options;
    const { socket } = request;
    return decide(head, {
      port,
      connection: { peer: socket.remoteAddress ?? '', port: port.table.port, scheme: head.scheme },
      serverName: 'servername' in socket && typeof socket.servername === 'string' ? socket.servername : undefined,
      isTrusted: services.isTrustedProxy,
      newRequestId: () => randomUUID().replaceAll('-', ''),
    });
  }

  #carryOut(decision: Decision): void {
    this.#routed = decision;
    if (decision.kind === 'answer') return this.#answerSelf(decision);
    this.#forward = decision;
    if (decision.requestTimeoutMs !== undefined) {
      this.#requestTimer = setTimeout(() => this.#requestTimedOut(), decision.requestTimeoutMs);
    }
    this.#attempt(decision);
  }

  #attempt(forward: Forward): void {
    const { services, pools, request, upgrade } = this.#options;
    const endpoint = services.backends.pick(forward.backend, this.#tried);
    if (endpoint === undefined) return this.#fail(new ProxyError('NoEndpoint', { source: 'proxy' }));
    this.#tried.push(endpoint);
    const upstream = new UpstreamRequest({ sink: this, timeoutMs: forward.backendTimeoutMs });
    this.#upstream = upstream;
    const options = {
      method: request.method ?? 'GET',
      path: forward.target,
      headers: ['host', forward.authority, ...forward.headers],
      body: this.#body.stream ?? null,
      upgrade: upgrade?.protocol ?? null,
    };
    // `typeof` of the parameter: undici's types know no iterable body, its code does.
    type Options = Parameters<ReturnType<UpstreamPools['poolOf']>['dispatch']>[0];
    pools.poolOf(endpoint).dispatch(options as unknown as Options, upstream);
  }

  #retry(): void {
    const forward = this.#forward;
    if (forward === undefined) return;
    const { counters } = this.#options.services;
    counters.add(counters.slot('retries_total', { backend: forward.backend }));
    this.#attempt(forward);
  }

  #requestTimedOut(): void {
    this.#upstream?.abort();
    this.#fail(new ProxyError('RequestTimeout', { source: 'upstream' }));
  }

  /** After the head has gone nothing can be said any more: the connection is cut, so that no half answer looks whole. */
  #fail(error: ProxyError): void {
    this.#flags = error.flag;
    this.#reason = Error.isError(error.cause) ? `${error.code}: ${error.cause.message}` : error.code;
    if (this.#answer.hasBegun) return this.#answer.cut();
    this.#respond(error.status, []);
  }

  #refuse({ status, reason }: HeadFault): void {
    this.#routed = { ...this.#routed, client: this.#options.request.socket.remoteAddress ?? '' };
    this.#reason = reason;
    this.#flags = 'DPE';
    this.#answer.closeAtOnce();
    this.#respond(status, []);
  }

  #answerSelf({ status, headers, reason, flags }: Answer): void {
    this.#reason = reason;
    this.#flags = flags;
    this.#respond(status, headers);
  }

  /** A short answer of our own. */
  #respond(status: number, headers: HeaderList): void {
    const isPlain = headers.length === 0;
    const text = isPlain ? `${status} ${STATUS_CODES[status] ?? ''}\n` : '';
    this.#status = status;
    if (this.#options.request.method !== 'HEAD') this.#bytes = text.length;
    if (this.#mustClose()) this.#answer.closeAfter();
    this.#answer.whole(status, isPlain ? ['content-type', 'text/plain; charset=utf-8'] : headers, text);
  }

  #mustClose(): boolean {
    return this.#options.isClosing() || this.#options.upgrade !== undefined;
  }

  #clientGone(): void {
    if (this.#isOver) return;
    if (this.#flags === '') this.#flags = 'DC';
    if (this.#status === 0) this.#status = 499;
    this.#upstream?.abort();
    this.#finish();
  }

  #countUpstreamError(error: ProxyError): void {
    const { counters } = this.#options.services;
    const backend = this.#forward?.backend ?? '';
    counters.add(counters.slot('upstream_errors_total', { backend, reason: error.code }));
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#requestTimer);
    const { services, request } = this.#options;
    const durationMs = performance.now() - this.#startedAt;
    const { listener, client, requestId } = this.#routed;
    const rule = this.#routed.rule?.rule.name;
    services.requestCounters.count({
      listener,
      rule,
      status: this.#status,
      seconds: durationMs / 1000,
      bytes: this.#bytes,
    });
    services.log({
      at: this.#at,
      client,
      method: request.method ?? '',
      host: request.headers.host ?? '',
      path: request.url ?? '',
      status: this.#status,
      bytes: this.#bytes,
      durationMs,
      upstreamMs: this.#upstreamMs,
      listener,
      rule,
      backend: this.#forward?.backend,
      endpoints: this.#tried.map(endpointName),
      flags: this.#flags,
      reason: this.#reason,
      requestId,
    });
  }

  #scheme(): 'http' | 'https' {
    return this.#options.port.table.protocol === 'HTTPS' ? 'https' : 'http';
  }
}
