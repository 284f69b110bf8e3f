// The topology as text for `ip -batch` and `sh`: few processes, because each one costs milliseconds.
import { type Cable, type NodePlan, POD_GATEWAY, type Topology } from './topology.ts';

/** Input of one `ip -batch`: all namespaces, then all cables, created where they belong (never in the machine's own). */
export function namespacesBatch(topology: Topology): string {
  return lines([...topology.nodes.map(({ namespace }) => `netns add ${namespace}`), ...topology.cables.map(cableLine)]);
}

/** A shell script to be run inside a node's network namespace. */
export function nodeScript(plan: NodePlan): string {
  return lines([
    ...Object.entries(withoutAddressDetection(plan)).map(([name, value]) => writeSysctl(name, value)),
    'ip -batch - <<BATCH',
    'link set dev lo up',
    ...bridgeLines(plan),
    ...plan.devices.map((device) => `link set dev ${device} up`),
    ...plan.addresses.map(({ device, address }) => addressLine(device, address)),
    ...plan.routes.map(({ to, via }) => `route add ${to} via ${via}`),
    'BATCH',
  ]);
}

export interface PodWiring {
  readonly namespace: string;
  readonly workerNamespace: string;
  /** Name of the worker's end of the cable. */
  readonly device: string;
  readonly address: string;
}

/** A shell script, to be run in the machine's namespace, that makes a pod's namespace and wires it to its worker. */
export function podScript(pod: PodWiring): string {
  return lines([
    `ip netns add ${pod.namespace}`,
    `ip link add dev ${pod.device} netns ${pod.workerNamespace} type veth peer name eth0 netns ${pod.namespace}`,
    `ip -n ${pod.workerNamespace} -batch - <<BATCH`,
    `link set dev ${pod.device} up`,
    `address add ${POD_GATEWAY}/32 dev ${pod.device}`,
    `route add ${pod.address}/32 dev ${pod.device}`,
    'BATCH',
    `ip -n ${pod.namespace} -batch - <<BATCH`,
    'link set dev lo up',
    'link set dev eth0 up',
    `address add ${pod.address}/32 dev eth0`,
    `route add ${POD_GATEWAY} dev eth0 scope link`,
    `route add default via ${POD_GATEWAY} dev eth0`,
    'BATCH',
  ]);
}

function cableLine({ a, b }: Cable): string {
  return `link add dev ${a.device} netns ${a.namespace} type veth peer name ${b.device} netns ${b.namespace}`;
}

function bridgeLines({ bridge }: NodePlan): readonly string[] {
  if (bridge === undefined) return [];
  return [
    `link add ${bridge.name} type bridge`,
    `link set dev ${bridge.name} up`,
    ...bridge.ports.map((port) => `link set dev ${port} master ${bridge.name}`),
  ];
}

/** Nothing here has a duplicate, and each detection would hold an address back for a second. */
function withoutAddressDetection(plan: NodePlan): Readonly<Record<string, string>> {
  return {
    ...plan.sysctls,
    'net.ipv6.conf.default.accept_dad': '0',
    ...Object.fromEntries(plan.devices.map((device) => [`net.ipv6.conf.${device}.accept_dad`, '0'])),
  };
}

function addressLine(device: string, address: string): string {
  return `address add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`;
}

function writeSysctl(name: string, value: string): string {
  return `echo ${value} >/proc/sys/${name.replaceAll('.', '/')}`;
}

function lines(parts: readonly string[]): string {
  return `${parts.join('\n')}\n`;
}
