// Receives what supervised programs say by sd_notify(3). Node has no Unix datagram sockets, so they are read by the C
// library; a short timer polls them because no event loop of Node watches such a descriptor.
import { rm } from 'node:fs/promises';
import { AF_UNIX, type Libc, MSG_DONTWAIT, openLibc, SOCK_CLOEXEC, SOCK_DGRAM } from '../../runtime/koffi/libc.ts';
import { unixSocketAddress } from '../../runtime/koffi/unix-address.ts';
import { parseNotification } from '../plan/unit-state.ts';

const POLL_MS = 10;
const MAX_DATAGRAM_BYTES = 4096;

export type NotificationListener = (assignments: ReadonlyMap<string, string>) => void;

export class NotifySockets {
  readonly #listeners = new Map<number, NotificationListener>();
  readonly #buffer = Buffer.alloc(MAX_DATAGRAM_BYTES);
  #libc: Libc | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** Binds a socket at that path (replacing a stale one). Disposing the result closes it. */
  async open(path: string, listener: NotificationListener): Promise<AsyncDisposable> {
    await rm(path, { force: true });
    const libc = (this.#libc ??= openLibc());
    const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    libc.bind(fd, unixSocketAddress(path));
    this.#listeners.set(fd, listener);
    this.#timer ??= setInterval(() => this.#poll(libc), POLL_MS);
    return {
      [Symbol.asyncDispose]: async () => {
        this.#close(libc, fd);
        await rm(path, { force: true });
      },
    };
  }

  #close(libc: Libc, fd: number): void {
    this.#listeners.delete(fd);
    libc.close(fd);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #poll(libc: Libc): void {
    for (const [fd, listener] of this.#listeners) {
      for (;;) {
        const length = libc.recv(fd, this.#buffer, MSG_DONTWAIT);
        if (length === undefined) break;
        listener(parseNotification(this.#buffer.toString('utf8', 0, length)));
      }
    }
  }
}
