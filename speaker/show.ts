// What the debug socket shows of a pass, without anything secret.
import type { Convergence } from './converge.ts';
import type { BgpChange } from './plan/bgp.ts';

/** GET /snapshot, /plan and /changes. Values are read when asked for; null before the first pass. */
export function debugRoutes(last: () => Convergence | undefined): Readonly<Record<string, () => unknown>> {
  return {
    '/snapshot': () => showSnapshot(last()),
    '/plan': () => showPlan(last()),
    '/changes': () => last()?.changes.map((change) => ('peer' in change ? withoutPassword(change) : change)),
  };
}

function showSnapshot(convergence: Convergence | undefined): unknown {
  if (convergence === undefined) return undefined;
  const { secrets, ...snapshot } = convergence.snapshot;
  return { ...snapshot, secrets: [...secrets.keys()], isBlind: convergence.isBlind };
}

function showPlan(convergence: Convergence | undefined): unknown {
  if (convergence === undefined) return undefined;
  const { facts, desired } = convergence;
  return { ...facts, desired: desired && { ...desired, peers: desired.peers.map(hidePassword) } };
}

function withoutPassword(change: Extract<BgpChange, { readonly peer: unknown }>): unknown {
  return { ...change, peer: hidePassword(change.peer) };
}

function hidePassword<T extends { readonly password: string | undefined }>(peer: T): T {
  return { ...peer, password: peer.password === undefined ? undefined : '(secret)' };
}
