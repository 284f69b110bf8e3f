// What is open and what shall be: open before announce, withdraw before close.
import { CLOSE_GRACE_MS, type ServedAddress } from '../../api/serving-report.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Clock } from '../../runtime/clock.ts';
import { diffListeners, type SocketKey, socketKey, wantedSockets } from '../plan/listeners.ts';
import type { PortTable, RoutingTable } from '../plan/routing-table.ts';
import { openSockets, planServing, type SocketState } from '../plan/serving.ts';

interface Lingering {
  readonly port: PortTable;
  readonly since: number;
}

/** The speaker may be announcing an address at the very moment at which it hears that it closes: believe it later. */
const SETTLE_MS = 300;

/**
 * Keeps the ports of an address that is no longer wanted, with their last rules, until the network has been told: the
 * speaker says that it does not announce the address, or CLOSE_GRACE_MS have passed.
 */
export class ListenerSet {
  readonly #clock: Clock;
  readonly #lingering = new Map<SocketKey, Lingering>();
  #wanted: RoutingTable = { ports: [] };
  #served: readonly ServedAddress[] = [];
  #announced: ReadonlySet<IpAddress> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What shall be open: the wanted ports and those that linger. */
  table(): RoutingTable {
    return { ports: [...this.#wanted.ports, ...[...this.#lingering.values()].map(({ port }) => port)] };
  }

  /** Takes over a new table. `states` says what is open now. */
  want(table: RoutingTable, states: readonly SocketState[]): void {
    const before = new Map(this.table().ports.map((port) => [socketKey(port), port]));
    const wanted = wantedSockets(table);
    const addresses = new Set(wanted.map(({ address }) => address));
    for (const { kind, socket } of diffListeners(openSockets(states), wanted)) {
      const port = before.get(socketKey(socket));
      const isOrphan = kind === 'drain' && !addresses.has(socket.address);
      if (!isOrphan || port === undefined || this.#lingering.has(socketKey(socket))) continue;
      this.#lingering.set(socketKey(socket), { port, since: this.#clock.monotonic() });
    }
    for (const [key, { port }] of this.#lingering) if (addresses.has(port.address)) this.#lingering.delete(key);
    this.#wanted = table;
  }

  /** What the speaker says it announces; undefined: no speaker is there. */
  setAnnounced(addresses: readonly IpAddress[] | undefined): void {
    this.#announced = addresses === undefined ? undefined : new Set(addresses);
  }

  /** Lets go of what has lingered long enough. True: `table()` has changed. */
  release(): boolean {
    const now = this.#clock.monotonic();
    const closable = [...this.#lingering].filter(([, lingering]) => this.#mayClose(lingering, now));
    for (const [key] of closable) this.#lingering.delete(key);
    return closable.length > 0;
  }

  /** Does anything wait for the network to be told? */
  isLingering(): boolean {
    return this.#lingering.size > 0;
  }

  /** What the speaker is to be told now. */
  served(states: readonly SocketState[]): readonly ServedAddress[] {
    this.#served = planServing({ states, wanted: wantedSockets(this.#wanted), reported: this.#served });
    return this.#served;
  }

  #mayClose({ port, since }: Lingering, now: number): boolean {
    const waitedMs = now - since;
    const isWithdrawn = this.#announced !== undefined && !this.#announced.has(port.address);
    return waitedMs >= CLOSE_GRACE_MS || (isWithdrawn && waitedMs >= SETTLE_MS);
  }
}
