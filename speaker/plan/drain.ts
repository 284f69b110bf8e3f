// The way out of service without a lost connection, one phase after the other:
// Serving -> Preparing (the other nodes get ready to pass our packets on to us) -> Draining (withdrawn; connections
// end as their clients let them) -> Drained. Taking `spec.draining` back returns to Serving from anywhere.
import { isFresh } from '../../api/fairlead.ts';
import type { DrainState, SpeakerSnapshot } from '../snapshot.ts';

/** How long to wait for nodes that do not say that they are prepared, in ms. */
export const PREPARE_TIMEOUT_MS = 2000;
/** How long after the withdrawal new connections may still arrive: no sooner is the node drained, in ms. */
export const WITHDRAWN_SETTLE_MS = 1000;

/** The next state, and when to look again if nothing happens before (ms since the epoch). */
export interface DrainPlan {
  readonly state: DrainState;
  readonly lookAgainAt: number | undefined;
}

export function planDrain(snapshot: SpeakerSnapshot): DrainPlan {
  const { drain, now } = snapshot;
  const isAsked = snapshot.nodes.find((node) => node.metadata.name === snapshot.node)?.spec.draining ?? false;
  if (!isAsked) return stay(drain.phase === 'Serving' ? drain : { phase: 'Serving', since: now });
  switch (drain.phase) {
    case 'Serving':
      return prepare({ phase: 'Preparing', since: now }, snapshot);
    case 'Preparing':
      return prepare(drain, snapshot);
    case 'Draining':
      return finish(drain, snapshot);
    case 'Drained':
      return stay(drain);
    default:
      return drain.phase satisfies never;
  }
}

/** Where a restarted speaker takes up: the phase that it last wrote, as if it began now. */
export function resumeDrain(phase: DrainState['phase'] | undefined, now: number): DrainState {
  return { phase: phase ?? 'Serving', since: now };
}

function prepare(state: DrainState, snapshot: SpeakerSnapshot): DrainPlan {
  const deadline = state.since + PREPARE_TIMEOUT_MS;
  if (snapshot.now < deadline && !everyoneIsPrepared(snapshot)) return { state, lookAgainAt: deadline };
  const draining: DrainState = { phase: 'Draining', since: snapshot.now };
  return { state: draining, lookAgainAt: snapshot.now + WITHDRAWN_SETTLE_MS };
}

/** No proxy, no connections: then there is nothing to wait for. */
function finish(state: DrainState, snapshot: SpeakerSnapshot): DrainPlan {
  const settledAt = state.since + WITHDRAWN_SETTLE_MS;
  if (snapshot.now < settledAt) return { state, lookAgainAt: settledAt };
  const connections = snapshot.served.kind === 'fresh' ? snapshot.served.report.connections : 0;
  return connections > 0 ? stay(state) : stay({ phase: 'Drained', since: snapshot.now });
}

function everyoneIsPrepared(snapshot: SpeakerSnapshot): boolean {
  return snapshot.nodes
    .filter((node) => node.metadata.name !== snapshot.node && isFresh(node, snapshot.now))
    .every((node) => node.status.secondChanceFor.includes(snapshot.node));
}

function stay(state: DrainState): DrainPlan {
  return { state, lookAgainAt: undefined };
}
