// Which kind of node a lab's LB nodes are.
import type { LabRecord } from '../state.ts';
import type { NotifySockets } from '../supervise/notify-sockets.ts';
import { SystemdNode } from '../systemd-nodes/systemd-node.ts';
import type { NodeRuntime } from './node-runtime.ts';
import { PlainNode } from './plain.ts';

/** The runtime of one node. Only LB nodes may boot a systemd; router and API server are always plain. */
export function createNode(
  { name, nodes }: Pick<LabRecord, 'name' | 'nodes'>,
  { node, notify }: { readonly node: string; readonly notify: NotifySockets },
): NodeRuntime {
  switch (nodes) {
    case 'plain':
      return new PlainNode({ lab: name, node, notify });
    case 'systemd':
      return new SystemdNode({ lab: name, node });
    default:
      return nodes satisfies never;
  }
}
