import { type Socket, socketKey } from '../plan/listeners.ts';
import type { ListenFailure } from './messages.ts';

const MEANINGS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL:
    'the address is not on this node yet; set sysctl net.ipv4.ip_nonlocal_bind=1 (and net.ipv6.ip_nonlocal_bind=1), so that a listener can be open before its address is announced',
  EACCES: 'ports below 1024 need CAP_NET_BIND_SERVICE',
};

/** Why a socket could not be opened, with what an administrator can do about it. */
export function listenFailure(socket: Pick<Socket, 'address' | 'port'>, error: unknown): ListenFailure {
  const code = Error.isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  const meaning = MEANINGS[code] ?? String(error);
  return {
    socket: socketKey(socket),
    code,
    message: `cannot listen on ${socket.address} port ${socket.port} (${code}): ${meaning}`,
  };
}
