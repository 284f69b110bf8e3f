// Everything between settings and a server that answers: files, certificates, tokens, storage, sockets.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ApiServerSettings } from '../config/apiserver.ts';
import type { Logger } from '../runtime/logger.ts';
import { removeStaleSocket } from '../runtime/stale-socket.ts';
import { ApiServer } from './api-server.ts';
import {
  authenticateSocket,
  authenticateTls,
  parseTokenFile,
  TokenBook,
  type TokenEntry,
} from './auth/authenticate.ts';
import { writeKubeconfig } from './auth/kubeconfig.ts';
import { ownCertificates } from './auth/own-certificates.ts';
import { loadDefinitions } from './crd/load-definitions.ts';
import { definitionCaches, shippedDefinitions } from './crd/shipped-definitions.ts';
import { keepHouse } from './housekeeping.ts';
import { createApiServer } from './http/server.ts';
import { loadKubernetesSchemas } from './schema/kubernetes-schemas.ts';
import { memoryJournal } from './storage/journal.ts';
import { SqliteJournal } from './storage/sqlite-journal.ts';

const MEMORY = ':memory:';

export interface StartOptions {
  readonly settings: ApiServerSettings;
  readonly log: Logger;
  readonly onDone?: (method: string, code: number) => void;
}

export interface RunningApiServer extends AsyncDisposable {
  readonly api: ApiServer;
  /** Where HTTPS is served; undefined when it is not. */
  readonly url: string | undefined;
  readonly ca: string | undefined;
  readonly token: string | undefined;
  readonly socket: string | undefined;
}

/** Starts and resolves when requests are answered. Throws when a file, a certificate or an address is no good. */
export async function startApiServer(
  { settings, log, onDone }: StartOptions,
  signal: AbortSignal,
): Promise<RunningApiServer> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.adopt(folderOf(settings.data), (made) => made.dispose()).path;
  const entries = tokenEntries(settings, folder);
  const tokens = new TokenBook(entries);
  const api = undo.use(await composeApi({ settings, log, tokens }));
  const stop = new AbortController();
  undo.defer(() => stop.abort());
  const parts = {
    log,
    handle: api.handle.bind(api),
    signal: AbortSignal.any([signal, stop.signal]),
    ...(onDone ? { onDone } : {}),
  };
  const tls = settings.listen === undefined ? undefined : tlsOf(settings, folder);
  let url: string | undefined;
  if (settings.listen !== undefined && tls !== undefined) {
    const server = createApiServer({ ...parts, authenticate: authenticateTls(tokens) }, { ...tls });
    undo.defer(() => closeServer(server));
    await listenOn(server, settings.listen);
    url = urlOf(settings.listen.host, server);
  }
  if (settings.socket !== undefined) {
    const server = createApiServer({ ...parts, authenticate: authenticateSocket });
    undo.defer(() => closeServer(server));
    await listenOnSocket(server, settings.socket);
  }
  undo.use(keepHouse(api.store, log));
  const token = entries[0]?.token;
  const ca = tls?.issuer;
  const server = url ?? `unix://${settings.socket}`;
  if (settings.writeKubeconfig !== undefined) writeKubeconfig(settings.writeKubeconfig, { server, ca, token });
  const running = undo.move();
  return { api, url, ca, token, socket: settings.socket, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Composition {
  readonly settings: ApiServerSettings;
  readonly log: Logger;
  readonly tokens: TokenBook;
}

async function composeApi({ settings, log, tokens }: Composition): Promise<ApiServer> {
  const definitions = loadDefinitions(
    [...shippedDefinitions(), ...settings.crdDir],
    definitionCaches(settings.data === MEMORY ? undefined : settings.data),
  );
  return new ApiServer({
    journal: settings.data === MEMORY ? memoryJournal() : new SqliteJournal(settings.data),
    schemas: await loadKubernetesSchemas(),
    definitions,
    now: Date.now,
    random: Math.random,
    userOfToken: (token) => tokens.find(token),
    onError: (error) => log.error({ err: error }, 'background work failed and is tried again'),
  });
}

/** The folder of the data file; with data in memory one that lasts as long as the process. */
function folderOf(data: string): { readonly path: string; dispose(): void } {
  if (data !== MEMORY) {
    mkdirSync(dirname(data), { recursive: true, mode: 0o700 });
    return { path: dirname(data), dispose: () => {} };
  }
  const path = mkdtempSync(join(tmpdir(), 'fairlead-apiserver-'));
  return { path, dispose: () => rmSync(path, { recursive: true, force: true }) };
}

function tokenEntries({ tokenFile }: ApiServerSettings, folder: string): readonly TokenEntry[] {
  if (tokenFile !== undefined) return parseTokenFile(readFileSync(tokenFile, 'utf8'));
  const own = join(folder, 'token');
  if (!existsSync(own)) writeFileSync(own, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  return parseTokenFile(readFileSync(own, 'utf8'));
}

interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** CA of client certificates. */
  readonly ca: string | undefined;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: false;
  /** Whom clients must trust. */
  readonly issuer: string;
}

function tlsOf(settings: ApiServerSettings, folder: string): TlsMaterial {
  const { tlsCert, tlsKey, clientCa, listen, tlsSan } = settings;
  const clients = clientCa === undefined ? undefined : readFileSync(clientCa, 'utf8');
  // Who has no good certificate may still have a token: the decision is the authenticator's.
  const mutual = { ca: clients, requestCert: clients !== undefined, rejectUnauthorized: false } as const;
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const cert = readFileSync(tlsCert, 'utf8');
    return { cert, key: readFileSync(tlsKey, 'utf8'), issuer: cert, ...mutual };
  }
  const names = [listen?.host ?? '', ...tlsSan].filter((name) => name !== '' && name !== '0.0.0.0' && name !== '::');
  const own = ownCertificates(join(folder, 'pki'), names, Date.now());
  return { cert: own.cert, key: own.key, issuer: own.ca, ...mutual };
}

async function listenOn(server: Server, where: { readonly host: string; readonly port: number }): Promise<void> {
  const listening = once(server, 'listening');
  server.listen(where);
  await listening;
}

/** Only the owner may open it. Rejects with EADDRINUSE when somebody else's is there. */
async function listenOnSocket(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await removeStaleSocket(path);
  const mask = process.umask(0o177);
  try {
    const listening = once(server, 'listening');
    server.listen(path);
    await listening;
  } finally {
    process.umask(mask);
  }
  chmodSync(path, 0o600);
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function urlOf(host: string, server: Server): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `https://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`;
}
