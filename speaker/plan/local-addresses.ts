// Which addresses are local to this node, so that its kernel takes their packets.
import type { IpAddress } from '../../net/address.ts';
import type { HeldAddress, SpeakerSnapshot } from '../snapshot.ts';
import { servedAt } from './may-announce.ts';

/**
 * How long an address stays local after the last listener went, in ms: longer than the network needs to learn of the
 * withdrawal, so that packets on their way find the guard here instead of being sent back to the router.
 */
export const LINGER_MS = 2000;

/**
 * The addresses to hold: what is allocated and served here (also while this node drains, for the connections that
 * live), and for a while what was held before. Nothing is held that ipam did not give out.
 */
export function planLocalAddresses(snapshot: SpeakerSnapshot): readonly HeldAddress[] {
  return withLingering(heldAmong([...snapshot.allocations.keys()], snapshot), snapshot);
}

/**
 * The addresses to hold while the API server has not told yet what there is: those held before or announced
 * (`lastGood`), with what the proxy serves on them.
 */
export function planLocalAddressesBlindly(
  snapshot: SpeakerSnapshot,
  lastGood: readonly IpAddress[],
): readonly HeldAddress[] {
  const known = new Set([...snapshot.held.map(({ address }) => address), ...lastGood]);
  return withLingering(heldAmong([...known], snapshot), snapshot);
}

/** When the next lingering address goes, in ms since the epoch; undefined when none lingers. */
export function nextExpiry(held: readonly HeldAddress[]): number | undefined {
  const times = held.flatMap(({ until }) => until ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

export type AddressChange =
  | { readonly kind: 'add'; readonly address: IpAddress }
  | { readonly kind: 'remove'; readonly address: IpAddress };

/** Additions first, each set in ascending order. */
export function diffAddresses(observed: readonly IpAddress[], desired: readonly IpAddress[]): readonly AddressChange[] {
  const have = new Set(observed);
  const want = new Set(desired);
  return [
    ...[...want]
      .filter((address) => !have.has(address))
      .toSorted()
      .map((address) => ({ kind: 'add' as const, address })),
    ...[...have]
      .filter((address) => !want.has(address))
      .toSorted()
      .map((address) => ({ kind: 'remove' as const, address })),
  ];
}

function heldAmong(addresses: readonly IpAddress[], snapshot: SpeakerSnapshot): readonly HeldAddress[] {
  return addresses.flatMap((address) => {
    const now = servedAt(address, snapshot);
    return now === undefined ? [] : [{ address, ports: tcpPorts(now.ports), until: undefined }];
  });
}

function withLingering(served: readonly HeldAddress[], snapshot: SpeakerSnapshot): readonly HeldAddress[] {
  const now = new Set(served.map(({ address }) => address));
  const lingering = snapshot.held
    .filter(({ address }) => !now.has(address))
    .map((held) => ({ ...held, until: held.until ?? snapshot.now + LINGER_MS }))
    .filter(({ until }) => until > snapshot.now);
  return [...served, ...lingering].toSorted((a, b) => (a.address < b.address ? -1 : 1));
}

function tcpPorts(ports: readonly { readonly port: number; readonly protocol: string }[]): readonly number[] {
  return ports
    .filter(({ protocol }) => protocol === 'TCP')
    .map(({ port }) => port)
    .toSorted((a, b) => a - b);
}
