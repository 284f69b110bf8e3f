import { expect, test } from '@jest/globals';
import type { BGPPeer } from '../../../api/fairlead.ts';
import type { IpAddress } from '../../../net/address.ts';
import { NodeAddresses } from '../../../speaker/apply/node-addresses.ts';
import { bgpPeer, ip } from '../support/objects.ts';

const v4 = bgpPeer('a', { peerAddress: '10.10.0.1' });
const v6 = bgpPeer('b', { peerAddress: 'fd10::1' });

/** Answers one after the other, the last one for ever, and counts. */
function finding(...answers: readonly (readonly IpAddress[])[]): { (): Promise<readonly IpAddress[]>; asked: number } {
  const find = async (): Promise<readonly IpAddress[]> => answers[Math.min(find.asked++, answers.length - 1)] ?? [];
  find.asked = 0;
  return find;
}

test('addresses that were given are never looked for', async () => {
  const find = finding([]);
  expect(await new NodeAddresses([ip('192.0.2.1')], find).towards([v4], {})).toEqual(['192.0.2.1']);
  expect(find.asked).toBe(0);
});

test('a route that comes up later is found, also beside one of the other family', async () => {
  const find = finding([], [ip('10.10.0.11')], [ip('10.10.0.11'), ip('fd10::11')]);
  const addresses = new NodeAddresses([], find);
  const seen = [];
  for (let pass = 0; pass < 5; pass++) seen.push(await addresses.towards([v4, v6], {}));
  expect(seen.map((list) => list.length)).toEqual([0, 1, 2, 2, 2]);
  expect(find.asked).toBe(3);
});

test('what was found stays while the peers do: a link that is down for a moment restarts nothing', async () => {
  const addresses = new NodeAddresses([], finding([ip('10.10.0.11')], []));
  expect(await addresses.towards([v4], {})).toEqual(['10.10.0.11']);
  expect(await addresses.towards([v4], {})).toEqual(['10.10.0.11']);
  expect(await addresses.towards([v4, v6], {})).toEqual(['10.10.0.11']);
});

test('other peers are looked for anew, and a source address that a peer asks for comes first', async () => {
  const addresses = new NodeAddresses([], finding([ip('10.10.0.11')], [ip('10.20.0.11')]));
  await addresses.towards([v4], {});
  expect(await addresses.towards([bgpPeer('c', { peerAddress: '10.20.0.1', sourceAddress: '10.20.0.5' })], {})).toEqual(
    ['10.20.0.5', '10.20.0.11'],
  );
});

test('peers of other nodes are no way to this one, and least of all their source addresses', async () => {
  const peerOf = (node: string, last: number): BGPPeer =>
    bgpPeer(node, { sourceAddress: `10.10.0.${last}`, nodeSelector: { matchLabels: { node } } });
  const asked: (readonly IpAddress[])[] = [];
  const addresses = new NodeAddresses([], async (peers) => {
    asked.push(peers);
    return [];
  });
  const peers = [peerOf('lb1', 11), peerOf('lb2', 12)];
  expect(await addresses.towards(peers, { node: 'lb2' })).toEqual(['10.10.0.12']);
  expect(asked).toEqual([['10.10.0.1']]);
});
