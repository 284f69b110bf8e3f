// One listening socket on node:http or node:https.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { EngineListener, EngineServices } from '../engine.ts';
import type { CompiledPort } from '../routing/compile-port.ts';
import { contextOptions } from '../tls/certificates.ts';
import { ClientConnections } from './client-connections.ts';
import { Exchange } from './exchange.ts';
import type { UpstreamPools } from './upstream-pools.ts';

export interface NodeListenerOptions {
  readonly services: EngineServices;
  readonly pools: UpstreamPools;
  readonly isDraining: () => boolean;
  readonly onConnection: (socket: Socket) => void;
}

const SWEEP_MS = 250;
const BACKLOG = 4096;

export class NodeListener implements EngineListener {
  readonly #options: NodeListenerOptions;
  readonly #server: Server;
  readonly #connections = new ClientConnections();
  readonly #sockets = new Set<Socket>();
  #port: CompiledPort;
  #isClosing = false;
  #sweeper: NodeJS.Timeout | undefined;
  #stopWatchingCertificates = (): void => {};

  constructor(port: CompiledPort, options: NodeListenerOptions) {
    this.#port = port;
    this.#options = options;
    this.#server = port.table.protocol === 'HTTPS' ? this.#tlsServer() : createServer(this.#httpOptions());
    this.#wire();
  }

  async listen(): Promise<void> {
    const { address, port } = this.#port.table;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).once('listening', resolve);
    this.#server.listen({ host: address, port, reusePort: true, exclusive: true, backlog: BACKLOG });
    try {
      await promise;
    } catch (error) {
      this.#stopWatchingCertificates();
      throw error;
    } finally {
      this.#server.off('error', reject).off('listening', resolve);
    }
    this.#server.on('error', () => {});
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  update(port: CompiledPort): void {
    this.#port = port;
    this.#showDefaultCertificate();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    // The close of http.Server would cut idle connections at once, and with them requests that are on their way.
    await new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    clearInterval(this.#sweeper);
    this.#stopWatchingCertificates();
    this.#server.close();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #httpOptions(): Parameters<typeof createServer>[0] & object {
    const { settings } = this.#options.services;
    return {
      maxHeaderSize: settings.maxHeaderBytes,
      headersTimeout: settings.headerTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: settings.keepAliveMs,
      connectionsCheckingInterval: 1000,
      insecureHTTPParser: false,
      noDelay: true,
      shouldUpgradeCallback: asksForUpgrade,
    };
  }

  #tlsServer(): Server {
    const server = createTlsServer({
      ...this.#httpOptions(),
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.2',
      handshakeTimeout: this.#options.services.settings.tlsHandshakeTimeoutMs,
      SNICallback: (name, done) => this.#chooseContext(name.toLowerCase(), done),
    });
    server.on('secureConnection', (socket: Socket) => {
      // node:https listens only while it reads requests itself: an upgraded connection that breaks would be our end.
      socket.on('error', () => {});
      this.#connections.add(socket);
    });
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    return server;
  }

  #wire(): void {
    const { services, onConnection } = this.#options;
    const server = this.#server;
    server.maxHeadersCount = 0;
    server.maxConnections = services.settings.maxConnections;
    server.timeout = services.settings.clientIdleMs;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket)).on('error', () => {});
      onConnection(socket);
      if (this.#port.table.protocol === 'HTTP') this.#connections.add(socket);
    });
    server.on('timeout', (socket: Socket) => {
      if (this.#connections.isClientsTurn(socket)) socket.destroy();
    });
    server.on('request', (request, response) => this.#serve(request, response, { expectsContinue: false }));
    server.on('checkContinue', (request, response) => this.#serve(request, response, { expectsContinue: true }));
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      this.#serveUpgrade(request, socket, head);
    });
    if (this.#port.table.protocol === 'HTTPS') {
      this.#stopWatchingCertificates = services.certificates.onChange(() => this.#showDefaultCertificate());
      this.#showDefaultCertificate();
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse, { expectsContinue }: { expectsContinue: boolean }): void {
    const serve = (): void => this.#exchange(request, response, { upgrade: undefined, expectsContinue });
    this.#connections.begin({ request, response, serve });
  }

  #serveUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!this.#connections.release(socket)) return void socket.destroy();
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.destroySoon());
    // node:http takes its own timeout away from such a connection.
    socket.setTimeout(this.#options.services.settings.clientIdleMs, () => {
      if (response.headersSent || socket.writableLength > 0) socket.destroy();
    });
    const protocol = request.headers.upgrade ?? '';
    const upgrade = isTunnelRequest(request) ? { protocol, socket, head } : undefined;
    this.#exchange(request, response, { upgrade, expectsContinue: false });
  }

  #exchange(
    request: IncomingMessage,
    response: ServerResponse,
    kind: Pick<ConstructorParameters<typeof Exchange>[0], 'upgrade' | 'expectsContinue'>,
  ): void {
    const { services, pools, isDraining } = this.#options;
    const isClosing = (): boolean => this.#isClosing || isDraining();
    new Exchange({ services, pools, port: this.#port, request, response, isClosing, ...kind }).start();
  }

  #chooseContext(name: string, done: (error: Error | null, context?: SecureContext) => void): void {
    const listener = this.#port.listeners.best(name);
    try {
      const context = listener && this.#options.services.certificates.contextFor(listener.certificates, name);
      if (context === undefined) done(new Error(`no certificate for ${name}`));
      else done(null, context);
    } catch (error) {
      done(Error.isError(error) ? error : new Error(String(error)));
    }
  }

  /** Clients that send no server name are shown the certificate of the listener for all hosts, if there is one. */
  #showDefaultCertificate(): void {
    const server = this.#server;
    if (!('setSecureContext' in server) || typeof server.setSecureContext !== 'function') return;
    const keys = this.#port.listeners.best('')?.certificates ?? [];
    const bundle = this.#options.services.certificates.bundleFor(keys, undefined);
    try {
      server.setSecureContext(contextOptions(bundle));
    } catch {
      // OpenSSL will not have it. The supervisor refuses such Secrets; here it is as if there were none.
      server.setSecureContext(contextOptions(undefined));
    }
  }

  #sweep(): void {
    if (!this.#isClosing && !this.#options.isDraining()) return;
    this.#connections.endQuiet(this.#options.services.settings.drainQuietMs);
  }
}

/** Node's parser stops after such a head whatever we say, unless a body follows: then it goes on as if nothing was asked. */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return headers['content-length'] === undefined && headers['transfer-encoding'] === undefined;
}

/** h2c is not spoken and answered as plain HTTP/1.1 (RFC 9110 §7.8 allows a server to ignore Upgrade). */
function isTunnelRequest({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade !== undefined && !/^\s*h2c?\b/i.test(headers.upgrade);
}
