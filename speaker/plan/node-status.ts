import type { LBNode } from '../../api/fairlead.ts';
import { type DesiredCondition, formatTimestamp } from '../../api/meta.ts';
import type { IpAddress } from '../../net/address.ts';
import type { SpeakerSnapshot } from '../snapshot.ts';
import type { SessionState } from './bgp.ts';
import { type PeerDecision, planPeers } from './peers.ts';
import type { Verdict } from './verdict.ts';

/** How long a session may take before it counts as a fault, in ms. */
export const SESSION_ALARM_MS = 10_000;

/** A session as the engine told of it. `since` in ms since the epoch. */
export interface ObservedSession {
  readonly state: SessionState;
  readonly since: number;
}

/** What was really done, as opposed to what is wanted. */
export interface NodeFacts {
  readonly verdicts: readonly Verdict[];
  /** Addresses whose routes the engine holds. */
  readonly announced: readonly IpAddress[];
  readonly sessions: ReadonlyMap<IpAddress, ObservedSession>;
  /** Nodes on their way in or out that the kernel's rules are ready for. */
  readonly preparedFor: readonly string[];
  /** Why the BGP daemon cannot be used; undefined while it can. */
  readonly engineFault: string | undefined;
}

type NodeStatus = LBNode['status'];

/** The whole status of this node's LBNode. The status writer adds the times of the conditions. */
export type DesiredNodeStatus = Omit<NodeStatus, 'conditions'> & { readonly conditions: readonly DesiredCondition[] };

export function planNodeStatus(snapshot: SpeakerSnapshot, facts: NodeFacts): DesiredNodeStatus {
  const { served } = snapshot;
  const peers = peerStatus(snapshot, facts);
  return {
    phase: snapshot.phase.name,
    heartbeatTime: formatTimestamp(snapshot.now),
    nodeAddresses: [...snapshot.nodeAddresses],
    announced: facts.announced.map((address) => ({
      address,
      pool: snapshot.allocations.get(address)?.spec.pool ?? '',
    })),
    withheld: facts.verdicts.flatMap((verdict) =>
      verdict.kind === 'withhold'
        ? [{ address: verdict.address, reason: verdict.reason, message: verdict.message }]
        : [],
    ),
    peers,
    secondChanceFor: [...facts.preparedFor],
    ...(served.kind === 'fresh' ? { connections: served.report.connections } : {}),
    conditions: [engineCondition(facts.engineFault), sessionsCondition(snapshot, facts), proxyCondition(snapshot)],
  };
}

function peerStatus(snapshot: SpeakerSnapshot, facts: NodeFacts): NodeStatus['peers'] {
  const objects = new Map(snapshot.peers.map((peer) => [peer.metadata.name, peer.spec.peerAddress]));
  return planPeers(snapshot)
    .filter((decision) => decision.kind === 'use' || decision.reason !== 'OtherNodes')
    .map((decision) => ({
      name: decision.name,
      address: objects.get(decision.name) ?? '',
      ...sessionOf(decision, snapshot, facts),
    }));
}

function sessionOf(
  decision: PeerDecision,
  snapshot: SpeakerSnapshot,
  facts: NodeFacts,
): { readonly state: string; readonly since: string; readonly message: string } {
  if (decision.kind === 'refuse') return { state: decision.reason, since: '', message: decision.message };
  const session = facts.sessions.get(decision.peer.address);
  if (session === undefined) return { state: 'Unknown', since: '', message: facts.engineFault ?? '' };
  return {
    state: session.state,
    since: formatTimestamp(session.since),
    message: isOverdue(session, snapshot.now) ? OVERDUE : '',
  };
}

const OVERDUE =
  'not established; a wrong address, AS number or password, or a router that does not know this node, all look like this';

/** A wrong password is silent in BGP: TCP drops the segments, and the session just never comes up. */
function isOverdue(session: ObservedSession, now: number): boolean {
  return session.state !== 'Established' && now - session.since >= SESSION_ALARM_MS;
}

function engineCondition(fault: string | undefined): DesiredCondition {
  return fault === undefined
    ? { type: 'BGPEngineReady', status: 'True', reason: 'Ready', message: '' }
    : { type: 'BGPEngineReady', status: 'False', reason: 'EngineFault', message: fault };
}

function sessionsCondition(snapshot: SpeakerSnapshot, facts: NodeFacts): DesiredCondition {
  const used = planPeers(snapshot).flatMap((decision) => (decision.kind === 'use' ? [decision] : []));
  const down = used.filter(({ peer }) => facts.sessions.get(peer.address)?.state !== 'Established');
  if (used.length > 0 && down.length === 0)
    return { type: 'PeersEstablished', status: 'True', reason: 'Established', message: '' };
  if (used.length === 0)
    return { type: 'PeersEstablished', status: 'False', reason: 'NoPeer', message: 'no usable BGPPeer for this node' };
  const names = down.map(({ name }) => name).join(', ');
  return { type: 'PeersEstablished', status: 'False', reason: 'NotEstablished', message: `not established: ${names}` };
}

function proxyCondition({ served }: SpeakerSnapshot): DesiredCondition {
  return served.kind === 'fresh'
    ? { type: 'ProxyReporting', status: 'True', reason: 'Reporting', message: '' }
    : {
        type: 'ProxyReporting',
        status: 'False',
        reason: served.kind === 'stale' ? 'ReportStale' : 'NoReport',
        message: 'nothing is announced that no proxy serves',
      };
}
