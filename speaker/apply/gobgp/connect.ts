// The way to gobgpd: gRPC over HTTP/2 on its unix socket, and which of its APIs answers there.
import { connect as connectSocket } from 'node:net';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { type BgpEngine, BgpEngineError } from '../bgp-engine.ts';
import { GobgpApi } from './gen/gobgp-v3_pb.ts';
import { GobgpV3Engine } from './v3-engine.ts';

/** How long a question to gobgpd may take, in ms. It answers in milliseconds, or it hangs. */
const CALL_TIMEOUT_MS = 3000;
/** Never used for a name look-up: the socket decides where this goes. */
const BASE_URL = 'http://gobgpd';

/** An engine that is connected, and how to let it go. */
export interface GobgpConnection extends Disposable {
  readonly engine: BgpEngine;
}

/**
 * Asks gobgpd on that unix socket which API it speaks and returns the engine for it. Rejects with BgpEngineError:
 * `Unreachable` while nobody answers, `Unsupported` when it is a gobgpd of another major version.
 */
export async function connectGobgp(socketPath: string, signal: AbortSignal): Promise<GobgpConnection> {
  // No HTTP/2 pings: connect-node 2.1 arms its ping timer again when a stream closes after its session, and then throws
  // from that timer, which ends the process. EngineSession asks for a sign of life itself.
  const session = new Http2SessionManager(BASE_URL, {}, { createConnection: () => connectSocket(socketPath) });
  const transport = createGrpcTransport({
    baseUrl: BASE_URL,
    sessionManager: session,
    defaultTimeoutMs: CALL_TIMEOUT_MS,
  });
  try {
    const engine = await probe(transport, signal);
    return { engine, [Symbol.dispose]: () => session.abort() };
  } catch (error) {
    session.abort();
    throw error;
  }
}

/** GetBgp answers UNIMPLEMENTED where the service has another name: v4 calls it api.GoBgpService. */
async function probe(transport: Transport, signal: AbortSignal): Promise<BgpEngine> {
  const client = createClient(GobgpApi, transport);
  try {
    await client.getBgp({}, { signal });
  } catch (error) {
    const cause = ConnectError.from(error);
    if (cause.code === Code.Unimplemented)
      throw new BgpEngineError('Unsupported', 'this gobgpd has no v3 API (a version 4 is not supported yet)', {
        cause,
      });
    throw new BgpEngineError('Unreachable', `gobgpd does not answer: ${cause.rawMessage}`, { cause });
  }
  return new GobgpV3Engine(client);
}
