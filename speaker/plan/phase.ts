// Into service and out of it without a lost connection, one phase after the other.
//
// In:  Serving, with nothing announced -> Joining (the other nodes get ready to pass stray packets on) -> Settling
//      (announced; the flows that the router has moved find their way) -> Serving. Only where others announce already.
// Out: Preparing (the other nodes get ready) -> Draining (withdrawn; connections end as their clients let them) ->
//      Drained. Taking `spec.draining` back leads in again, from anywhere.
import { isFresh } from '../../api/fairlead.ts';
import type { PhaseState, SpeakerSnapshot } from '../snapshot.ts';
import { planVerdicts } from './routes.ts';

/** How long a node on its way out waits for nodes that do not say that they are prepared, in ms. */
export const PREPARE_TIMEOUT_MS = 2000;
/** How long after the withdrawal new connections may still arrive: no sooner is the node drained, in ms. */
export const WITHDRAWN_SETTLE_MS = 1000;
/** The same wait on the way in, in ms: nobody is served by this node meanwhile. */
export const JOIN_TIMEOUT_MS = 1000;
/** How long what others say may still be about an earlier time, when they were prepared and are no more, in ms. */
export const JOIN_AT_LEAST_MS = 200;
/** How long the flows that a new next hop has moved are passed on, in ms. */
export const SETTLE_MS = 60_000;

/** The next state, and when to look again if nothing happens before (ms since the epoch). */
export interface PhasePlan {
  readonly state: PhaseState;
  readonly lookAgainAt: number | undefined;
}

export function planPhase(snapshot: SpeakerSnapshot): PhasePlan {
  const self = snapshot.nodes.find((node) => node.metadata.name === snapshot.node);
  return self?.spec.draining === true ? planWayOut(snapshot) : planWayIn(snapshot);
}

/** Where a restarted speaker takes up: the phase that it last wrote, as if it began now. */
export function resumePhase(name: PhaseState['name'] | undefined, now: number): PhaseState {
  return { name: name ?? 'Serving', since: now };
}

function planWayOut(snapshot: SpeakerSnapshot): PhasePlan {
  const { phase, now } = snapshot;
  switch (phase.name) {
    case 'Serving':
    case 'Joining':
    case 'Settling':
      return prepare({ name: 'Preparing', since: now }, snapshot);
    case 'Preparing':
      return prepare(phase, snapshot);
    case 'Draining':
      return finish(phase, snapshot);
    case 'Drained':
      return stay(phase);
    default:
      return phase.name satisfies never;
  }
}

function planWayIn(snapshot: SpeakerSnapshot): PhasePlan {
  const { phase, now } = snapshot;
  switch (phase.name) {
    case 'Serving':
      return serve(phase, snapshot);
    case 'Preparing':
    case 'Draining':
    case 'Drained':
      return serve({ name: 'Serving', since: now }, snapshot);
    case 'Joining':
      // Whatever became of it, the others stay prepared: a proxy that is gone again will be back.
      return willMoveFlows(snapshot) ? join(phase, snapshot) : settle(snapshot);
    case 'Settling':
      if (now >= phase.since + SETTLE_MS) return serve({ name: 'Serving', since: now }, snapshot);
      if (willMoveFlows(snapshot)) return join({ name: 'Joining', since: now }, snapshot);
      return { state: phase, lookAgainAt: phase.since + SETTLE_MS };
    default:
      return phase.name satisfies never;
  }
}

function serve(state: PhaseState, snapshot: SpeakerSnapshot): PhasePlan {
  return willMoveFlows(snapshot) ? join({ name: 'Joining', since: snapshot.now }, snapshot) : stay(state);
}

function join(state: PhaseState, snapshot: SpeakerSnapshot): PhasePlan {
  const earliest = state.since + JOIN_AT_LEAST_MS;
  if (snapshot.now < earliest) return { state, lookAgainAt: earliest };
  const deadline = state.since + JOIN_TIMEOUT_MS;
  return snapshot.now < deadline && !everyoneIsPrepared(snapshot) ? { state, lookAgainAt: deadline } : settle(snapshot);
}

function settle({ now }: SpeakerSnapshot): PhasePlan {
  return { state: { name: 'Settling', since: now }, lookAgainAt: now + SETTLE_MS };
}

/** Where nothing is announced there is nothing to hand over. */
function prepare(state: PhaseState, snapshot: SpeakerSnapshot): PhasePlan {
  const deadline = state.since + PREPARE_TIMEOUT_MS;
  const isReady = snapshot.announced?.length === 0 || everyoneIsPrepared(snapshot);
  if (snapshot.now < deadline && !isReady) return { state, lookAgainAt: deadline };
  return { state: { name: 'Draining', since: snapshot.now }, lookAgainAt: snapshot.now + WITHDRAWN_SETTLE_MS };
}

/** No proxy, no connections: then there is nothing to wait for. */
function finish(state: PhaseState, snapshot: SpeakerSnapshot): PhasePlan {
  const settledAt = state.since + WITHDRAWN_SETTLE_MS;
  if (snapshot.now < settledAt) return { state, lookAgainAt: settledAt };
  const connections = snapshot.served.kind === 'fresh' ? snapshot.served.report.connections : 0;
  return connections > 0 ? stay(state) : stay({ name: 'Drained', since: snapshot.now });
}

/**
 * Whether this node, which announces nothing, is about to become one more next hop of an address: then routers move
 * flows. The first to announce an address takes nobody's flows. Of a BGP daemon out of reach nothing is known yet.
 */
function willMoveFlows(snapshot: SpeakerSnapshot): boolean {
  if (snapshot.announced?.length !== 0) return false;
  const elsewhere = new Set(othersOf(snapshot).flatMap(({ status }) => status.announced.map(({ address }) => address)));
  if (elsewhere.size === 0) return false;
  const asServing = { ...snapshot, phase: { name: 'Serving', since: snapshot.now } } as const;
  return planVerdicts(asServing).some(({ kind, address }) => kind === 'announce' && elsewhere.has(address));
}

function everyoneIsPrepared(snapshot: SpeakerSnapshot): boolean {
  return othersOf(snapshot).every((node) => node.status.secondChanceFor.includes(snapshot.node));
}

/** The other nodes that live. */
function othersOf({ nodes, node: self, now }: SpeakerSnapshot): SpeakerSnapshot['nodes'] {
  return nodes.filter((node) => node.metadata.name !== self && isFresh(node, now));
}

function stay(state: PhaseState): PhasePlan {
  return { state, lookAgainAt: undefined };
}
