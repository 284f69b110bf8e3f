// Who asks for addresses, and for which: the Services of type LoadBalancer that are ours.
import { ADDRESS_ANNOTATIONS } from '../../api/annotations.ts';
import type { Service } from '../../api/core.ts';
import { LOAD_BALANCER_CLASS } from '../../api/identity.ts';
import { keyOf, type ObjectKey } from '../../api/meta.ts';
import { type IpAddress, type IpFamily, parseIpAddress } from '../../net/address.ts';
import type { IpamSnapshot } from '../snapshot.ts';
import { byAge } from './order.ts';

/** What a claim wants: these very addresses, or one of each of these families. */
export type Wish =
  | { readonly kind: 'addresses'; readonly addresses: readonly IpAddress[] }
  | { readonly kind: 'families'; readonly families: readonly IpFamily[]; readonly need: 'all' | 'any' }
  | { readonly kind: 'unreadable'; readonly because: string };

export interface Claim {
  readonly key: ObjectKey;
  readonly service: Service;
  readonly wish: Wish;
  /** Labels that a pool's serviceSelector sees. */
  readonly labels: Readonly<Record<string, string>>;
}

/** The claims, oldest first. */
export function planClaims(snapshot: IpamSnapshot): readonly Claim[] {
  return snapshot.services
    .filter((service) => isOurs(service, snapshot))
    .toSorted(byAge)
    .map(readClaim);
}

function isOurs({ metadata, spec }: Service, { defaultClass }: IpamSnapshot): boolean {
  if (spec.type !== 'LoadBalancer' || metadata.deletionTimestamp !== undefined) return false;
  return spec.loadBalancerClass === LOAD_BALANCER_CLASS || (spec.loadBalancerClass === undefined && defaultClass);
}

function readClaim(service: Service): Claim {
  return { key: keyOf(service), service, wish: wishOf(service), labels: labelsOf(service) };
}

/** Cilium's pseudo labels come last: a label that a user wrote under their name does not count. */
function labelsOf({ metadata }: Service): Readonly<Record<string, string>> {
  return {
    ...metadata.labels,
    'io.kubernetes.service.namespace': metadata.namespace ?? '',
    'io.kubernetes.service.name': metadata.name,
  };
}

function wishOf(service: Service): Wish {
  const requested = requestedTexts(service);
  if (requested.length === 0) return familiesOf(service);
  const unreadable = requested.find(({ text }) => parseIpAddress(text) === undefined);
  if (unreadable !== undefined) {
    return { kind: 'unreadable', because: `${unreadable.source}: '${unreadable.text}' is not an IP address` };
  }
  const addresses = requested.flatMap(({ text }) => parseIpAddress(text) ?? []);
  return { kind: 'addresses', addresses: [...new Set(addresses)] };
}

interface RequestedText {
  readonly source: string;
  readonly text: string;
}

/** The first annotation that is there counts, ours before others'; spec.loadBalancerIP is honoured besides. */
function requestedTexts({ metadata, spec }: Service): readonly RequestedText[] {
  const name = ADDRESS_ANNOTATIONS.map((row) => row.name).find((key) => metadata.annotations[key] !== undefined);
  const listed = name === undefined ? [] : (metadata.annotations[name] ?? '').split(',');
  return [
    ...listed.map((text) => ({ source: `annotation ${name}`, text: text.trim() })),
    { source: 'spec.loadBalancerIP', text: spec.loadBalancerIP ?? '' },
  ].filter(({ text }) => text !== '');
}

function familiesOf({ spec }: Service): Wish {
  const first = spec.ipFamilies[0] ?? 'IPv4';
  const both = first === 'IPv4' ? (['IPv4', 'IPv6'] as const) : (['IPv6', 'IPv4'] as const);
  switch (spec.ipFamilyPolicy) {
    case 'RequireDualStack':
      return { kind: 'families', families: both, need: 'all' };
    case 'PreferDualStack':
      return { kind: 'families', families: both, need: 'any' };
    case 'SingleStack':
    case undefined:
      return { kind: 'families', families: [first], need: 'all' };
    default:
      return spec.ipFamilyPolicy satisfies never;
  }
}
