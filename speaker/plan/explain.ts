// The speaker's decisions in sentences, for `fairlead explain`.
import { isFresh, type LBNode, type NodePhase } from '../../api/fairlead.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Verdict } from './verdict.ts';

/** One sentence about one address on one node, from the verdict itself. */
export function explainVerdict(node: string, verdict: Verdict): string {
  switch (verdict.kind) {
    case 'announce':
      return `${node} announces ${verdict.address} (pool ${verdict.pool}) to ${verdict.peers.join(', ')}, as BGPAdvertisement ${verdict.advertisements.join(', ')} asks.`;
    case 'withhold':
      return `${node} withholds ${verdict.address}: ${verdict.message} (${verdict.reason}).`;
    default:
      return verdict satisfies never;
  }
}

const PHASE_MEANINGS: Readonly<Record<NodePhase, string>> = {
  Joining:
    'it comes into service and announces nothing yet, until the other nodes are ready to pass on the packets of connections that the routers will move',
  Settling:
    'it announces what it serves, and for a minute all nodes pass on the packets of connections that the routers moved',
  Serving: 'it announces what it serves',
  Preparing: 'it shall be drained, and waits until the other nodes are ready to pass its connections on to it',
  Draining: 'it announces nothing any more, and waits for its connections to end',
  Drained: 'it announces nothing and has no connections left',
};

/** One sentence about where a node is on its way into service or out of it. */
export function explainPhase(node: string, phase: NodePhase): string {
  return `${node} is ${phase}: ${PHASE_MEANINGS[phase]}.`;
}

/** One sentence about an address per node, from what the nodes wrote into their LBNodes. `now` in ms since the epoch. */
export function explainAddress(address: IpAddress, nodes: readonly LBNode[], now: number): readonly string[] {
  if (nodes.length === 0) return [`No LB node has ever reported: nobody announces ${address}.`];
  return nodes.map((node) => explainOnNode(address, node, now));
}

function explainOnNode(address: IpAddress, node: LBNode, now: number): string {
  const { name } = node.metadata;
  const { status } = node;
  if (!isFresh(node, now)) return `${name} has not reported for more than 15 s: what it announces is unknown.`;
  const withheld = status.withheld.find((each) => each.address === address);
  if (status.announced.some((each) => each.address === address)) return `${name} announces ${address}${unheard(node)}.`;
  if (withheld !== undefined) return `${name} withholds ${address}: ${withheld.message} (${withheld.reason}).`;
  return `${name} knows nothing of ${address}.`;
}

/** An announcement that no router hears is worth a word. */
function unheard({ status }: LBNode): string {
  if (status.peers.some(({ state }) => state === 'Established')) return '';
  const states = status.peers.map(({ name, state }) => `${name} is ${state}`).join(', ');
  return `, but no session is up (${states === '' ? 'there is no peer' : states})`;
}
