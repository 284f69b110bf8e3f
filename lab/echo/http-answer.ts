// One answer of the echo server: who answered, and what of the request arrived.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { setTimeout as wait } from 'node:timers/promises';
import type { EchoConfig } from './identity.ts';

export type EchoRequest = IncomingMessage | Http2ServerRequest;
export type EchoResponse = ServerResponse | Http2ServerResponse;

export interface EchoAnswer {
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
  readonly ip: string;
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly httpVersion: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Who opened the connection: the load balancer, where one terminates it. */
  readonly clientAddress: string;
  readonly port: number;
  readonly tls: boolean;
  readonly bodyBytes: number;
  readonly service?: string;
}

/** `?delay=ms&status=code&size=bytes&chunks=n`: what a test may ask of the answer. */
interface Switches {
  readonly delayMs: number;
  readonly status: number;
  readonly size: number | undefined;
  readonly chunks: number;
}

/** Answers in JSON, or with `size` bytes of text; in `chunks` pieces, each `delay` ms after the one before. */
export async function answer(request: EchoRequest, response: EchoResponse, config: EchoConfig): Promise<void> {
  const bodyBytes = await drain(request);
  const switches = switchesOf(request.url ?? '/');
  const body = bodyOf(describe(request, { config, bodyBytes }), switches);
  await wait(switches.delayMs);
  response.statusCode = switches.status;
  response.setHeader('content-type', switches.size === undefined ? 'application/json' : 'text/plain');
  response.setHeader('x-echo-pod', config.pod);
  // Without a length the answer goes out chunked (HTTP/1.1) or as many DATA frames (HTTP/2).
  if (switches.chunks === 1) response.setHeader('content-length', body.byteLength);
  const piece = Math.ceil(body.byteLength / switches.chunks);
  for (let i = 0; i < switches.chunks; i++) {
    if (i > 0) await wait(switches.delayMs);
    write(response, body.subarray(i * piece, (i + 1) * piece));
  }
  response.end();
}

function describe(
  request: EchoRequest,
  { config, bodyBytes }: { readonly config: EchoConfig; readonly bodyBytes: number },
): EchoAnswer {
  const { pod, namespace, node, ip } = config;
  const service = process.env['SERVICE_NAME'];
  return {
    pod,
    namespace,
    node,
    ip,
    method: request.method ?? '',
    path: request.url ?? '',
    host: String(request.headers[':authority'] ?? request.headers.host ?? ''),
    httpVersion: request.httpVersion,
    headers: request.headers,
    clientAddress: request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
    port: request.socket.localPort ?? 0,
    tls: 'encrypted' in request.socket,
    bodyBytes,
    ...(service === undefined ? {} : { service }),
  };
}

function bodyOf(description: EchoAnswer, { size }: Switches): Buffer {
  return size === undefined ? Buffer.from(`${JSON.stringify(description, undefined, 1)}\n`) : Buffer.alloc(size, 'x');
}

function switchesOf(url: string): Switches {
  const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  const number = (name: string, otherwise: number): number => {
    const value = Number(query.get(name) ?? otherwise);
    return Number.isInteger(value) && value >= 0 ? value : otherwise;
  };
  const status = number('status', 200);
  return {
    delayMs: number('delay', 0),
    status: status >= 200 && status <= 599 ? status : 200,
    size: query.has('size') ? number('size', 0) : undefined,
    chunks: Math.max(1, number('chunks', 1)),
  };
}

async function drain(request: EchoRequest): Promise<number> {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Uint8Array).byteLength;
  return bytes;
}

/** The two kinds of response declare `write` differently, which a union cannot call. */
function write(response: EchoResponse, data: Uint8Array): void {
  if ('stream' in response) response.write(data);
  else response.write(data);
}
