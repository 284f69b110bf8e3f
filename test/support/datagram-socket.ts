// A unix datagram socket as systemd has one, to read what a program tells it.
import { AF_UNIX, MSG_DONTWAIT, openLibc, SOCK_CLOEXEC, SOCK_DGRAM } from '../../runtime/koffi/libc.ts';
import { unixSocketAddress } from '../../runtime/koffi/unix-address.ts';

export interface DatagramSocket extends Disposable {
  /** The datagrams that came since the last call, oldest first. */
  take(): readonly string[];
}

/** Binds a path, or an abstract name when it begins with `@`. */
export function openDatagramSocket(name: string): DatagramSocket {
  const libc = openLibc();
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  libc.bind(fd, unixSocketAddress(name));
  const buffer = Buffer.alloc(4096);
  return {
    take() {
      const datagrams: string[] = [];
      for (let length = libc.recv(fd, buffer, MSG_DONTWAIT); length !== undefined; ) {
        datagrams.push(buffer.toString('utf8', 0, length));
        length = libc.recv(fd, buffer, MSG_DONTWAIT);
      }
      return datagrams;
    },
    [Symbol.dispose]: () => libc.close(fd),
  };
}
