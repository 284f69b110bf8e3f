// The one place where our code calls into C. A wrong prototype here is a crash, not an exception: each function has a
// test that would notice (test/runtime/koffi/libc.test.ts). Addresses and options travel as byte buffers laid out by
// their callers, so that no C structure has to be declared twice.
import { getSystemErrorMap } from 'node:util';
import koffi from 'koffi';

/** A system call that failed: `code` is the errno's name ('EPERM'), `errno` its positive number. */
export class SystemCallError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, errno: number) {
    const [code, text] = getSystemErrorMap().get(-errno) ?? [`E${errno}`, 'unknown error'];
    super(`${syscall}: ${text} (${code})`);
    this.name = 'SystemCallError';
    this.code = code;
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** Constants of Linux, the same on x86-64 and arm64. */
export const AF_UNIX = 1;
export const AF_NETLINK = 16;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const MSG_DONTWAIT = 0x40;
export const MSG_NOSIGNAL = 0x4000;
export const POLLIN = 1;

/** The functions of the C library that we use. Each throws SystemCallError where C returns -1. */
export interface Libc {
  /** Opens a socket; returns its descriptor, which the caller closes. */
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): void;
  connect(fd: number, address: Uint8Array): void;
  /** `value` is the option as the kernel wants it, mostly an int32 in host order (`int32`). */
  setsockopt(fd: number, option: { readonly level: number; readonly name: number; readonly value: Uint8Array }): void;
  send(fd: number, data: Uint8Array, flags: number): number;
  sendto(fd: number, data: Uint8Array, to: { readonly flags: number; readonly address: Uint8Array }): number;
  /** Fills `into` and returns the length; with MSG_DONTWAIT undefined when nothing is there. */
  recv(fd: number, into: Uint8Array, flags: number): number | undefined;
  /** Waits up to `timeoutMs` (blocking this thread; 0 = just look) and says whether `events` hold. */
  poll(fd: number, events: number, timeoutMs: number): boolean;
  close(fd: number): void;
}

/** An int32 in host byte order, as most socket options want it. */
export function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** Loads the C library of this process. */
export function openLibc(): Libc {
  const c = declareFunctions();
  const checked = (syscall: string, result: number): number => {
    if (result < 0) throw new SystemCallError(syscall, koffi.errno());
    return result;
  };
  return {
    socket: (domain, type, protocol) => checked('socket', c.socket(domain, type, protocol)),
    bind: (fd, address) => void checked('bind', c.bind(fd, address, address.byteLength)),
    connect: (fd, address) => void checked('connect', c.connect(fd, address, address.byteLength)),
    setsockopt: (fd, { level, name, value }) =>
      void checked('setsockopt', c.setsockopt(fd, level, name, value, value.byteLength)),
    send: (fd, data, flags) => checked('send', c.send(fd, data, data.byteLength, flags)),
    sendto: (fd, data, { flags, address }) =>
      checked('sendto', c.sendto(fd, data, data.byteLength, flags, address, address.byteLength)),
    recv: (fd, into, flags) => {
      const length = c.recv(fd, into, into.byteLength, flags);
      if (length < 0 && koffi.errno() === koffi.os.errno['EAGAIN']) return undefined;
      return checked('recv', length);
    },
    poll: (fd, events, timeoutMs) => {
      const pollfd = Buffer.alloc(8);
      pollfd.writeInt32LE(fd, 0);
      pollfd.writeInt16LE(events, 4);
      return checked('poll', c.poll(pollfd, 1, timeoutMs)) > 0 && (pollfd.readInt16LE(6) & events) !== 0;
    },
    close: (fd) => void checked('close', c.close(fd)),
  };
}

type Bytes = Uint8Array;

/** Prototypes as in the Linux manual pages; socklen_t is an unsigned int, ssize_t and size_t are 64 bits wide. */
interface Declarations {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Bytes, length: number): number;
  connect(fd: number, address: Bytes, length: number): number;
  setsockopt(...args: [fd: number, level: number, name: number, value: Bytes, length: number]): number;
  send(...args: [fd: number, data: Bytes, length: number, flags: number]): number;
  sendto(
    ...args: [fd: number, data: Bytes, length: number, flags: number, address: Bytes, addressLength: number]
  ): number;
  recv(...args: [fd: number, into: Bytes, length: number, flags: number]): number;
  poll(fds: Bytes, count: number, timeoutMs: number): number;
  close(fd: number): number;
}

function declareFunctions(): Declarations {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    bind: libc.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
    connect: libc.func('int connect(int fd, const uint8_t *address, uint32_t length)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)'),
    send: libc.func('int64_t send(int fd, const uint8_t *data, uint64_t length, int flags)'),
    sendto: libc.func(
      'int64_t sendto(int fd, const uint8_t *data, uint64_t length, int flags, const uint8_t *address, uint32_t addressLength)',
    ),
    recv: libc.func('int64_t recv(int fd, _Out_ uint8_t *into, uint64_t length, int flags)'),
    poll: libc.func('int poll(_Inout_ uint8_t *fds, uint64_t count, int timeoutMs)'),
    close: libc.func('int close(int fd)'),
  };
}
