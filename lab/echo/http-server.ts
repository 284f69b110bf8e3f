// HTTP on one port: HTTP/1.1 with keep-alive and WebSocket, and h2c by prior knowledge (RFC 9113 §3.3), told apart by
// the first bytes. HTTP/2 and WebSocket are loaded when somebody asks for them: a pod has to be ready quickly.
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from 'node:http';
import type { Http2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { answer, type EchoRequest, type EchoResponse } from './http-answer.ts';
import type { EchoConfig } from './identity.ts';

/** The first bytes of the client preface that no HTTP/1 method shares. */
const HTTP2_PREFACE = 'PRI * HTTP/2';
/** Longer than any proxy keeps an idle connection: the client is the one who closes, so no request meets a closing end. */
const KEEP_ALIVE_MS = 600_000;

/** A server that is not listening yet. */
export async function createEchoServer(config: EchoConfig, { tls }: { readonly tls: boolean }): Promise<Server> {
  const onConnection = connectionHandler(config);
  if (!tls || config.tls === undefined) return createServer(onConnection);
  const { createServer: createTlsServer } = await import('node:tls');
  const { certificate, key } = config.tls;
  return createTlsServer({ cert: certificate, key, ALPNProtocols: ['h2', 'http/1.1'] }, onConnection);
}

function connectionHandler(config: EchoConfig): (socket: Socket) => void {
  const http1 = http1Server(config);
  let http2: Promise<Http2Server> | undefined;
  return (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.unshift(first);
      if (!looksLikeHttp2(first)) {
        http1.emit('connection', socket);
        return;
      }
      http2 ??= http2Server(config);
      void http2.then((server) => server.emit('connection', socket));
    });
  };
}

function looksLikeHttp2(first: Buffer): boolean {
  const start = first.toString('latin1', 0, HTTP2_PREFACE.length);
  return start.length >= 3 && HTTP2_PREFACE.startsWith(start);
}

function http1Server(config: EchoConfig): HttpServer {
  const server = createHttpServer({ keepAliveTimeout: KEEP_ALIVE_MS }, responder(config));
  server.on('upgrade', (request, socket, head) => void upgrade(request, { socket: socket as Socket, head }));
  return server;
}

async function http2Server(config: EchoConfig): Promise<Http2Server> {
  const { createServer: createHttp2Server } = await import('node:http2');
  return createHttp2Server(responder(config));
}

function responder(config: EchoConfig): (request: EchoRequest, response: EchoResponse) => void {
  return (request, response) => {
    // A client that goes away in the middle is its own business.
    answer(request, response, config).catch(() => response.end());
  };
}

/** Echoes every frame, text as text and binary as binary. */
async function upgrade(
  request: IncomingMessage,
  { socket, head }: { readonly socket: Socket; readonly head: Buffer },
): Promise<void> {
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
    socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    return;
  }
  const { WebSocketServer } = await import('ws');
  const sockets = new WebSocketServer({ noServer: true });
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
    webSocket.on('error', () => webSocket.terminate());
  });
}
