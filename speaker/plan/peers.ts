// Which BGPPeer objects become sessions of this node.
import type { BGPPeer } from '../../api/fairlead.ts';
import { SYSTEM_NAMESPACE } from '../../api/identity.ts';
import { selects } from '../../api/labels.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import type { IpAddress } from '../../net/address.ts';
import type { SpeakerSnapshot } from '../snapshot.ts';
import type { Peer } from './bgp.ts';

/** Why a BGPPeer is not a session here. */
export const PEER_REFUSALS = ['OtherNodes', 'SecretMissing', 'SecretUnusable', 'DuplicateAddress'] as const;
export type PeerRefusal = (typeof PEER_REFUSALS)[number];

export type PeerDecision =
  | { readonly kind: 'use'; readonly name: string; readonly peer: Peer }
  | { readonly kind: 'refuse'; readonly name: string; readonly reason: PeerRefusal; readonly message: string };

/** One decision for every BGPPeer, in the order of their names. Of two with one address the first by name wins. */
export function planPeers(snapshot: SpeakerSnapshot): readonly PeerDecision[] {
  const taken = new Map<IpAddress, string>();
  return snapshot.peers.map((object) => {
    const decision = decide(object, snapshot, taken);
    if (decision.kind === 'use') taken.set(decision.peer.address, decision.name);
    return decision;
  });
}

/** The sessions among the decisions. */
export function usedPeers(
  decisions: readonly PeerDecision[],
): readonly Extract<PeerDecision, { readonly kind: 'use' }>[] {
  return decisions.filter((decision) => decision.kind === 'use');
}

/** Whether a peer is for the node with these labels. */
export function isForNode({ spec }: BGPPeer, nodeLabels: Readonly<Record<string, string>>): boolean {
  return spec.nodeSelector === undefined || selects(spec.nodeSelector, nodeLabels);
}

function decide(object: BGPPeer, snapshot: SpeakerSnapshot, taken: ReadonlyMap<IpAddress, string>): PeerDecision {
  const { spec, metadata } = object;
  const refuse = (reason: PeerRefusal, message: string): PeerDecision => ({
    kind: 'refuse',
    name: metadata.name,
    reason,
    message,
  });
  if (!isForNode(object, snapshot.nodeLabels))
    return refuse('OtherNodes', 'its nodeSelector does not select this node');
  const owner = taken.get(spec.peerAddress);
  if (owner !== undefined)
    return refuse('DuplicateAddress', `BGPPeer ${owner} already has a session with ${spec.peerAddress}`);
  const password = readPassword(object, snapshot.secrets);
  if (password.kind === 'refuse') return refuse(password.reason, password.message);
  return { kind: 'use', name: metadata.name, peer: peerOf(object, password.text) };
}

type Password =
  | { readonly kind: 'use'; readonly text: string | undefined }
  | { readonly kind: 'refuse'; readonly reason: PeerRefusal; readonly message: string };

/** A session whose password is not at hand is not opened at all: without it, it could only fail in silence. */
function readPassword(
  peer: BGPPeer,
  secrets: ReadonlyMap<ObjectKey, { readonly data: Readonly<Record<string, string>> }>,
): Password {
  const reference = peer.spec.passwordSecretRef;
  if (reference === undefined) return { kind: 'use', text: undefined };
  const key = objectKey(reference.namespace, reference.name);
  if (reference.namespace !== SYSTEM_NAMESPACE)
    return {
      kind: 'refuse',
      reason: 'SecretMissing',
      message: `Secret ${key}: passwords of peers are read from namespace ${SYSTEM_NAMESPACE} only`,
    };
  const secret = secrets.get(key);
  if (secret === undefined) return { kind: 'refuse', reason: 'SecretMissing', message: `Secret ${key} does not exist` };
  const text = decodeBase64(secret.data[PASSWORD_FIELD] ?? '');
  if (text === undefined || text === '' || text.length > MAX_PASSWORD)
    return {
      kind: 'refuse',
      reason: 'SecretUnusable',
      message: `Secret ${key} must hold a field "${PASSWORD_FIELD}" of 1 to ${MAX_PASSWORD} characters`,
    };
  return { kind: 'use', text };
}

/** The field of a Secret of type kubernetes.io/basic-auth. */
const PASSWORD_FIELD = 'password';
/** TCP_MD5SIG_MAXKEYLEN of Linux. */
const MAX_PASSWORD = 80;

function decodeBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trimEnd();
  } catch {
    return undefined;
  }
}

function peerOf({ spec }: BGPPeer, password: string | undefined): Peer {
  return {
    address: spec.peerAddress,
    port: spec.peerPort,
    peerAsn: spec.peerASN,
    localAsn: spec.localASN,
    sourceAddress: spec.sourceAddress,
    password,
    holdTimeSeconds: spec.holdTimeSeconds,
    keepaliveSeconds: spec.keepaliveSeconds,
    connectRetrySeconds: spec.connectRetrySeconds,
    multihopTtl: spec.ebgpMultihopTtl,
  };
}
