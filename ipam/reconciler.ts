// One pass of ipam: look, plan, carry out.
import type { World } from '../kube/world.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DebugRoutes } from '../runtime/debug-socket.ts';
import type { Logger } from '../runtime/logger.ts';
import { pause } from '../runtime/sleep.ts';
import { carryOut, type IpamEffects } from './apply/carry-out.ts';
import { observeWorld } from './observed-world.ts';
import { type IpamPlan, planIpam } from './plan/plan.ts';
import { type IpamSnapshot, takeIpamSnapshot } from './snapshot.ts';

/** An address that waits for its node to withdraw it is looked at again so often: a dead node sends no change. */
const RECHECK_MS = 1000;
/** What the server refused is tried again so often: a quota or a webhook that is mended sends no change. */
const REFUSED_MS = 5000;

export interface ReconcilerOptions {
  readonly world: World;
  readonly effects: IpamEffects;
  readonly clock: Clock;
  readonly defaultClass: boolean;
  /** Asks for another pass. */
  readonly wake: () => void;
  readonly log: Logger;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  #snapshot: IpamSnapshot | undefined;
  #plan: IpamPlan | undefined;
  readonly #rechecks = new Set<number>();
  #refused: ReadonlySet<string> = new Set();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Throws when nothing could be written; the pass is then repeated from the start. */
  async reconcile(signal: AbortSignal): Promise<void> {
    const { world, effects, clock, defaultClass, wake } = this.#options;
    this.#snapshot = takeIpamSnapshot(observeWorld(world), { now: clock.now(), defaultClass });
    this.#plan = planIpam(this.#snapshot);
    const { mustPlanAgain, refused } = await carryOut(this.#plan, effects, signal);
    if (mustPlanAgain) wake();
    if (this.#plan.allocations.waiting > 0) void this.#recheck(RECHECK_MS, signal);
    if (refused.length > 0) void this.#recheck(REFUSED_MS, signal);
    this.#tellRefused(refused);
  }

  /** One timer of a kind at a time: else each pass would bring on another, and a burst of passes would never end. */
  async #recheck(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rechecks.has(ms)) return;
    this.#rechecks.add(ms);
    await pause(ms, signal);
    this.#rechecks.delete(ms);
    this.#options.wake();
  }

  /** In the log once, not with every pass. */
  #tellRefused(refused: readonly Error[]): void {
    for (const error of refused) {
      if (!this.#refused.has(error.message)) this.#options.log.warn({ err: error }, 'the API server refused a write');
    }
    this.#refused = new Set(refused.map(({ message }) => message));
  }

  /** What the last pass saw and decided. */
  debugRoutes(): DebugRoutes {
    return {
      '/snapshot': () => this.#snapshot,
      '/plan': () => this.#plan && { decisions: this.#plan.addresses.decisions, usage: this.#plan.usage },
      '/changes': () => {
        if (this.#plan === undefined) return undefined;
        const { addresses: _addresses, usage: _usage, ...changes } = this.#plan;
        return changes;
      },
    };
  }
}
