// Which kind of node a lab's LB nodes are.
import type { LabRecord } from '../state.ts';
import type { NotifySockets } from '../supervise/notify-sockets.ts';
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
      throw new Error('bug: nodes that boot a systemd are not wired yet');
    default:
      return nodes satisfies never;
  }
}
