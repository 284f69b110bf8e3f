// Our routes and peers as gobgp v3 spells them, and back. NLRI and attributes travel as google.protobuf.Any.
import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { type Any, anyPack, anyUnpack } from '@bufbuild/protobuf/wkt';
import {
  familyOf,
  type IpAddress,
  type IpPrefix,
  parseIpAddress,
  parsePrefix,
  splitPrefix,
} from '../../../net/address.ts';
import type { Peer, Route, Session } from '../../plan/bgp.ts';
import {
  CommunitiesAttributeSchema,
  IPAddressPrefixSchema,
  LargeCommunitiesAttributeSchema,
  LocalPrefAttributeSchema,
  MpReachNLRIAttributeSchema,
  NextHopAttributeSchema,
  OriginAttributeSchema,
  type Path,
  PathSchema,
  PeerSchema,
  type Peer as WirePeer,
} from './gen/gobgp-v3_pb.ts';
import { HIDDEN_MARK_ADMIN, hiddenMark } from './hidden-mark.ts';
import { AFI, NO_NEIGHBOUR, ORIGIN_IGP, SAFI_UNICAST, sessionStateOf } from './v3-constants.ts';

/** The path of a route, to announce it or (with `isWithdraw`) to take it back. */
export function pathOfRoute(route: Route, options: { readonly isWithdraw?: boolean } = {}): Path {
  const family = { afi: AFI[familyOf(route.prefix)], safi: SAFI_UNICAST };
  const nlri = nlriOf(route.prefix);
  return create(PathSchema, {
    nlri,
    family,
    isWithdraw: options.isWithdraw ?? false,
    pattrs: [
      anyPack(OriginAttributeSchema, create(OriginAttributeSchema, { origin: ORIGIN_IGP })),
      nextHopOf(route, nlri),
      ...optionalAttributes(route),
    ],
  });
}

/**
 * The route of a path; undefined for a path that came from a peer or that is nothing we could have announced.
 * `peers` are those whose hiding marks are looked for.
 */
export function routeOfPath(path: Path, peers: readonly IpAddress[]): Route | undefined {
  if (path.neighborIp !== NO_NEIGHBOUR && path.neighborIp !== '') return undefined;
  const nlri = path.nlri && anyUnpack(path.nlri, IPAddressPrefixSchema);
  const prefix = nlri && parsePrefix(`${nlri.prefix}/${nlri.prefixLen}`);
  const nextHop = readNextHop(path);
  if (prefix === undefined || nextHop === undefined) return undefined;
  return {
    prefix,
    nextHop,
    communities: attribute(path, CommunitiesAttributeSchema)?.communities ?? [],
    localPreference: attribute(path, LocalPrefAttributeSchema)?.localPref,
    hiddenFrom: readHiddenFrom(path, peers),
  };
}

/** A peer as AddPeer and UpdatePeer want it. Both address families are offered on every session. */
export function wireOfPeer(peer: Peer): WirePeer {
  return create(PeerSchema, {
    conf: {
      neighborAddress: peer.address,
      peerAsn: peer.peerAsn,
      localAsn: peer.localAsn,
      authPassword: peer.password ?? '',
    },
    ebgpMultihop: { enabled: peer.multihopTtl !== undefined, multihopTtl: peer.multihopTtl ?? 0 },
    timers: {
      config: {
        connectRetry: BigInt(peer.connectRetrySeconds),
        holdTime: BigInt(peer.holdTimeSeconds),
        keepaliveInterval: BigInt(peer.keepaliveSeconds),
      },
    },
    transport: { localAddress: peer.sourceAddress ?? '', remotePort: peer.port },
    afiSafis: [AFI.IPv4, AFI.IPv6].map((afi) => ({ config: { family: { afi, safi: SAFI_UNICAST }, enabled: true } })),
  });
}

/**
 * A peer as ListPeer shows it; undefined when it is none that we could have added. While a session is up, gobgp shows
 * the address that the kernel chose as the source address, also where none was asked for.
 */
