// What a BGP engine is asked to hold, in whole desired sets, and the words in which two sets differ.
import { type IpAddress, type IpPrefix, splitPrefix } from '../../net/address.ts';

/** Who we are to our peers. One engine has one of these; a changed one means a new start. */
export interface BgpIdentity {
  readonly asn: number;
  readonly routerId: IpAddress;
  /** Where the engine accepts sessions; undefined: it only dials. */
  readonly listenPort: number | undefined;
}

/** One prefix as it is announced. Communities are RFC 1997 numbers, ascending and without repetition. */
export interface Route {
  readonly prefix: IpPrefix;
  readonly nextHop: IpAddress;
  readonly communities: readonly number[];
  readonly localPreference: number | undefined;
  /** The peers that must not hear of it, by address, ascending. */
  readonly hiddenFrom: readonly IpAddress[];
}

/** The address of a host route. */
export function addressOfRoute(route: Route): IpAddress {
  return splitPrefix(route.prefix).address;
}

/** One session that shall exist. Times in seconds. */
export interface Peer {
  readonly address: IpAddress;
  readonly port: number;
  readonly peerAsn: number;
  readonly localAsn: number;
  readonly sourceAddress: IpAddress | undefined;
  readonly password: string | undefined;
  readonly holdTimeSeconds: number;
  readonly keepaliveSeconds: number;
  readonly connectRetrySeconds: number;
  readonly multihopTtl: number | undefined;
}

/** States of RFC 4271 §8.2.2. */
export const SESSION_STATES = [
  'Unknown',
  'Idle',
  'Connect',
  'Active',
  'OpenSent',
  'OpenConfirm',
  'Established',
] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** What the engine says about one session. */
export interface Session {
  readonly address: IpAddress;
  readonly state: SessionState;
  /** UPDATE messages sent since the peer was added. */
  readonly updatesSent: number;
}

/** Everything an engine holds now. */
export interface BgpState {
  /** Undefined: the engine runs but was never started, as after a restart of its process. */
  readonly identity: BgpIdentity | undefined;
  /** Whether the engine refuses what peers announce and passes on nothing but our own routes. */
  readonly isFiltered: boolean;
  readonly routes: readonly Route[];
  readonly peers: readonly Peer[];
}

/** Everything an engine shall hold. Without a peer there is no identity, and then nothing else either. */
export type DesiredBgp = Omit<BgpState, 'isFiltered'>;

export type BgpChange =
  | { readonly kind: 'stop' }
  | { readonly kind: 'start'; readonly identity: BgpIdentity }
  | { readonly kind: 'filter' }
  | { readonly kind: 'withdraw'; readonly route: Route }
  | { readonly kind: 'announce'; readonly route: Route }
  | { readonly kind: 'remove-peer'; readonly address: IpAddress }
  | { readonly kind: 'update-peer'; readonly peer: Peer }
  | { readonly kind: 'add-peer'; readonly peer: Peer };
