// One pass of the speaker: snapshot -> plan -> take back -> prepare the kernel -> announce -> tell.

import type { IpAddress, IpPrefix } from '../net/address.ts';
import { backoff } from '../runtime/backoff.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EngineSession } from './apply/engine-session.ts';
import type { Kernel } from './apply/kernel.ts';
import type { NodeAddresses } from './apply/node-addresses.ts';
import type { ServingReportReader } from './apply/serving-report-reader.ts';
import { addressOfRoute, type BgpChange, type DesiredBgp, type Route } from './plan/bgp.ts';
import { planGuard, planSecondChance, type SecondChance } from './plan/guard.ts';
import {
  type AddressChange,
  nextExpiry,
  planLocalAddresses,
  planLocalAddressesBlindly,
} from './plan/local-addresses.ts';
import type { NodeFacts } from './plan/node-status.ts';
import { planPhase, resumePhase } from './plan/phase.ts';
import { planBgp, planBgpBlindly, planVerdicts } from './plan/routes.ts';
import type { Verdict } from './plan/verdict.ts';
import {
  type HeldAddress,
  type PhaseState,
  type SpeakerObjects,
  type SpeakerSnapshot,
  takeSpeakerSnapshot,
} from './snapshot.ts';

/** What can fail on its own. */
export type Effect = 'engine' | 'kernel';

export interface ConvergerOptions {
  /** The objects, or undefined while the API server has not told all of them yet. */
  readonly objects: () => SpeakerObjects | undefined;
  readonly nodeAddresses: NodeAddresses;
  readonly node: string;
  readonly routerId: IpAddress | undefined;
  readonly listenPort: number | undefined;
  readonly engine: EngineSession;
  readonly kernel: Kernel;
  readonly reader: ServingReportReader;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks for another pass. */
  readonly wake: () => void;
}

/** What the last pass saw, wanted and did: for the status writer, the metrics and the debug socket. */
export interface Convergence {
  readonly snapshot: SpeakerSnapshot;
  readonly facts: NodeFacts;
  readonly desired: DesiredBgp | undefined;
  readonly changes: readonly (BgpChange | AddressChange)[];
  readonly isBlind: boolean;
}

const NO_OBJECTS: SpeakerObjects = { allocations: [], peers: [], advertisements: [], nodes: [], secrets: [] };
const RETRY = { firstMs: 100, maxMs: 2000 } as const;

/**
 * Effects fail one by one: a pass always ends, and a failed effect asks for the next pass itself, with backoff. So a
 * BGP daemon that is away never delays the kernel, and a kernel that refuses never delays a withdrawal.
 */
export class Converger {
  /** Failed effects since the start, by what failed. */
  readonly errors: Map<Effect, number> = new Map();
  readonly #options: ConvergerOptions;
  #phase: PhaseState | undefined;
  #held: readonly HeldAddress[] | undefined;
  /** Routes that were found at a start without API server. */
  readonly #lastGood = new Map<IpPrefix, Route>();
  #preparedFor: readonly string[] = [];
  #failedPasses = 0;
  #alarm: NodeJS.Timeout | undefined;
  #last: Convergence | undefined;

  constructor(options: ConvergerOptions) {
    this.#options = options;
  }

  /** What the last pass saw and did; undefined before the first. */
  get last(): Convergence | undefined {
    return this.#last;
  }

  /** One pass. Rejects only when the signal aborts. */
  async converge(signal: AbortSignal): Promise<void> {
    const { engine, kernel } = this.#options;
    const effects = new Effects(signal);
    const objects = this.#options.objects();
    await effects.try('engine', () => engine.refresh(peerAddressesOf(objects), signal));
    await effects.try('kernel', () => kernel.refresh(signal));
    const { snapshot, lookAgainAt } = await this.#look(objects);
    const plan = this.#plan(snapshot, objects === undefined);
    this.#held = plan.held;
    const took = await effects.try('engine', () => (plan.bgp === undefined ? [] : engine.retreat(plan.bgp, signal)));
    const added = await effects.try('kernel', () => this.#prepareKernel(plan, signal));
    const canAnnounce = took !== undefined && added !== undefined;
    const gave = await effects.try('engine', () =>
      plan.bgp !== undefined && canAnnounce ? engine.advance(plan.bgp, signal) : [],
    );
    const facts = this.#tell(snapshot, plan);
    const removed = await effects.try('kernel', () => kernel.cleanUp(plan.held.map(({ address }) => address)));
    const changes = [...(took ?? []), ...(added ?? []), ...(gave ?? []), ...(removed ?? [])];
    for (const change of changes) this.#options.log.info(describeChange(change), 'change');
    this.#last = { snapshot, facts, desired: plan.bgp, changes, isBlind: objects === undefined };
    this.#wakeAt([lookAgainAt, nextExpiry(plan.held), this.#report(effects.failed)]);
  }

  /** No further pass is asked for. */
  stop(): void {
    clearTimeout(this.#alarm);
  }

  async #look(objects: SpeakerObjects | undefined): Promise<Looked> {
    const { node, routerId, listenPort, reader, clock, kernel, engine } = this.#options;
    const now = clock.now();
    const known = objects ?? NO_OBJECTS;
    const own = known.nodes.find(({ metadata }) => metadata.name === node);
    const before = this.#phase ?? resumePhase(own?.status.phase, now);
    const snapshot = takeSpeakerSnapshot(known, {
      node,
      nodeAddresses: await this.#options.nodeAddresses.towards(known.peers, own?.metadata.labels ?? {}),
      routerId,
      listenPort,
      served: reader.served(),
      phase: before,
      announced: engine.state?.routes.map(addressOfRoute),
      held: this.#held ?? kernel.addresses.map((address) => ({ address, ports: [], until: undefined })),
      now,
    });
    if (objects === undefined) return { snapshot, lookAgainAt: undefined };
    const { state, lookAgainAt } = planPhase(snapshot);
    if (state.name !== before.name) this.#options.log.info({ phase: state.name }, 'node phase');
    this.#phase = state;
    return { snapshot: { ...snapshot, phase: state }, lookAgainAt };
  }

  #plan(snapshot: SpeakerSnapshot, isBlind: boolean): Plan {
    const { state } = this.#options.engine;
    const chance = planSecondChance(snapshot);
    if (isBlind) {
      for (const route of state?.routes ?? []) this.#lastGood.set(route.prefix, route);
      const routes = [...this.#lastGood.values()];
      const held = planLocalAddressesBlindly(snapshot, routes.map(addressOfRoute));
      return { verdicts: [], held, chance, bgp: state && planBgpBlindly(snapshot, { ...state, routes }) };
    }
    this.#lastGood.clear();
    const verdicts = planVerdicts(snapshot);
    const bgp = state && planBgp(snapshot, verdicts, state.identity);
    return { verdicts, held: planLocalAddresses(snapshot), chance, bgp };
  }

  async #prepareKernel({ held, chance }: Plan, signal: AbortSignal): Promise<readonly AddressChange[]> {
    const addresses = held.map(({ address }) => address);
    const changes = await this.#options.kernel.prepare(addresses, planGuard(held, chance), signal);
    this.#preparedFor = chance.forNodes;
    return changes;
  }