export function peerOfWire(wire: WirePeer): Peer | undefined {
  const address = parseIpAddress(wire.conf?.neighborAddress ?? '');
  const timers = wire.timers?.config;
  if (address === undefined || wire.conf === undefined || timers === undefined) return undefined;
  return {
    address,
    port: wire.transport?.remotePort || 179,
    peerAsn: wire.conf.peerAsn,
    localAsn: wire.conf.localAsn,
    sourceAddress: readSourceAddress(wire),
    password: wire.conf.authPassword === '' ? undefined : wire.conf.authPassword,
    holdTimeSeconds: Number(timers.holdTime),
    keepaliveSeconds: Number(timers.keepaliveInterval),
    connectRetrySeconds: Number(timers.connectRetry),
    multihopTtl: wire.ebgpMultihop?.enabled ? wire.ebgpMultihop.multihopTtl : undefined,
  };
}

/** The session's state as ListPeer and WatchEvent show it; undefined for the event that only ends the first batch. */
export function sessionOfWire(wire: WirePeer): Session | undefined {
  const address = parseIpAddress(wire.conf?.neighborAddress || (wire.state?.neighborAddress ?? ''));
  if (address === undefined || wire.state === undefined) return undefined;
  return {
    address,
    state: sessionStateOf(wire.state.sessionState),
    updatesSent: Number(wire.state.messages?.sent?.update ?? 0n),
  };
}

function readSourceAddress(wire: WirePeer): IpAddress | undefined {
  const address = parseIpAddress(wire.transport?.localAddress ?? '');
  return address === '0.0.0.0' || address === '::' ? undefined : address;
}

function nlriOf(prefix: IpPrefix): Any {
  const { address, length } = splitPrefix(prefix);
  return anyPack(IPAddressPrefixSchema, create(IPAddressPrefixSchema, { prefix: address, prefixLen: length }));
}

/** IPv6 always carries its next hop in MP_REACH_NLRI: gobgp would fill in a useless mapped address by itself. */
function nextHopOf(route: Route, nlri: Any): Any {
  if (familyOf(route.prefix) === 'IPv4')
    return anyPack(NextHopAttributeSchema, create(NextHopAttributeSchema, { nextHop: route.nextHop }));
  const reach = { family: { afi: AFI.IPv6, safi: SAFI_UNICAST }, nextHops: [route.nextHop], nlris: [nlri] };
  return anyPack(MpReachNLRIAttributeSchema, create(MpReachNLRIAttributeSchema, reach));
}

function optionalAttributes(route: Route): Any[] {
  const { communities, localPreference, hiddenFrom } = route;
  const attributes: Any[] = [];
  if (localPreference !== undefined)
    attributes.push(
      anyPack(LocalPrefAttributeSchema, create(LocalPrefAttributeSchema, { localPref: localPreference })),
    );
  if (communities.length > 0)
    attributes.push(
      anyPack(CommunitiesAttributeSchema, create(CommunitiesAttributeSchema, { communities: [...communities] })),
    );
  if (hiddenFrom.length > 0)
    attributes.push(
      anyPack(
        LargeCommunitiesAttributeSchema,
        create(LargeCommunitiesAttributeSchema, { communities: hiddenFrom.map(hiddenMark) }),
      ),
    );
  return attributes;
}

function readNextHop(path: Path): IpAddress | undefined {
  const reach = attribute(path, MpReachNLRIAttributeSchema);
  return parseIpAddress(reach?.nextHops[0] ?? attribute(path, NextHopAttributeSchema)?.nextHop ?? '');
}

function readHiddenFrom(path: Path, peers: readonly IpAddress[]): readonly IpAddress[] {
  const marks = attribute(path, LargeCommunitiesAttributeSchema)?.communities ?? [];
  return peers.filter((peer) => {
    const wanted = hiddenMark(peer);
    return marks.some(
      (mark) =>
        mark.globalAdmin === HIDDEN_MARK_ADMIN &&
        mark.localData1 === wanted.localData1 &&
        mark.localData2 === wanted.localData2,
    );
  });
}

function attribute<D extends DescMessage>(path: Path, schema: D): MessageShape<D> | undefined {
  for (const packed of path.pattrs) {
    const message = anyUnpack(packed, schema);
    if (message !== undefined) return message;
  }
  return undefined;
}
