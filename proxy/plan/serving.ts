// What the proxy of a node tells its speaker: the addresses that it serves, and those that it is about to close.
import type { ServedAddress } from '../../api/serving-report.ts';
import { compareText } from './compare-text.ts';
import { type Socket, socketKey } from './listeners.ts';

/** How it stands with a socket in all workers: `failed` until the next try succeeds. Absent: still being opened. */
export type SocketState =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'failed'; readonly socket: Socket; readonly reason: string };

export interface ServingInput {
  readonly states: readonly SocketState[];
  readonly wanted: readonly Socket[];
  /** What was reported last. */
  readonly reported: readonly ServedAddress[];
}

/**
 * Open before announce: an address is served once each of its sockets has been tried and one at least is open; from
 * then on for as long as one is, also while another is added. Withdraw before close: an address none of whose open
 * sockets is wanted is `closing` until the last of them is closed.
 */
export function planServing({ states, wanted, reported }: ServingInput): readonly ServedAddress[] {
  const tried = new Set(states.map(({ socket }) => socketKey(socket)));
  const wantedBy = Map.groupBy(wanted, ({ address }) => address);
  const openBy = Map.groupBy(openSockets(states), ({ address }) => address);
  const serving = new Set(reported.filter(({ state }) => state === 'serving').map(({ address }) => address));
  return [...openBy]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([address, open]): readonly ServedAddress[] => {
      const keys = new Set(wantedBy.get(address)?.map(socketKey));
      const served = open.filter((socket) => keys.has(socketKey(socket)));
      if (served.length === 0) return [{ address, state: 'closing', ports: portsOf(open) }];
      const isSettled = [...keys].every((key) => tried.has(key));
      return isSettled || serving.has(address) ? [{ address, state: 'serving', ports: portsOf(served) }] : [];
    });
}

/** The sockets that are open now. */
export function openSockets(states: readonly SocketState[]): readonly Socket[] {
  return states.flatMap((state) => (state.kind === 'open' ? [state.socket] : []));
}

function portsOf(sockets: readonly Socket[]): ServedAddress['ports'] {
  return sockets.map(({ port }) => ({ port, protocol: 'TCP' as const })).toSorted((a, b) => a.port - b.port);
}
