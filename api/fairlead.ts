// Our own kinds, group fairlead.dev/v1alpha1, all cluster-scoped. The CRDs in config/crd are generated from these schemas.
import { z } from 'zod';
import { type IpAddress, type IpPrefix, parseIpAddress, parsePrefixLoosely } from '../net/address.ts';
import { rangeBetween } from '../net/range.ts';
import { labelSelectorSchema } from './labels.ts';
import { conditionSchema, objectMetaSchema } from './meta.ts';
import { parserOf } from './parsed.ts';

const address = z
  .string()
  .max(45)
  .refine((text) => parseIpAddress(text) !== undefined, { error: 'must be an IPv4 or IPv6 address' })
  .transform((text) => parseIpAddress(text) as IpAddress);
const cidr = z
  .string()
  .max(49)
  .refine((text) => parsePrefixLoosely(text) !== undefined, {
    error: 'must be an address and a prefix length, such as 192.0.2.0/24',
  })
  .transform((text) => parsePrefixLoosely(text) as IpPrefix);
const asn = z.number().int().min(1).max(4_294_967_295);
const conditions = z.array(conditionSchema).max(32).default([]);

/** One run of addresses: `{cidr}` or `{start[, stop]}` (start alone is one address), as CiliumLoadBalancerIPPool has it. */
export const poolBlockSchema = z
  .object({ cidr: cidr.optional(), start: address.optional(), stop: address.optional() })
  .superRefine((block, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    if (block.cidr !== undefined && (block.start !== undefined || block.stop !== undefined)) {
      complain('must hold either cidr or start and stop, not both');
    } else if (block.cidr === undefined && block.start === undefined) {
      complain('must hold cidr or start');
    } else if (
      block.start !== undefined &&
      block.stop !== undefined &&
      rangeBetween(block.start, block.stop) === undefined
    ) {
      complain(`start ${block.start} must not be above stop ${block.stop}, and both must be of one family`);
    }
  });
export type PoolBlock = z.infer<typeof poolBlockSchema>;

export const loadBalancerIPPoolSchema = z.object({
  kind: z.literal('LoadBalancerIPPool').default('LoadBalancerIPPool'),
  metadata: objectMetaSchema,
  spec: z.object({
    blocks: z.array(poolBlockSchema).min(1).max(256),
    serviceSelector: labelSelectorSchema.optional(),
    allowFirstLastIPs: z.enum(['Yes', 'No']).default('Yes'),
    disabled: z.boolean().default(false),
  }),
  status: z.object({ conditions }).prefault({}),
});
export type LoadBalancerIPPool = z.infer<typeof loadBalancerIPPoolSchema>;

export const ipAllocationSchema = z.object({
  kind: z.literal('IPAllocation').default('IPAllocation'),
  metadata: objectMetaSchema,
  spec: z.object({
    address,
    pool: z.string().max(253),
    owner: z.object({
      kind: z.enum(['Service']),
      namespace: z.string().max(63),
      name: z.string().max(253),
      uid: z.string().max(64),
    }),
    source: z.enum(['auto', 'requested', 'imported']).default('auto'),
  }),
  status: z.object({ state: z.enum(['Bound', 'Releasing']).default('Bound') }).prefault({}),
});
export type IPAllocation = z.infer<typeof ipAllocationSchema>;

export const bgpPeerSchema = z.object({
  kind: z.literal('BGPPeer').default('BGPPeer'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      localASN: asn,
      peerASN: asn,
      peerAddress: address,
      peerPort: z.number().int().min(1).max(65535).default(179),
      sourceAddress: address.optional(),
      passwordSecretRef: z.object({ namespace: z.string().max(63), name: z.string().max(253) }).optional(),
      holdTimeSeconds: z.number().int().min(3).max(65535).default(90),
      keepaliveSeconds: z.number().int().min(1).max(21845).default(30),
      connectRetrySeconds: z.number().int().min(1).max(65535).default(5),
      ebgpMultihopTtl: z.number().int().min(1).max(255).optional(),
      nodeSelector: labelSelectorSchema.optional(),
    })
    .refine((spec) => spec.keepaliveSeconds <= spec.holdTimeSeconds, {
      path: ['keepaliveSeconds'],
      error: 'must not be longer than holdTimeSeconds',
    }),
  status: z.object({ conditions }).prefault({}),
});
export type BGPPeer = z.infer<typeof bgpPeerSchema>;

