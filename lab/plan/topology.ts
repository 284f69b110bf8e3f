// The wiring of a lab as plain data: client - router - bridge - api, LB nodes, workers. Nothing here touches the machine.
import { namespaceOf } from './names.ts';

export type RouterKind = 'frr' | 'bird';
export type NodeRole = 'client' | 'router' | 'switch' | 'api' | 'lb' | 'worker';

export interface LabShape {
  readonly name: string;
  /** 1 to 9. */
  readonly lbNodes: number;
  /** 1 to 99. */
  readonly workers: number;
  readonly router: RouterKind;
}

export interface DeviceAddress {
  readonly device: string;
  /** With prefix length. */
  readonly address: string;
}

export interface Route {
  readonly to: string;
  readonly via: string;
}

/** One node: a network namespace and what is configured in it. */
export interface NodePlan {
  readonly node: string;
  readonly role: NodeRole;
  readonly namespace: string;
  /** Where other nodes reach it; undefined for the switch. */
  readonly address: string | undefined;
  readonly devices: readonly string[];
  readonly bridge: { readonly name: string; readonly ports: readonly string[] } | undefined;
  readonly addresses: readonly DeviceAddress[];
  readonly routes: readonly Route[];
  readonly sysctls: Readonly<Record<string, string>>;
}

/** A virtual cable. Device names live inside the namespaces, so labs do not clash. */
export interface Cable {
  readonly a: { readonly namespace: string; readonly device: string };
  readonly b: { readonly namespace: string; readonly device: string };
}

export interface Topology {
  readonly shape: LabShape;
  readonly nodes: readonly NodePlan[];
  readonly cables: readonly Cable[];
}

export const ROUTER_ASN = 64500;
export const LB_ASN = 64511;
export const CLIENT_ADDRESS = '192.168.50.2';
export const ROUTER_ADDRESS = '10.10.0.1';
export const API_ADDRESS = '10.10.0.2';
/** The address by which every pod reaches its worker, as Calico does it: no address per pod is spent on a gateway. */
export const POD_GATEWAY = '169.254.1.1';

const BRIDGE = 'br0';
const FABRIC_PREFIX = 24;

/** The fabric address of the n-th worker, n from 1. */
export function workerAddress(n: number): string {
  return `10.10.0.${20 + n}`;
}

/** The pods of the n-th worker live in this prefix. */
export function podPrefix(worker: number): string {
  return `10.244.${worker}.0/24`;
}

/** Everything to be built for a lab of this shape. */
export function planTopology(shape: LabShape): Topology {
  const hosts = [
    routerPlan(shape),
    fabricHost(shape, { node: 'api', role: 'api', host: 2 }),
    ...numbers(shape.lbNodes).map((n) => fabricHost(shape, { node: `lb${n}`, role: 'lb', host: 10 + n })),
    ...numbers(shape.workers).map((n) => fabricHost(shape, { node: `w${n}`, role: 'worker', host: 20 + n })),
  ];
  const bridge = switchPlan(
    shape,
    hosts.map(({ node }) => portTo(node)),
  );
  return {
    shape,
    nodes: [clientPlan(shape), bridge, ...hosts],
    cables: [clientCable(shape), ...hosts.map((host) => fabricCable(shape, host))],
  };
}

function clientPlan(shape: LabShape): NodePlan {
  return {
    node: 'client',
    role: 'client',
    namespace: namespaceOf(shape.name, 'client'),
    address: CLIENT_ADDRESS,
    devices: ['eth0'],
    bridge: undefined,
    addresses: [
      { device: 'eth0', address: `${CLIENT_ADDRESS}/24` },
      { device: 'eth0', address: 'fd50::2/64' },
    ],
    routes: [
      { to: 'default', via: '192.168.50.1' },
      { to: 'default', via: 'fd50::1' },
    ],
    sysctls: {},
  };
}

function routerPlan(shape: LabShape): NodePlan {
  const fabric = fabricHost(shape, { node: 'router', role: 'router', host: 1 });
  return {
    ...fabric,
    devices: [...fabric.devices, 'eth1'],
    addresses: [
      ...fabric.addresses,
      { device: 'eth1', address: '192.168.50.1/24' },
      { device: 'eth1', address: 'fd50::1/64' },
    ],
    routes: fabric.routes.filter(({ to }) => to !== 'default'),
  };
}

function switchPlan(shape: LabShape, ports: readonly string[]): NodePlan {
  return {
    node: 'sw',
    role: 'switch',
    namespace: namespaceOf(shape.name, 'sw'),
    address: undefined,
    devices: ports,
    bridge: { name: BRIDGE, ports },
    addresses: [],
    routes: [],
    sysctls: {},
  };
}

function fabricHost(
  shape: LabShape,
  { node, role, host }: { readonly node: string; readonly role: NodeRole; readonly host: number },
): NodePlan {
  const otherWorkers = numbers(shape.workers).filter((n) => node !== `w${n}`);
  return {
    node,
    role,
    namespace: namespaceOf(shape.name, node),
    address: `10.10.0.${host}`,
    devices: ['eth0'],
    bridge: undefined,
    addresses: [
      { device: 'eth0', address: `10.10.0.${host}/${FABRIC_PREFIX}` },
      { device: 'eth0', address: `fd10::${host}/64` },
    ],
    routes: [
      { to: 'default', via: ROUTER_ADDRESS },
      { to: 'default', via: 'fd10::1' },
      ...otherWorkers.map((n) => ({ to: podPrefix(n), via: workerAddress(n) })),
    ],
    sysctls: sysctlsOf(role),
  };
}

/** What the role needs of its kernel. LB nodes get the sysctl.d file of the package on top of this. */
function sysctlsOf(role: NodeRole): Readonly<Record<string, string>> {
  const everywhere = { 'net.ipv4.conf.all.rp_filter': '0', 'net.ipv4.conf.default.rp_filter': '0' };
  const forwarding = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' };
  switch (role) {
    case 'router':
      return {
        ...everywhere,
        ...forwarding,
        'net.ipv4.fib_multipath_hash_policy': '1',
        'net.ipv6.fib_multipath_hash_policy': '1',
      };
    case 'lb':
    case 'worker':
      return { ...everywhere, ...forwarding };
    case 'api':
    case 'client':
    case 'switch':
      return everywhere;
    default:
      return role satisfies never;
  }
}

function clientCable({ name }: LabShape): Cable {
  return {
    a: { namespace: namespaceOf(name, 'router'), device: 'eth1' },
    b: { namespace: namespaceOf(name, 'client'), device: 'eth0' },
  };
}

function fabricCable({ name }: LabShape, host: NodePlan): Cable {
  return {
    a: { namespace: namespaceOf(name, 'sw'), device: portTo(host.node) },
    b: { namespace: host.namespace, device: 'eth0' },
  };
}

/** The switch's port towards a node. */
export function portTo(node: string): string {
  return `f-${node}`;
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
