// HTTP in front of the API: limits, who is asking, errors as Status objects, streams that end when the client goes.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { stringify } from 'yaml';
import type { Logger } from '../../runtime/logger.ts';
import type { JsonObject } from '../json.ts';
import { badRequest, internalError, StatusError, statusOf, unauthorized } from '../status-error.ts';
import { mediaTypeOf, readBody } from './body.ts';
import type { Answer, Call, StreamSink, User } from './call.ts';
import { isLongList, writeLongList } from './long-list.ts';
import { parseQuery } from './query.ts';
import { parseAccept, type Representation } from './representation.ts';

const MAX_URL_LENGTH = 16 * 1024;
/** A watcher that lets this much pile up is cut off; it lists again when it has caught up. */
const MAX_UNSENT_BYTES = 16 * 1024 * 1024;

export interface ServerParts {
  readonly log: Logger;
  /** Who is asking; undefined when nobody we know. */
  authenticate(request: IncomingMessage): User | undefined;
  handle(call: Call): Promise<Answer>;
  /** Told when a request is over. */
  onDone?(method: string, code: number): void;
  /** Aborts when the server stops: streams end. */
  readonly signal: AbortSignal;
}

/** A server that is not listening yet; with TLS options it speaks HTTPS. */
export function createApiServer(parts: ServerParts, tls?: ServerOptions): Server {
  const listener: RequestListener = (request, response) => void serve(parts, request, response);
  const options = { maxHeaderSize: 64 * 1024, requestTimeout: 60_000, keepAliveTimeout: 90_000 };
  return tls === undefined ? createServer(options, listener) : createSecureServer({ ...options, ...tls }, listener);
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, parts.signal]);
  try {
    const call = readCall(parts, request, signal);
    const answer = await parts.handle(call);
    await write(answer, { response, representation: call.representation, pretty: call.query.pretty, signal });
  } catch (error) {
    writeError(parts.log, error, response);
  }
  parts.onDone?.(request.method ?? '', response.statusCode);
}

function readCall(parts: ServerParts, request: IncomingMessage, signal: AbortSignal): Call {
  const target = request.url ?? '/';
  if (target.length > MAX_URL_LENGTH)
    throw new StatusError(414, 'RequestURITooLong', { message: 'the URL is too long' });
  const user = parts.authenticate(request);
  if (user === undefined) throw unauthorized();
  const [path = '/', search = ''] = splitOnce(target, '?');
  const accept = request.headers.accept ?? '';
  return {
    method: request.method ?? 'GET',
    path,
    query: parseQuery(new URLSearchParams(search)),
    user,
    userAgent: request.headers['user-agent'] ?? '',
    accept,
    // Discovery and OpenAPI have media types of their own; they look at `accept` themselves.
    representation: path.startsWith('/openapi') ? parseAccept('') : parseAccept(accept),
    mediaType: mediaTypeOf(request),
    body: () => readBody(request),
    signal,
  };
}

interface Output {
  readonly response: ServerResponse;
  readonly representation: Representation;
  readonly pretty: boolean;
  /** Aborts when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

async function write(answer: Answer, output: Output): Promise<void> {
  const { response } = output;
  switch (answer.kind) {
    case 'object':
      for (const warning of answer.warnings ?? []) response.appendHeader('Warning', `299 - ${quote(warning)}`);
      if (isLongList(answer.object, output)) return writeLongList(answer.object, answer.code, output);
      return writeObject(answer.object, answer.code, output);
    case 'text':
      return send(response, answer.code, { body: answer.text, type: answer.contentType, etag: answer.etag });
    case 'bytes':
      return send(response, 200, { body: answer.bytes, type: answer.contentType, etag: answer.etag });
    case 'stream':
      return stream(answer, output);
    default:
      return answer satisfies never;
  }
}

function writeObject(
  object: JsonObject,
  code: number,
  { response, representation, pretty }: Pick<Output, 'response' | 'representation' | 'pretty'>,
): void {
  if (representation.format === 'yaml')
    return send(response, code, { body: stringify(object, { version: '1.1' }), type: 'application/yaml' });
  send(response, code, { body: `${JSON.stringify(object, null, pretty ? 2 : undefined)}\n`, type: 'application/json' });
}

interface Payload {
  readonly body: string | Uint8Array;
  readonly type: string;
  readonly etag?: string | undefined;
}

function send(response: ServerResponse, code: number, { body, type, etag }: Payload): void {
  response.writeHead(code, {
    'Content-Type': type,
    'Content-Length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    'Cache-Control': 'no-cache, private',
    ...(etag === undefined ? {} : { ETag: etag }),
  });
  response.end(body);
}

async function stream(answer: Extract<Answer, { kind: 'stream' }>, { response, signal }: Output): Promise<void> {
  response.socket?.setNoDelay(true);
  const sink: StreamSink = {
    write: (document) => {
      if (!response.headersSent) startStream(response);
      response.write(`${JSON.stringify(document)}\n`);
      return response.writableLength < MAX_UNSENT_BYTES;
    },
    ready: (until) => (response.writableNeedDrain ? once(response, 'drain', { signal: until }) : undefined),
  };
  // Errors of the request itself are thrown before the first turn ends and can still be a proper answer.
  const running = answer.run(sink, signal);
  setImmediate(() => {
    if (!response.headersSent && !response.writableEnded) startStream(response);
  });
  await running;
  response.end();
}

function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' });
  response.flushHeaders();
}

function writeError(log: Logger, error: unknown, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = asStatusError(error);
  if (status.code >= 500) log.error({ err: status.cause ?? status, code: status.code }, status.message);
  if (status.code === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="fairlead"');
  if (status.details?.retryAfterSeconds !== undefined)
    response.setHeader('Retry-After', status.details.retryAfterSeconds);
  // What is left of the body is not worth reading.
  if (status.code === 413 || status.code === 401) response.setHeader('Connection', 'close');
  writeObject(statusOf(status), status.code, { response, representation: parseAccept(''), pretty: false });
}

function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof URIError) return badRequest('the path is not properly percent-encoded');
  return internalError(Error.isError(error) ? error.message : String(error), error);
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ')}"`;
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
