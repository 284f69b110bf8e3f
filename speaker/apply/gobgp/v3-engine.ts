import { Code, ConnectError } from '@connectrpc/connect';
import { type IpAddress, parseIpAddress } from '../../../net/address.ts';
import type { BgpChange, BgpIdentity, BgpState, Peer, Route, Session } from '../../plan/bgp.ts';
import { type BgpEngine, BgpEngineError } from '../bgp-engine.ts';
import type { GobgpV3Client } from './v3-client.ts';
import { pathOfRoute, peerOfWire, routeOfPath, sessionOfWire, wireOfPeer } from './v3-codec.ts';
import { AFI, SAFI_UNICAST, TABLE_GLOBAL } from './v3-constants.ts';
import { filterEverything, hideRoutesFrom, isFiltered } from './v3-policies.ts';

/** Paths per message of AddPathStream: 10,000 host routes then take a third of a second. */
const BATCH = 1000;
/** gobgpd's own way to say "do not listen". */
const NO_LISTENER = -1;

/** gobgpd 3.x (Debian's 3.10): package apipb, service GobgpApi. */
export class GobgpV3Engine implements BgpEngine {
  readonly name = 'gobgpd API v3';
  readonly #client: GobgpV3Client;

  constructor(client: GobgpV3Client) {
    this.#client = client;
  }

