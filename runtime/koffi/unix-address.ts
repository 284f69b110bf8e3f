import { AF_UNIX } from './libc.ts';

/** Room in sockaddr_un (unix(7)); a path needs one byte of it for its closing zero. */
const SUN_PATH_BYTES = 108;

/**
 * Lays out a `struct sockaddr_un` for a path, or for an abstract name when the text begins with `@`.
 * Throws RangeError when it does not fit.
 */
export function unixSocketAddress(name: string): Uint8Array {
  const isAbstract = name.startsWith('@');
  const path = Buffer.from(isAbstract ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.byteLength > SUN_PATH_BYTES)
    throw new RangeError(`socket name longer than ${SUN_PATH_BYTES} bytes: ${name}`);
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  return Buffer.concat([family, path]);
}
