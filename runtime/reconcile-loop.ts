// The one loop of a program: many wake-ups, one batch at a time.
import { backoff } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { pause } from './sleep.ts';

export interface ReconcileLoopOptions {
  /** One pass over the whole world. May throw: the pass is repeated after a backoff. */
  readonly reconcile: (signal: AbortSignal) => Promise<void>;
  /** How long to let wake-ups gather before a pass. */
  readonly settleMs: number;
  /** Told of each failed pass, `attempt` counting from 0. */
  readonly onError: (error: unknown, attempt: number) => void;
  readonly clock?: Clock;
  /** The longest pause between failing passes. */
  readonly maxBackoffMs?: number;
}

/**
 * Runs `reconcile` after each wake-up, never twice at a time. Wake-ups before, while settling and while a pass runs are
 * coalesced into one following pass. A failed pass is repeated with backoff; wake-ups do not shorten the backoff.
 */
export class ReconcileLoop {
  readonly #options: Required<ReconcileLoopOptions>;
  #isWoken = false;
  #wakeSleeper: (() => void) | undefined;
  #passStartedAt: number | undefined;

  constructor(options: ReconcileLoopOptions) {
    this.#options = { clock: systemClock, maxBackoffMs: 5000, ...options };
  }

  /** Asks for a pass. Cheap; may be called from anywhere, also before `run`. */
  wake(): void {
    this.#isWoken = true;
    this.#wakeSleeper?.();
  }

  /** How long the present pass has been running, 0 when none is: a watchdog's question. */
  busyMs(): number {
    return this.#passStartedAt === undefined ? 0 : this.#options.clock.monotonic() - this.#passStartedAt;
  }

  /** Resolves when the signal aborts, after the pass in flight has ended. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { settleMs, maxBackoffMs, onError } = this.#options;
    for (let failures = 0; !signal.aborted; ) {
      if (failures === 0) await this.#untilWoken(signal);
      await pause(failures === 0 ? settleMs : backoff(failures - 1, { maxMs: maxBackoffMs }), signal);
      if (signal.aborted) return;
      try {
        await this.#pass(signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        onError(error, failures++);
      }
    }
  }

  async #pass(signal: AbortSignal): Promise<void> {
    this.#isWoken = false;
    this.#passStartedAt = this.#options.clock.monotonic();
    try {
      await this.#options.reconcile(signal);
    } finally {
      this.#passStartedAt = undefined;
    }
  }

  async #untilWoken(signal: AbortSignal): Promise<void> {
    if (this.#isWoken || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakeSleeper = resolve;
    const stop = (): void => resolve();
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    this.#wakeSleeper = undefined;
    signal.removeEventListener('abort', stop);
  }
}
