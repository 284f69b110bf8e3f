import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  AF_NETLINK,
  AF_UNIX,
  int32,
  MSG_DONTWAIT,
  openLibc,
  POLLIN,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
} from '../../../runtime/koffi/libc.ts';
import { unixSocketAddress } from '../../../runtime/koffi/unix-address.ts';

const libc = openLibc();

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('the C library', () => {
  test('carries a datagram from one socket to another, whole and unchanged', () => {
    const address = unixSocketAddress(`@fl-${randomBytes(8).toString('hex')}`);
    const receiver = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const sender = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      libc.bind(receiver, address);
      libc.setsockopt(receiver, { level: SOL_SOCKET, name: SO_RCVBUF, value: int32(65_536) });
      expect(libc.poll(receiver, POLLIN, 0)).toBe(false);
      const data = randomBytes(1000);
      expect(libc.sendto(sender, data, { flags: 0, address })).toBe(1000);
      libc.connect(sender, address);
      expect(libc.send(sender, Buffer.from('second'), 0)).toBe(6);
      expect(libc.poll(receiver, POLLIN, 1000)).toBe(true);
      const into = Buffer.alloc(2000);
      expect(libc.recv(receiver, into, 0)).toBe(1000);
      expect(into.subarray(0, 1000).equals(data)).toBe(true);
      expect(libc.recv(receiver, into, MSG_DONTWAIT)).toBe(6);
      expect(libc.recv(receiver, into, MSG_DONTWAIT)).toBeUndefined();
    } finally {
      libc.close(receiver);
      libc.close(sender);
    }
  });

  test('opens a netlink socket', () => {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0);
    expect(fd).toBeGreaterThan(2);
    libc.close(fd);
  });

  test('names the system call and the errno that failed', () => {
    const error = thrownBy(() => libc.close(999_999));
    expect(error).toMatchObject({ name: 'SystemCallError', code: 'EBADF', errno: 9, syscall: 'close' });
    expect(thrownBy(() => libc.socket(9999, SOCK_DGRAM, 0))).toMatchObject({ code: 'EAFNOSUPPORT' });
    expect(thrownBy(() => libc.bind(999_999, int32(1)))).toMatchObject({ code: 'EBADF', syscall: 'bind' });
  });

  test('a socket name longer than the kernel takes is refused before any call', () => {
    expect(() => unixSocketAddress(`/${'x'.repeat(107)}`)).toThrow(RangeError);
    expect(unixSocketAddress(`/${'x'.repeat(106)}`)).toHaveLength(110);
  });
});