  /** The proxy hears at once; the LBNode is written from these facts. */
  #tell(snapshot: SpeakerSnapshot, { verdicts }: Plan): NodeFacts {
    const { engine, reader } = this.#options;
    const { name: phase } = snapshot.phase;
    const announced = engine.routes.map(addressOfRoute).toSorted();
    reader.announce(announced, { draining: phase === 'Draining' || phase === 'Drained' });
    return {
      verdicts,
      announced,
      sessions: engine.sessions,
      preparedFor: this.#preparedFor,
      engineFault: engine.fault,
    };
  }

  /** Counts and logs; returns when to try again (ms since the epoch), undefined when nothing failed. */
  #report(failed: readonly FailedEffect[]): number | undefined {
    const { log, clock } = this.#options;
    for (const { effect, reason } of failed) {
      this.errors.set(effect, (this.errors.get(effect) ?? 0) + 1);
      log[this.#failedPasses === 0 ? 'warn' : 'debug']({ effect, reason }, 'effect failed; trying again');
    }
    if (failed.length > 0) return clock.now() + backoff(this.#failedPasses++, RETRY);
    if (this.#failedPasses > 0) log.info({ passes: this.#failedPasses }, 'all effects work again');
    this.#failedPasses = 0;
    return undefined;
  }

  #wakeAt(times: readonly (number | undefined)[]): void {
    clearTimeout(this.#alarm);
    const earliest = Math.min(...times.flatMap((time) => time ?? []));
    if (earliest === Number.POSITIVE_INFINITY) return;
    this.#alarm = setTimeout(this.#options.wake, Math.max(0, earliest - this.#options.clock.now()));
  }
}

interface Looked {
  readonly snapshot: SpeakerSnapshot;
  readonly lookAgainAt: number | undefined;
}

interface Plan {
  readonly verdicts: readonly Verdict[];
  readonly held: readonly HeldAddress[];
  readonly chance: SecondChance;
  /** Undefined while the daemon is out of reach: there is nothing to compare with. */
  readonly bgp: DesiredBgp | undefined;
}

interface FailedEffect {
  readonly effect: Effect;
  readonly reason: string;
}

/** Runs effects one after the other and remembers those that failed, so that the pass goes on. */
class Effects {
  readonly failed: FailedEffect[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The result, or undefined when the action failed. Rejects only when the signal aborts. */
  async try<T>(effect: Effect, action: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      this.#signal.throwIfAborted();
      this.failed.push({ effect, reason: Error.isError(error) ? error.message : String(error) });
      return undefined;
    }
  }
}

function peerAddressesOf(objects: SpeakerObjects | undefined): readonly IpAddress[] {
  return objects?.peers.map(({ spec }) => spec.peerAddress) ?? [];
}

function describeChange(change: BgpChange | AddressChange): Readonly<Record<string, unknown>> {
  switch (change.kind) {
    case 'announce':
    case 'withdraw':
      return { change: change.kind, prefix: change.route.prefix };
    case 'add-peer':
    case 'update-peer':
      return { change: change.kind, peer: change.peer.address };
    case 'remove-peer':
      return { change: change.kind, peer: change.address };
    case 'add':
    case 'remove':
      return { change: `${change.kind}-address`, address: change.address };
    case 'start':
      return { change: change.kind, asn: change.identity.asn, routerId: change.identity.routerId };
    case 'stop':
    case 'filter':
      return { change: change.kind };
    default:
      return change satisfies never;
  }
}
