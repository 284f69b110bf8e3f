// Ingresses of our classes, and the address that each class is served on: that of a Gateway, or of a Service of its own.

import { INGRESS_CONTROLLER, ingressServiceName, SYSTEM_NAMESPACE } from '../../api/identity.ts';
import type { Ingress, IngressClass } from '../../api/ingress.ts';
import { keyOf, objectKey } from '../../api/meta.ts';
import { type IpAddress, parseIpAddress } from '../../net/address.ts';
import { compareText } from './compare-text.ts';
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

/** Every Ingress of these classes. One without a class is nobody's. */
export function attachIngresses(lookup: Lookup, classes: readonly IngressClassNode[]): readonly IngressNode[] {
  const byName = new Map(classes.map((node) => [node.name, node]));
  return lookup.snapshot.ingresses.flatMap((source) => {
    const node = byName.get(source.spec.ingressClassName ?? source.metadata.annotations[CLASS_ANNOTATION] ?? '');
    return node === undefined || source.metadata.deletionTimestamp !== undefined
      ? []
      : [attachIngress(lookup, source, node)];
  });
}

function attachIngress(lookup: Lookup, source: Ingress, node: IngressClassNode): IngressNode {
  const { paths, refusals: badPaths } = readIngressPaths(lookup, source);
  const { tls, refusals: badTls } = readIngressTls(lookup, source);
  const badFront: readonly Refusal[] = node.front.kind === 'refused' ? [node.front.because] : [];
  return { key: keyOf(source), source, class: node, paths, tls, refusals: [...badFront, ...badPaths, ...badTls] };
}
