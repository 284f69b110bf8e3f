// `fairlead status`: each address with everything between it and the pods, and what is wrong.
import { stringify } from 'yaml';
import { isFresh, type LBNode } from '../../api/fairlead.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { IpAddress } from '../../net/address.ts';
import { planOverview } from '../../proxy/plan/overview.ts';
import { PROXY_KINDS } from '../../proxy/snapshot.ts';
import { explainAddress } from '../../speaker/plan/explain.ts';
import { proxySnapshot } from '../snapshots.ts';
import { formatAge, formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { readWorld, type WorldReading } from '../world.ts';

export interface StatusOptions {
  readonly output: 'wide' | 'json' | 'yaml' | undefined;
}

export interface AddressStatus {
  readonly address: IpAddress | undefined;
  readonly owner: string;
  /** LB nodes that announce it and have reported within the last 15 s. */
  readonly announcedBy: readonly string[];
  readonly listeners: readonly string[];
  readonly routes: number;
  readonly readyPods: number;
  readonly problems: readonly string[];
}

/** Prints one line for each address, and with `-o wide` one for each LB node as well. */
export async function status(
  client: KubeClient,
  { output }: StatusOptions,
  { terminal, signal }: { readonly terminal: Terminal; readonly signal: AbortSignal },
): Promise<void> {
  const world = await readWorld(client, [...PROXY_KINDS, 'IPAllocation', 'LBNode'], signal);
  const now = Date.now();
  const addresses = addressesOf(world, now);
  const nodes = world.list('LBNode');
  if (output === 'json') terminal.out(`${JSON.stringify({ addresses, nodes }, undefined, 2)}\n`);
  else if (output === 'yaml')
    terminal.out(stringify({ addresses, nodes }, { version: '1.1', aliasDuplicateObjects: false }));
  else terminal.out([addressTable(addresses), ...(output === 'wide' ? [nodeTable(nodes, now)] : [])].join('\n'));
}

/** Every address of a Gateway or an IngressClass, then those that only a Service holds. */
export function addressesOf(world: WorldReading, now: number): readonly AddressStatus[] {
  const nodes = world.list('LBNode');
  const rows = planOverview(proxySnapshot(world, now));
  const shown = new Set(rows.map(({ address }) => address));
  const others = world
    .list('IPAllocation')
    .filter(({ spec }) => !shown.has(spec.address))
    .map(({ spec }) => ({
      address: spec.address,
      owner: `${spec.owner.kind} ${spec.owner.namespace}/${spec.owner.name}`,
      listeners: [],
      routes: 0,
      readyPods: 0,
      problems: [],
    }));
  return [...rows, ...others].map((row) => {
    const announcedBy = announcersOf(row.address, nodes, now);
    const silence = row.address === undefined || announcedBy.length > 0 ? [] : explainAddress(row.address, nodes, now);
    return { ...row, announcedBy, problems: [...row.problems, ...silence] };
  });
}

function announcersOf(address: IpAddress | undefined, nodes: readonly LBNode[], now: number): readonly string[] {
  return nodes
    .filter((node) => isFresh(node, now) && node.status.announced.some((each) => each.address === address))
    .map(({ metadata }) => metadata.name);
}

function addressTable(addresses: readonly AddressStatus[]): string {
  return formatTable(
    ['address', 'owner', 'announced by', 'listeners', 'routes', 'ready pods', 'problems'],
    addresses.map(({ address, owner, announcedBy, listeners, routes, readyPods, problems }) => [
      address ?? '<none>',
      owner,
      orNone(announcedBy),
      orNone(listeners),
      String(routes),
      String(readyPods),
      problems.join('; '),
    ]),
  );
}

function nodeTable(nodes: readonly LBNode[], now: number): string {
  return formatTable(
    ['node', 'phase', 'heartbeat', 'announced', 'connections', 'peers'],
    nodes.map((node) => [
      node.metadata.name,
      isFresh(node, now) ? node.status.phase : 'Lost',
      formatAge(Date.parse(node.status.heartbeatTime), now),
      String(node.status.announced.length),
      node.status.connections === undefined ? '<unknown>' : String(node.status.connections),
      orNone(node.status.peers.map(({ name, state }) => `${name}:${state}`)),
    ]),
  );
}

function orNone(values: readonly string[]): string {
  return values.length === 0 ? '<none>' : values.join(',');
}
