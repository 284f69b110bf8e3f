import type { SystemdNotifier } from '../runtime/systemd-notify.ts';
import type { SocketState } from './plan/serving.ts';

/** How often it is said what the start waits for, in ms. */
const REPEAT_MS = 1000;

/** Tells systemd how far the start has come: ready after the first full state is served, until then what is missing. */
export class StartReport {
  readonly #notifier: SystemdNotifier;
  readonly #waitingFor: () => string;
  #isServing = false;

  constructor(notifier: SystemdNotifier, waitingFor: () => string) {
    this.#notifier = notifier;
    this.#waitingFor = waitingFor;
  }

  /** Repeats what is missing until something is served or the signal aborts. */
  run(signal: AbortSignal): void {
    const timer = setInterval(() => {
      if (this.#isServing) clearInterval(timer);
      else this.#notifier.status(this.#waitingFor());
    }, REPEAT_MS).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** A full state is in force. */
  serving(sockets: readonly SocketState[]): void {
    if (!this.#isServing) this.#notifier.ready();
    this.#isServing = true;
    const open = sockets.filter(({ kind }) => kind === 'open').length;
    this.#notifier.status(`serving ${open} of ${sockets.length} sockets`);
  }
}
