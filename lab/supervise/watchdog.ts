/** Calls `onExpiry` once when it was not fed for `timeoutMs`. Sleeps until it is fed first; no time: never barks. */
export class Watchdog implements Disposable {
  readonly #timeoutMs: number | undefined;
  readonly #onExpiry: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor(timeoutMs: number | undefined, onExpiry: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onExpiry = onExpiry;
  }

  feed(): void {
    clearTimeout(this.#timer);
    if (this.#timeoutMs === undefined || this.#isDisposed) return;
    this.#timer = setTimeout(this.#onExpiry, Math.min(this.#timeoutMs, MAX_TIMER_MS));
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;
