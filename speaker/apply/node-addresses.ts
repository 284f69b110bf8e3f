// Where other machines reach this node, found from the routes to its peers.
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { BGPPeer } from '../../api/fairlead.ts';
import { familyOf, type IpAddress, parseIpAddress } from '../../net/address.ts';
import { isForNode } from '../plan/peers.ts';

/** Any port will do: connecting a UDP socket sends nothing, it only makes the kernel look up the route. */
const DISCARD_PORT = 9;

/** The addresses of this node: those given, or else those found, looked for again as peers and routes change. */
export class NodeAddresses {
  readonly #given: readonly IpAddress[];
  readonly #find: typeof findNodeAddresses;
  #found: readonly IpAddress[] = [];
  #foundFor = '';

  constructor(given: readonly IpAddress[], find: typeof findNodeAddresses = findNodeAddresses) {
    this.#given = given;
    this.#find = find;
  }

  /** From where this node, by its labels, talks to its peers. What was found stays until something better is: to lose an address for a moment would restart every session. */
  async towards(
    objects: readonly BGPPeer[],
    nodeLabels: Readonly<Record<string, string>>,
  ): Promise<readonly IpAddress[]> {
    if (this.#given.length > 0) return this.#given;
    const peers = objects.filter((peer) => isForNode(peer, nodeLabels));
    const key = JSON.stringify(peers.map(({ spec }) => [spec.peerAddress, spec.sourceAddress]));
    const isComplete = peers.every(({ spec }) => hasFamilyOf(this.#found, spec.peerAddress));
    if (key === this.#foundFor && isComplete) return this.#found;
    const chosen = peers.flatMap(({ spec }) => spec.sourceAddress ?? []);
    const found = [...chosen, ...(await this.#find(peers.map(({ spec }) => spec.peerAddress)))];
    const kept = this.#found.filter((address) => !hasFamilyOf(found, address));
    this.#found = [...new Set([...found, ...kept])];
    this.#foundFor = key;
    return this.#found;
  }
}

function hasFamilyOf(addresses: readonly IpAddress[], wanted: IpAddress): boolean {
  return addresses.some((address) => familyOf(address) === familyOf(wanted));
}

/**
 * The addresses from which this node talks to the peers, and the global address of the other family on the same link.
 * Empty while there is no route to any of them.
 */
async function findNodeAddresses(peers: readonly IpAddress[]): Promise<readonly IpAddress[]> {
  const sources = await Promise.all(peers.map(sourceTowards));
  const found = sources.flatMap((source) => source ?? []);
  return [...new Set([...found, ...found.flatMap(companionsOf)])];
}

/** The first address of each family that `found` lacks, on the link that has `address`. */
function companionsOf(address: IpAddress): readonly IpAddress[] {
  const link = Object.values(networkInterfaces()).find((addresses) =>
    addresses?.some((each) => parseIpAddress(each.address) === address),
  );
  const others = (link ?? []).flatMap((each) => parseIpAddress(each.address) ?? []);
  return others.filter((each) => familyOf(each) !== familyOf(address) && !isLinkLocal(each)).slice(0, 1);
}

function isLinkLocal(address: IpAddress): boolean {
  return /^fe[89ab]/.test(address) || address.startsWith('169.254.');
}

async function sourceTowards(peer: IpAddress): Promise<IpAddress | undefined> {
  const socket = createSocket(familyOf(peer) === 'IPv4' ? 'udp4' : 'udp6');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.connect(DISCARD_PORT, peer, resolve);
    });
    return parseIpAddress(socket.address().address);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
