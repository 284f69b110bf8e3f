export interface Shutdown extends Disposable {
  /** Aborts when the program shall end: by signal, or because the caller's own signal aborted. */
  readonly signal: AbortSignal;
  /** What asked for the end ('SIGTERM', 'SIGINT', 'caller'), undefined while nothing has. */
  readonly reason: string | undefined;
}

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Turns SIGTERM, SIGINT and an optional outer signal into one AbortSignal. A second SIGTERM or SIGINT ends the process
 * at once with 128 + its number, for the person who will not wait. Dispose it to give the signals back.
 */
export function untilShutdown(outer?: AbortSignal): Shutdown {
  const controller = new AbortController();
  let reason: string | undefined;
  const end = (why: string): void => {
    reason ??= why;
    controller.abort(new Error(`shutting down (${why})`));
  };
  const onSignal = (name: keyof typeof SIGNAL_NUMBERS): void => {
    if (controller.signal.aborted) process.exit(128 + SIGNAL_NUMBERS[name]);
    end(name);
  };
  const onOuter = (): void => end('caller');
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    [Symbol.dispose]() {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}
