// What systemd is told about this process: sd_notify(3) and sd_watchdog_enabled(3), without libsystemd.
import { AF_UNIX, type Libc, MSG_DONTWAIT, MSG_NOSIGNAL, openLibc, SOCK_CLOEXEC, SOCK_DGRAM } from './koffi/libc.ts';
import { unixSocketAddress } from './koffi/unix-address.ts';

export interface SystemdNotifierOptions {
  /** Where messages go: a path, or `@name` for an abstract socket. Undefined: nobody listens, every call is a no-op. */
  readonly socket: string | undefined;
  /** How long systemd waits for a sign of life; undefined when it does not watch this process. */
  readonly watchdogUsec: number | undefined;
  /** Told when a message could not be sent; the program goes on. */
  readonly onError?: (error: unknown) => void;
}

export class SystemdNotifier {
  readonly #options: SystemdNotifierOptions;
  #libc: Libc | undefined;

  constructor(options: SystemdNotifierOptions) {
    this.#options = options;
  }

  /**
   * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. A watchdog that is meant for another process (WATCHDOG_PID is
   * not `pid`) is left alone.
   */
  static fromEnvironment(
    env: Readonly<Record<string, string | undefined>>,
    options: { readonly pid?: number; readonly onError?: (error: unknown) => void } = {},
  ): SystemdNotifier {
    const { pid = process.pid, onError = () => {} } = options;
    const usec = Number(env['WATCHDOG_USEC']);
    const isForUs = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid;
    return new SystemdNotifier({
      socket: env['NOTIFY_SOCKET'] === '' ? undefined : env['NOTIFY_SOCKET'],
      watchdogUsec: usec > 0 && isForUs ? usec : undefined,
      onError,
    });
  }

  /** Start-up (or a reload) is complete. */
  ready(): void {
    this.#send('READY=1');
  }

  /** One line for `systemctl status`. */
  status(text: string): void {
    this.#send(`STATUS=${text.replaceAll('\n', ' ')}`);
  }

  stopping(): void {
    this.#send('STOPPING=1');
  }

  /** A reload begins; `ready()` ends it. The time stamp is CLOCK_MONOTONIC, as Type=notify-reload demands. */
  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /**
   * Sends WATCHDOG=1 at half of the watchdog's time until the signal aborts. The timer lives on the event loop, so a
   * loop that hangs falls silent and is restarted; so does a program whose `isHealthy` says no.
   */
  start(signal: AbortSignal, isHealthy: () => boolean = () => true): void {
    const { watchdogUsec } = this.#options;
    if (watchdogUsec === undefined || signal.aborted) return;
    const beat = (): void => {
      if (isHealthy()) this.#send('WATCHDOG=1');
    };
    beat();
    const timer = setInterval(beat, watchdogUsec / 1000 / 2).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  #send(message: string): void {
    const { socket, onError } = this.#options;
    if (socket === undefined) return;
    try {
      this.#libc ??= openLibc();
      sendDatagram(this.#libc, socket, message);
    } catch (error) {
      onError?.(error);
    }
  }
}

/** A fresh socket for each message: systemd may have been re-executed since the last one. */
function sendDatagram(libc: Libc, to: string, message: string): void {
  const address = unixSocketAddress(to);
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    libc.sendto(fd, Buffer.from(message), { flags: MSG_DONTWAIT | MSG_NOSIGNAL, address });
  } finally {
    libc.close(fd);
  }
}
