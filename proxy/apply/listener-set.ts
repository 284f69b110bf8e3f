// What is open and what shall be: open before announce, withdraw before close.
import { CLOSE_GRACE_MS, type ServedAddress } from '../../api/serving-report.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Clock } from '../../runtime/clock.ts';
import { diffListeners, type SocketKey, socketKey, wantedSockets } from '../plan/listeners.ts';
import type { PortTable, RoutingTable } from '../plan/routing-table.ts';
import { openSockets, planServing, type SocketState } from '../plan/serving.ts';

/** The part of the fleet that opens and closes sockets. */
export interface SocketOpener {
  setTable(table: RoutingTable): void;
  retryFailed(): void;
  socketStates(): readonly SocketState[];
}

export interface ListenerSetOptions {
  readonly fleet: SocketOpener;
  readonly clock: Clock;
}

interface Lingering {
  readonly port: PortTable;
  readonly since: number;
}

/** How often a socket that could not be opened is tried again, in ms. */
const RETRY_MS = 1000;
/** The speaker may be announcing an address at the very moment at which it is told that it closes: hear it twice. */
const SETTLE_MS = 300;

export class ListenerSet {
  readonly #options: ListenerSetOptions;
  readonly #lingering = new Map<SocketKey, Lingering>();
  #table: RoutingTable = { ports: [] };
  #served: readonly ServedAddress[] = [];
  #announced: ReadonlySet<IpAddress> | undefined;
  #retriedAt: number;

  constructor(options: ListenerSetOptions) {
    this.#options = options;
    this.#retriedAt = options.clock.monotonic();
  }

  /**
   * The table to serve. Ports that are not in it any more are closed; but when an address goes as a whole, its ports
   * stay open with their last table until the network has been told.
   */
  setTable(table: RoutingTable): void {
    const before = new Map(this.#ports().map((port) => [socketKey(port), port]));
    this.#table = table;
    const wanted = wantedSockets(table);
    const addresses = new Set(wanted.map(({ address }) => address));
    for (const { kind, socket } of diffListeners(openSockets(this.#options.fleet.socketStates()), wanted)) {
      const port = before.get(socketKey(socket));
      if (kind !== 'drain' || addresses.has(socket.address) || port === undefined) continue;
      if (this.#lingering.has(socketKey(socket))) continue;
      this.#lingering.set(socketKey(socket), { port, since: this.#options.clock.monotonic() });
    }
    for (const [key, { port }] of this.#lingering) if (addresses.has(port.address)) this.#lingering.delete(key);
    this.#options.fleet.setTable({ ports: this.#ports() });
  }

  /** What the speaker says it announces; undefined: no speaker is there. */
  setAnnounced(addresses: readonly IpAddress[] | undefined): void {
    this.#announced = addresses === undefined ? undefined : new Set(addresses);
  }

  /** Does what time asks for: closes what has lingered enough, tries again what could not be opened. */
  tick(): void {
    const now = this.#options.clock.monotonic();
    const closable = [...this.#lingering].filter(([, lingering]) => this.#mayClose(lingering, now));
    for (const [key] of closable) this.#lingering.delete(key);
    if (closable.length > 0) this.#options.fleet.setTable({ ports: this.#ports() });
    if (now - this.#retriedAt < RETRY_MS) return;
    this.#retriedAt = now;
    this.#options.fleet.retryFailed();
  }

  /** What the speaker is to be told now. */
  served(): readonly ServedAddress[] {
    const states = this.#options.fleet.socketStates();
    this.#served = planServing({ states, wanted: wantedSockets(this.#table), reported: this.#served });
    return this.#served;
  }

  /** Is anything open that is not wanted? */
  isLingering(): boolean {
    return this.#lingering.size > 0;
  }

  #mayClose({ port, since }: Lingering, now: number): boolean {
    const waitedMs = now - since;
    const isWithdrawn = this.#announced !== undefined && !this.#announced.has(port.address);
    return waitedMs >= CLOSE_GRACE_MS || (isWithdrawn && waitedMs >= SETTLE_MS);
  }

  #ports(): readonly PortTable[] {
    return [...this.#table.ports, ...[...this.#lingering.values()].map(({ port }) => port)];
  }
}