  async observe(peers: readonly IpAddress[], signal: AbortSignal): Promise<BgpState> {
    return asking(async () => {
      const identity = await this.#identity(signal);
      if (identity === undefined) return { identity, isFiltered: false, routes: [], peers: [] };
      const known = await this.#peers(signal);
      const marks = [...new Set([...peers, ...known.map((peer) => peer.address)])];
      return {
        identity,
        isFiltered: await isFiltered(this.#client, signal),
        routes: [...(await this.#routes(AFI.IPv4, marks, signal)), ...(await this.#routes(AFI.IPv6, marks, signal))],
        peers: known,
      };
    });
  }

  async ping(signal: AbortSignal): Promise<void> {
    await asking(() => this.#client.getBgp({}, { signal }));
  }

  async apply(changes: readonly BgpChange[], signal: AbortSignal): Promise<void> {
    const refusals: BgpEngineError[] = [];
    for (const run of runsOf(changes)) {
      try {
        await asking(() => this.#applyRun(run, signal));
      } catch (error) {
        if (!(error instanceof BgpEngineError) || error.code !== 'Refused') throw error;
        refusals.push(error);
      }
    }
    if (refusals[0] !== undefined) throw refusals[0];
  }

  async watch(onSession: (session: Session) => void, signal: AbortSignal): Promise<never> {
    return asking(async () => {
      // No deadline: the stream lasts as long as the daemon.
      for await (const { event } of this.#client.watchEvent({ peer: {} }, { signal, timeoutMs: 0 })) {
        const session = event.value?.peer && sessionOfWire(event.value.peer);
        if (session !== undefined) onSession(session);
      }
      throw new ConnectError('the event stream ended', Code.Unavailable);
    });
  }

  async sessions(signal: AbortSignal): Promise<readonly Session[]> {
    return asking(async () => {
      const sessions: Session[] = [];
      for await (const { peer } of this.#client.listPeer({}, { signal })) {
        const session = peer && sessionOfWire(peer);
        if (session !== undefined) sessions.push(session);
      }
      return sessions;
    });
  }

  async #identity(signal: AbortSignal): Promise<BgpIdentity | undefined> {
    const { global } = await this.#client.getBgp({}, { signal });
    const routerId = parseIpAddress(global?.routerId ?? '');
    if (global === undefined || global.asn === 0 || routerId === undefined) return undefined;
    return { asn: global.asn, routerId, listenPort: global.listenPort === NO_LISTENER ? undefined : global.listenPort };
  }

  async #peers(signal: AbortSignal): Promise<readonly Peer[]> {
    const peers: Peer[] = [];
    for await (const { peer: wire } of this.#client.listPeer({}, { signal })) {
      const peer = wire && peerOfWire(wire);
      if (peer !== undefined) peers.push(peer);
    }
    return peers;
  }

  async #routes(afi: number, marks: readonly IpAddress[], signal: AbortSignal): Promise<readonly Route[]> {
    const routes: Route[] = [];
    const request = { tableType: TABLE_GLOBAL, family: { afi, safi: SAFI_UNICAST } };
    for await (const { destination } of this.#client.listPath(request, { signal })) {
      for (const path of destination?.paths ?? []) {
        const route = routeOfPath(path, marks);
        if (route !== undefined) routes.push(route);
      }
    }
    return routes;
  }

  async #applyRun(run: readonly BgpChange[], signal: AbortSignal): Promise<void> {
    const [change] = run;
    switch (change?.kind) {
      case undefined:
        return;
      case 'stop':
        await this.#client.stopBgp({}, { signal });
        return;
      case 'start':
        await this.#client.startBgp({ global: wireOfIdentity(change.identity) }, { signal });
        return;
      case 'filter':
        return filterEverything(this.#client, signal);
      case 'announce':
      case 'withdraw':
        return this.#streamPaths(run, signal);
      case 'remove-peer':
        await this.#client.deletePeer({ address: change.address }, { signal });
        return;
      case 'update-peer':
        await this.#client.updatePeer({ peer: wireOfPeer(change.peer) }, { signal });
        return;
      case 'add-peer':
        await hideRoutesFrom(this.#client, change.peer.address, signal);
        await this.#client.addPeer({ peer: wireOfPeer(change.peer) }, { signal });
        return;
      default:
        return change satisfies never;
    }
  }

  async #streamPaths(run: readonly BgpChange[], signal: AbortSignal): Promise<void> {
    await this.#client.addPathStream(batchesOf(run), { signal });
  }
}

async function* batchesOf(run: readonly BgpChange[]): AsyncIterable<{ tableType: number; paths: Path[] }> {
  for (let at = 0; at < run.length; at += BATCH) {
    const paths = run.slice(at, at + BATCH).flatMap((change) => pathOfChange(change) ?? []);
    yield { tableType: TABLE_GLOBAL, paths };
  }
}

type Path = ReturnType<typeof pathOfRoute>;

function pathOfChange(change: BgpChange): Path | undefined {
  if (change.kind === 'announce') return pathOfRoute(change.route);
  if (change.kind === 'withdraw') return pathOfRoute(change.route, { isWithdraw: true });
  return undefined;
}

/** Neighbouring route changes go out together; everything else one by one. The order is kept. */
function runsOf(changes: readonly BgpChange[]): readonly (readonly BgpChange[])[] {
  const runs: BgpChange[][] = [];
  for (const change of changes) {
    const last = runs.at(-1);
    if (last?.[0] !== undefined && isPathChange(last[0]) && isPathChange(change)) last.push(change);
    else runs.push([change]);
  }
  return runs;
}

function isPathChange(change: BgpChange): boolean {
  return change.kind === 'announce' || change.kind === 'withdraw';
}

function wireOfIdentity(identity: BgpIdentity): { asn: number; routerId: string; listenPort: number } {
  return { asn: identity.asn, routerId: identity.routerId, listenPort: identity.listenPort ?? NO_LISTENER };
}

/** gobgp answers most refusals with UNKNOWN and a sentence, some with an empty one. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const cause = ConnectError.from(error);
    const isRefusal = cause.code === Code.Unknown || cause.code === Code.InvalidArgument;
    const sentence = cause.rawMessage === '' ? `code ${Code[cause.code]}` : cause.rawMessage;
    if (isRefusal) throw new BgpEngineError('Refused', `gobgpd refused: ${sentence}`, { cause });
    throw new BgpEngineError('Unreachable', `gobgpd does not answer: ${sentence}`, { cause });
  }
}
