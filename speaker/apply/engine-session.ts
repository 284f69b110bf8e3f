// One BGP daemon over its comings and goings: connects, knows what it holds, and starts over when it was away.
import type { IpAddress } from '../../net/address.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { BgpChange, BgpState, DesiredBgp, Route, Session } from '../plan/bgp.ts';
import { diffBgp, isRetreat, stateAfter } from '../plan/diff-bgp.ts';
import type { ObservedSession } from '../plan/node-status.ts';
import { BgpEngineError } from './bgp-engine.ts';
import type { GobgpConnection } from './gobgp/connect.ts';

export interface EngineSessionOptions {
  readonly connect: (signal: AbortSignal) => Promise<GobgpConnection>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when a session changed its state or the daemon went away. */
  readonly onChange: () => void;
}

/** How long what was applied is trusted before it is asked for again, in ms. */
const REOBSERVE_MS = 30_000;
/** How long a daemon may be silent before it is asked whether it lives, in ms. */
const PING_MS = 4000;

/** A scrape shall not wait longer for the daemon, in ms. */
const COUNTERS_TIMEOUT_MS = 1000;

export class EngineSession implements Disposable {
  readonly #options: EngineSessionOptions;
  readonly #lifetime = new AbortController();
  readonly #sessions = new Map<IpAddress, ObservedSession>();
  #connection: GobgpConnection | undefined;
  #state: BgpState | undefined;
  #routes: readonly Route[] = [];
  #observedAt = 0;
  #heardAt = 0;
  #fault: string | undefined = 'not connected yet';

  constructor(options: EngineSessionOptions) {
    this.#options = options;
  }

  /** What the daemon holds as far as we know; undefined while it is out of reach. */
  get state(): BgpState | undefined {
    return this.#state;
  }

  /**
   * The routes that the network may have heard of. After a refusal these are all that were known or asked for, until
   * the daemon has been asked again; none while it is out of reach.
   */
  get routes(): readonly Route[] {
    return this.#routes;
  }

  /** Why the daemon cannot be used; undefined while it can. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get sessions(): ReadonlyMap<IpAddress, ObservedSession> {
    return this.#sessions;
  }

  /** Sessions with their counters, freshly asked for; none while the daemon is out of reach. */
  async counters(): Promise<readonly Session[]> {
    const signal = AbortSignal.any([this.#lifetime.signal, AbortSignal.timeout(COUNTERS_TIMEOUT_MS)]);
    return (await this.#connection?.engine.sessions(signal).catch(() => [])) ?? [];
  }

  /** Connects when needed and asks when what is known is old. Throws BgpEngineError when the daemon is out of reach. */
  async refresh(peers: readonly IpAddress[], signal: AbortSignal): Promise<BgpState> {
    const now = this.#options.clock.monotonic();
    const known = now - this.#observedAt < REOBSERVE_MS ? this.#state : undefined;
    if (known !== undefined && now - this.#heardAt < PING_MS) return known;
    return this.#guarded(async () => {
      const { engine } = await this.#connected(signal);
      if (known !== undefined) {
        await engine.ping(signal);
        this.#heardAt = now;
        return known;
      }
      this.#state = await engine.observe(peers, signal);
      this.#routes = this.#state.routes;
      this.#observedAt = now;
      this.#heardAt = now;
      this.#fault = undefined;
      return this.#state;
    });
  }

  /** Takes back what is no longer wanted, and nothing else. Returns what was done. */
  async retreat(desired: DesiredBgp, signal: AbortSignal): Promise<readonly BgpChange[]> {
    const { state } = this;
    if (state?.identity === undefined || desired.identity === undefined) return [];
    const changes = diffBgp(state, desired).filter(isRetreat);
    if (changes.length === 0) return [];
    await this.#apply(changes, signal);
    const gone = new Set(changes.map((change) => (change.kind === 'withdraw' ? change.route.prefix : undefined)));
    const removed = new Set(changes.map((change) => (change.kind === 'remove-peer' ? change.address : undefined)));
    this.#state = {
      ...state,
      routes: state.routes.filter(({ prefix }) => !gone.has(prefix)),
      peers: state.peers.filter(({ address }) => !removed.has(address)),
    };
    this.#routes = this.#state.routes;
    return changes;
  }

  /** Makes the daemon hold exactly what is desired. Returns what was done. */
  async advance(desired: DesiredBgp, signal: AbortSignal): Promise<readonly BgpChange[]> {
    if (this.#state === undefined) return [];
    const changes = diffBgp(this.#state, desired);
    if (changes.length === 0) return [];
    this.#routes = [...new Map([...this.#routes, ...desired.routes].map((route) => [route.prefix, route])).values()];
    await this.#apply(changes, signal);
    this.#routes = desired.routes;
    this.#state = stateAfter(this.#state, desired);
    this.#forgetSessionsExcept(desired.peers.map(({ address }) => address));
    return changes;
  }

  [Symbol.dispose](): void {
    this.#lifetime.abort(new Error('engine session disposed'));
    this.#connection?.[Symbol.dispose]();
  }

  async #apply(changes: readonly BgpChange[], signal: AbortSignal): Promise<void> {
    await this.#guarded(async () => (await this.#connected(signal)).engine.apply(changes, signal));
  }

  async #connected(signal: AbortSignal): Promise<GobgpConnection> {
    if (this.#connection !== undefined) return this.#connection;
    const connection = await this.#options.connect(signal);
    this.#connection = connection;
    this.#options.log.info({ engine: connection.engine.name }, 'connected to the BGP daemon');
    void this.#watch(connection);
    return connection;
  }

  /** After an error nothing is known any more; after a lost connection, not even the connection is kept. */
  async #guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      this.#forget(error instanceof BgpEngineError ? error : new BgpEngineError('Unreachable', String(error)));
      throw error;
    }
  }

  #forget(error: BgpEngineError): void {
    this.#fault = error.message;
    this.#state = undefined;
    if (error.code === 'Refused') return;
    this.#routes = [];
    this.#connection?.[Symbol.dispose]();
    this.#connection = undefined;
    this.#sessions.clear();
  }

  async #watch(connection: GobgpConnection): Promise<void> {
    try {
      await connection.engine.watch((session) => this.#note(session), this.#lifetime.signal);
    } catch (error) {
      if (this.#lifetime.signal.aborted || this.#connection !== connection) return;
      this.#options.log.warn({ reason: String(error) }, 'the BGP daemon went away');
      this.#forget(error instanceof BgpEngineError ? error : new BgpEngineError('Unreachable', String(error)));
      this.#options.onChange();
    }
  }

  #note({ address, state }: Session): void {
    const before = this.#sessions.get(address);
    // Between Idle, Connect and Active a session that cannot come up wanders for ever: its clock must not start anew.
    const isStillDown = before !== undefined && before.state !== 'Established' && state !== 'Established';
    this.#sessions.set(address, { state, since: isStillDown ? before.since : this.#options.clock.now() });
    if (isStillDown) return;
    this.#options.log.info({ peer: address, state }, 'BGP session');
    this.#options.onChange();
  }

  #forgetSessionsExcept(peers: readonly IpAddress[]): void {
    for (const address of this.#sessions.keys()) if (!peers.includes(address)) this.#sessions.delete(address);
  }
}
