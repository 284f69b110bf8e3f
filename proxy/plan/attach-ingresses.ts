// Ingresses of our classes, and the address that each class is served on: that of a Gateway, or of a Service of its own.
import { INGRESS_CONTROLLER, ingressServiceName, SYSTEM_NAMESPACE } from '../../api/identity.ts';
import type { Ingress, IngressClass } from '../../api/ingress.ts';
import { keyOf, objectKey } from '../../api/meta.ts';
import { type IpAddress, parseIpAddress } from '../../net/address.ts';
import { compareText } from './compare-text.ts';
import { findBlockedPorts, HTTP_PORT, HTTPS_PORT } from './ingress-ports.ts';
import { readIngressPaths, readIngressTls } from './ingress-rules.ts';
import type { Lookup } from './lookup.ts';
import type { GatewayNode, IngressClassNode, IngressFront, IngressNode } from './nodes.ts';
import type { Refusal } from './verdict.ts';

/** What named the class before `ingressClassName` did; the field wins where both are set. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

/** Every IngressClass that names our controller. */
export function attachIngressClasses(lookup: Lookup, gateways: readonly GatewayNode[]): readonly IngressClassNode[] {
  const byKey = new Map(gateways.map((gateway) => [gateway.key, gateway]));
  return lookup.snapshot.ingressClasses
    .filter((source) => source.spec.controller === INGRESS_CONTROLLER)
    .map((source) => {
      const front = chooseFront(source, (key) => byKey.has(key));
      const addresses =
        front.kind === 'Gateway' ? (byKey.get(front.key)?.addresses ?? []) : addressesOfService(lookup, front);
      return { name: source.metadata.name, source, front, addresses };
    });
}

function chooseFront(source: IngressClass, isOurGateway: (key: GatewayNode['key']) => boolean): IngressFront {
  const { parameters } = source.spec;
  if (parameters === undefined) {
    return { kind: 'Service', key: objectKey(SYSTEM_NAMESPACE, ingressServiceName(source.metadata.name)) };
  }
  const { apiGroup, kind, namespace, name } = parameters;
  if (apiGroup !== 'gateway.networking.k8s.io' || kind !== 'Gateway' || namespace === undefined) {
    return refuse(`spec.parameters must name a Gateway with its namespace, not ${kind} ${name}`);
  }
  const key = objectKey(namespace, name);
  return isOurGateway(key) ? { kind: 'Gateway', key } : refuse(`Gateway ${key} does not exist or is not served here`);
}

function refuse(message: string): IngressFront {
  return { kind: 'refused', because: { reason: 'InvalidParameters', message } };
}

function addressesOfService(lookup: Lookup, front: IngressFront): readonly IpAddress[] {
  if (front.kind !== 'Service') return [];
  const ingress = lookup.services.get(front.key)?.status.loadBalancer.ingress ?? [];
  const addresses = ingress.flatMap(({ ip }) => (ip === undefined ? [] : [parseIpAddress(ip)]));
  return [...new Set(addresses.filter((address) => address !== undefined))].toSorted(compareText);
}

interface Hosts {
  readonly classes: readonly IngressClassNode[];
  readonly gateways: readonly GatewayNode[];
}

/** Every Ingress of these classes. One without a class is nobody's. */
export function attachIngresses(lookup: Lookup, { classes, gateways }: Hosts): readonly IngressNode[] {
  const byName = new Map(classes.map((node) => [node.name, { node, blocked: findBlockedPorts(node, gateways) }]));
  return lookup.snapshot.ingresses.flatMap((source) => {
    const place = byName.get(source.spec.ingressClassName ?? source.metadata.annotations[CLASS_ANNOTATION] ?? '');
    return place === undefined || source.metadata.deletionTimestamp !== undefined
      ? []
      : [attachIngress(lookup, source, place)];
  });
}

interface Place {
  readonly node: IngressClassNode;
  readonly blocked: ReadonlyMap<number, Refusal>;
}

function attachIngress(lookup: Lookup, source: Ingress, { node, blocked }: Place): IngressNode {
  const { paths, refusals: badPaths } = readIngressPaths(lookup, source);
  const { tls, refusals: badTls } = readIngressTls(lookup, source);
  const badFront: readonly Refusal[] = node.front.kind === 'refused' ? [node.front.because] : [];
  const ports = tls.length === 0 ? [HTTP_PORT] : [HTTP_PORT, HTTPS_PORT];
  const badPorts = ports.flatMap((port) => blocked.get(port) ?? []);
  const refusals = [...badFront, ...badPorts, ...badPaths, ...badTls];
  return { key: keyOf(source), source, class: node, paths, tls, refusals };
}
