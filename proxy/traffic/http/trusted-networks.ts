import { BlockList, isIP } from 'node:net';
import type { IpPrefix } from '../../../net/address.ts';

/** Is an address inside one of the prefixes? Text that is no address is outside. */
export function networkTest(prefixes: readonly IpPrefix[]): (address: string) => boolean {
  if (prefixes.length === 0) return () => false;
  const list = new BlockList();
  for (const prefix of prefixes) {
    const slash = prefix.lastIndexOf('/');
    const address = prefix.slice(0, slash);
    list.addSubnet(address, Number(prefix.slice(slash + 1)), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
