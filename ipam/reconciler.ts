// One pass of ipam: look, plan, carry out.
import type { World } from '../kube/world.ts';
import type { Clock } from '../runtime/clock.ts';
import type { DebugRoutes } from '../runtime/debug-socket.ts';
import { pause } from '../runtime/sleep.ts';
import { carryOut, type IpamEffects } from './apply/carry-out.ts';
import { observeWorld } from './observed-world.ts';
import { type IpamPlan, planIpam } from './plan/plan.ts';
import { type IpamSnapshot, takeIpamSnapshot } from './snapshot.ts';

/** An address that waits for its node to withdraw it is looked at again so often: a dead node sends no change. */
const RECHECK_MS = 1000;

export interface ReconcilerOptions {
  readonly world: World;
  readonly effects: IpamEffects;
  readonly clock: Clock;
  readonly defaultClass: boolean;
  /** Asks for another pass. */
  readonly wake: () => void;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  #snapshot: IpamSnapshot | undefined;
  #plan: IpamPlan | undefined;
  #isRecheckDue = false;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Throws when a write failed; the pass is then repeated from the start. */
  async reconcile(signal: AbortSignal): Promise<void> {
    const { world, effects, clock, defaultClass, wake } = this.#options;
    this.#snapshot = takeIpamSnapshot(observeWorld(world), { now: clock.now(), defaultClass });
    this.#plan = planIpam(this.#snapshot);
    const { mustPlanAgain } = await carryOut(this.#plan, effects, signal);
    if (mustPlanAgain) wake();
    if (this.#plan.allocations.waiting > 0) this.#recheck(signal);
  }

  /** One timer at a time: else each pass would bring on another, and a burst of passes would never end. */
  #recheck(signal: AbortSignal): void {
    if (this.#isRecheckDue) return;
    this.#isRecheckDue = true;
    void pause(RECHECK_MS, signal).then(() => {
      this.#isRecheckDue = false;
      this.#options.wake();
    });
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
