import type { Socket } from 'node:net';
import type { Endpoint } from '../../plan/routing-table.ts';
import type { EngineListener, EngineServices, HttpEngine } from '../engine.ts';
import type { CompiledPort } from '../routing/compile-port.ts';
import { NodeListener } from './node-listener.ts';
import { UpstreamPools } from './upstream-pools.ts';

/** HTTP/1.1 on node:http, node:https and undici. */
export class NodeEngine implements HttpEngine {
  readonly #services: EngineServices;
  readonly #pools: UpstreamPools;
  readonly #openSlot: number;
  readonly #acceptedSlot: number;
  #isDraining = false;

  constructor(services: EngineServices) {
    this.#services = services;
    this.#pools = new UpstreamPools(services.settings);
    this.#openSlot = services.counters.slot('connections', {});
    this.#acceptedSlot = services.counters.slot('connections_total', {});
  }

  async open(port: CompiledPort): Promise<EngineListener> {
    const listener = new NodeListener(port, {
      services: this.#services,
      pools: this.#pools,
      isDraining: () => this.#isDraining,
      onConnection: (socket) => this.#count(socket),
    });
    await listener.listen();
    return listener;
  }

  setDraining(isDraining: boolean): void {
    this.#isDraining = isDraining;
  }

  keepOnly(endpoints: readonly Endpoint[]): void {
    this.#pools.keepOnly(endpoints);
  }

  connections(): number {
    return this.#services.counters.valueOf(this.#openSlot);
  }

  #count(socket: Socket): void {
    const { counters } = this.#services;
    counters.add(this.#openSlot);
    counters.add(this.#acceptedSlot);
    socket.once('close', () => counters.add(this.#openSlot, -1));
  }
}
