// Whether another speaker writes the LBNode of this node.
import type { LBNode } from '../../api/fairlead.ts';
import type { DesiredNodeStatus } from './node-status.ts';

/**
 * The addresses of a speaker with the same node name; undefined where there is none. It is another one when the object
 * says something newer than we last wrote, of addresses that are not ours. Of two machines whose clocks differ, the one
 * that is behind sees it for certain.
 */
export function findNamesake(
  { status: { heartbeatTime, nodeAddresses } }: LBNode,
  written: Pick<DesiredNodeStatus, 'heartbeatTime' | 'nodeAddresses'>,
): string | undefined {
  // Both were written by a speaker: as text they have the order that they have in time.
  if (heartbeatTime <= written.heartbeatTime || nodeAddresses.length === 0) return undefined;
  return nodeAddresses.some((address) => written.nodeAddresses.includes(address))
    ? undefined
    : nodeAddresses.join(', ');
}