export const bgpAdvertisementSchema = z.object({
  kind: z.literal('BGPAdvertisement').default('BGPAdvertisement'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      /** Pools whose addresses are announced; empty: all pools. */
      pools: z.array(z.string().max(253)).max(256).default([]),
      /** Peers that get them; empty: all peers of the node. */
      peers: z.array(z.string().max(253)).max(256).default([]),
      nodeSelector: labelSelectorSchema.optional(),
      /** `65000:100`, or the names of RFC 1997. */
      communities: z.array(z.string().max(32)).max(64).default([]),
      localPreference: z.number().int().min(0).max(4_294_967_295).optional(),
    })
    .prefault({}),
  status: z.object({ conditions }).prefault({}),
});
export type BGPAdvertisement = z.infer<typeof bgpAdvertisementSchema>;

/** Where a node is on its way out: Serving, Preparing (others get ready to take over), Draining, Drained. */
export const NODE_PHASES = ['Serving', 'Preparing', 'Draining', 'Drained'] as const;
export type NodePhase = (typeof NODE_PHASES)[number];

/** One dedicated LB node. The speaker of the node creates the object and writes its status; people write `spec`. */
export const lbNodeSchema = z.object({
  kind: z.literal('LBNode').default('LBNode'),
  metadata: objectMetaSchema,
  spec: z.object({ draining: z.boolean().default(false) }).prefault({}),
  status: z
    .object({
      phase: z.enum(NODE_PHASES).default('Serving'),
      /** When the speaker last wrote, RFC 3339. Older than 15 s: the node counts as gone. */
      heartbeatTime: z.string().max(64).default(''),
      /** Where other LB nodes reach this one. */
      nodeAddresses: z.array(address).max(16).default([]),
      announced: z
        .array(z.object({ address, pool: z.string().max(253).default('') }))
        .max(65_536)
        .default([]),
      withheld: z
        .array(z.object({ address, reason: z.string().max(64), message: z.string().max(1024) }))
        .max(65_536)
        .default([]),
      peers: z
        .array(
          z.object({
            name: z.string().max(253),
            address: z.string().max(45),
            state: z.string().max(32),
            since: z.string().max(64).default(''),
            message: z.string().max(1024).default(''),
          }),
        )
        .max(256)
        .default([]),
      /** Draining nodes whose live connections this node passes on to them. */
      secondChanceFor: z.array(z.string().max(253)).max(256).default([]),
      /** Client connections that the proxy of this node holds; absent while no proxy reports. */
      connections: z.number().int().min(0).optional(),
      conditions,
    })
    .prefault({}),
});
export type LBNode = z.infer<typeof lbNodeSchema>;

export const parseLoadBalancerIPPool = parserOf(loadBalancerIPPoolSchema);
export const parseIPAllocation = parserOf(ipAllocationSchema);
export const parseBGPPeer = parserOf(bgpPeerSchema);
export const parseBGPAdvertisement = parserOf(bgpAdvertisementSchema);
export const parseLBNode = parserOf(lbNodeSchema);

/** After this time without a heartbeat an LB node counts as gone. */
export const HEARTBEAT_EXPIRY_MS = 15_000;

/** Whether the node's speaker has written within the last 15 s. `now` in ms since the epoch. */
export function isFresh(node: LBNode, now: number): boolean {
  const at = Date.parse(node.status.heartbeatTime);
  return !Number.isNaN(at) && now - at < HEARTBEAT_EXPIRY_MS;
}

/**
 * The name of the IPAllocation of an address. Object names know no colon: IPv4 stays as it is, IPv6 is written out in
 * eight groups of four hexadecimal digits with dashes (`2001-0db8-…-0001`), which reads back without doubt.
 */
export function allocationName(value: IpAddress): string {
  if (!value.includes(':')) return value;
  const [head = '', tail] = value.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('-');
}

/** The inverse of allocationName; undefined where the name is none of ours. */
export function addressOfAllocationName(name: string): IpAddress | undefined {
  return parseIpAddress(name.includes('-') ? name.replaceAll('-', ':') : name);
}
