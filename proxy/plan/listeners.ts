// Which sockets have to be opened, changed or closed so that those are open that the table wants.
import type { IpAddress } from '../../net/address.ts';
import { compareText } from './compare-text.ts';
import type { RoutingTable } from './routing-table.ts';

/** One listening socket: what it is bound to, and what is spoken on it. */
export interface Socket {
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
}

/** `address port`: what a socket is known by. */
export type SocketKey = string & { readonly __brand: 'SocketKey' };

/** `update`: the socket stays open and speaks another protocol to new connections. */
export type ListenerChange =
  | { readonly kind: 'open'; readonly socket: Socket }
  | { readonly kind: 'update'; readonly socket: Socket }
  | { readonly kind: 'drain'; readonly socket: Socket };

export function socketKey({ address, port }: Pick<Socket, 'address' | 'port'>): SocketKey {
  return `${address} ${port}` as SocketKey;
}

/** The sockets that a table needs. */
export function wantedSockets(table: RoutingTable): readonly Socket[] {
  return table.ports.map(({ address, port, protocol }) => ({ address, port, protocol }));
}

/** The difference and nothing else, sorted: first what opens, then what changes, then what drains. */
export function diffListeners(open: readonly Socket[], wanted: readonly Socket[]): readonly ListenerChange[] {
  const byKey = new Map(open.map((socket) => [socketKey(socket), socket]));
  const wantedKeys = new Set(wanted.map(socketKey));
  const opened = wanted.filter((socket) => !byKey.has(socketKey(socket)));
  const updated = wanted.filter((socket) => {
    const before = byKey.get(socketKey(socket));
    return before !== undefined && before.protocol !== socket.protocol;
  });
  const drained = open.filter((socket) => !wantedKeys.has(socketKey(socket)));
  return [
    ...opened.toSorted(compareSockets).map((socket) => ({ kind: 'open', socket }) as const),
    ...updated.toSorted(compareSockets).map((socket) => ({ kind: 'update', socket }) as const),
    ...drained.toSorted(compareSockets).map((socket) => ({ kind: 'drain', socket }) as const),
  ];
}

function compareSockets(a: Socket, b: Socket): number {
  return compareText(a.address, b.address) || a.port - b.port;
}
