// Our own kinds, group fairlead.dev/v1alpha1, all cluster-scoped. The CRDs in config/crd are generated from these schemas.
import { z } from 'zod';
import { type IpAddress, type IpPrefix, parseIpAddress, parsePrefixLoosely } from '../net/address.ts';
import { rangeBetween } from '../net/range.ts';
import { labelSelectorSchema } from './labels.ts';
import { conditionSchema, objectMetaSchema } from './meta.ts';
import { parserOf } from './parsed.ts';
import { LIST_ATOMIC, LIST_SET, listMap, rules } from './schema-notes.ts';

const address = z
  .string()
  .max(45)
  .refine((text) => parseIpAddress(text) !== undefined, { error: 'must be an IPv4 or IPv6 address' })
  .transform((text) => parseIpAddress(text) as IpAddress)
  .meta({ anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] });
const cidr = z
  .string()
  .max(49)
  .refine((text) => parsePrefixLoosely(text) !== undefined, {
    error: 'must be an address and a prefix length, such as 192.0.2.0/24',
  })
  .transform((text) => parsePrefixLoosely(text) as IpPrefix)
  .meta({ format: 'cidr' });
const asn = z.number().int().min(1).max(4_294_967_295);
const objectName = z.string().max(253);
const conditions = z
  .array(conditionSchema)
  .max(32)
  .default([])
  .describe('What is true of the object at present.')
  .meta(listMap('type'));

/** One run of addresses: `{cidr}` or `{start[, stop]}` (start alone is one address), as CiliumLoadBalancerIPPool has it. */
export const poolBlockSchema = z
  .object({
    cidr: cidr.optional().describe('All addresses of a prefix, such as 192.0.2.0/24.'),
    start: address.optional().describe('The first address of a range; alone, the only one.'),
    stop: address.optional().describe('The last address of a range that has a start.'),
  })
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
  })
  .meta(
    rules(
      { rule: 'has(self.cidr) != has(self.start)', message: 'must hold either cidr or start' },
      { rule: '!has(self.stop) || has(self.start)', message: 'stop needs start' },
      {
        rule: "!has(self.start) || !has(self.stop) || self.start.contains(':') == self.stop.contains(':')",
        message: 'start and stop must be of one family',
      },
    ),
  );
export type PoolBlock = z.infer<typeof poolBlockSchema>;

/** How many addresses a pool has, in decimal: an IPv6 pool has more than a JSON number can count. */
const poolCountsSchema = z.object({
  total: z.string().max(40),
  used: z.string().max(40),
  available: z.string().max(40),
});

export const loadBalancerIPPoolSchema = z.object({
  kind: z.literal('LoadBalancerIPPool').default('LoadBalancerIPPool'),
  metadata: objectMetaSchema,
  spec: z.object({
    blocks: z.array(poolBlockSchema).min(1).max(256).describe('Where the addresses come from.').meta(LIST_ATOMIC),
    serviceSelector: labelSelectorSchema
      .optional()
      .describe(
        'Services that may have addresses of this pool; absent: all. The labels io.kubernetes.service.namespace and ' +
          "io.kubernetes.service.name stand for the Service's namespace and name.",
      ),
    allowFirstLastIPs: z
      .enum(['Yes', 'No'])
      .default('Yes')
      .describe(
        'Whether the first and the last address of a cidr are given out. Ranges and prefixes of two or fewer addresses are not affected.',
      ),
    disabled: z.boolean().default(false).describe('Gives nothing new; what is held stays.'),
  }),
  status: z
    .object({
      addresses: poolCountsSchema.optional().describe('How many addresses the pool has, as decimal text.'),
      conditions,
    })
    .prefault({}),
});
export type LoadBalancerIPPool = z.infer<typeof loadBalancerIPPoolSchema>;

export const ipAllocationSchema = z
  .object({
    kind: z.literal('IPAllocation').default('IPAllocation'),
    metadata: objectMetaSchema,
    spec: z
      .object({
        address: address.describe('The address; the name of the object spells the same.'),
        pool: objectName.describe('The LoadBalancerIPPool that it came from.'),
        owner: z
          .object({
            kind: z.enum(['Service']),
            namespace: z.string().max(63),
            name: objectName,
            uid: z.string().max(64),
          })
          .describe('Who holds it.'),
        source: z
          .enum(['auto', 'requested', 'imported'])
          .default('auto')
          .describe('Chosen by us, asked for by name, or found on the Service when we first saw it.'),
      })
      .meta(
        rules({
          rule: 'self.address == oldSelf.address',
          message: 'cannot change: the name says it',
          fieldPath: '.address',
        }),
      ),
    status: z.object({ state: z.enum(['Bound', 'Releasing']).default('Bound') }).prefault({}),
  })
  .meta(
    rules({
      rule: "self.spec.address.contains(':') || self.metadata.name == self.spec.address",
      message: 'must be named by its address',
    }),
  );
export type IPAllocation = z.infer<typeof ipAllocationSchema>;

export const bgpPeerSchema = z.object({
  kind: z.literal('BGPPeer').default('BGPPeer'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      localASN: asn.describe('The autonomous system of the LB nodes.'),
      peerASN: asn.describe('The autonomous system of the router.'),
      peerAddress: address.describe('Where the router listens.'),
      peerPort: z.number().int().min(1).max(65535).default(179),
      sourceAddress: address
        .optional()
        .describe('Address of the node that the session starts from; absent: the kernel chooses.'),
      passwordSecretRef: z
        .object({ namespace: z.string().max(63), name: objectName })
        .optional()
        .describe('Secret whose key `password` holds the TCP MD5 password (RFC 2385).'),
      holdTimeSeconds: z.number().int().min(3).max(65535).default(90),
      keepaliveSeconds: z.number().int().min(1).max(21845).default(30),
      connectRetrySeconds: z.number().int().min(1).max(65535).default(5),
      ebgpMultihopTtl: z
        .number()
        .int()
        .min(1)
        .max(255)
        .optional()
        .describe('For a router that is further away than one hop.'),
      nodeSelector: labelSelectorSchema.optional().describe('LBNodes that hold this session; absent: all.'),
    })
    .refine((spec) => spec.keepaliveSeconds <= spec.holdTimeSeconds, {
      path: ['keepaliveSeconds'],
      error: 'must not be longer than holdTimeSeconds',
    })
    .meta(
      rules({
        rule: 'self.keepaliveSeconds <= self.holdTimeSeconds',
        message: 'must not be longer than holdTimeSeconds',
        fieldPath: '.keepaliveSeconds',
      }),
    ),
  status: z.object({ conditions }).prefault({}),
});
export type BGPPeer = z.infer<typeof bgpPeerSchema>;

export const bgpAdvertisementSchema = z.object({
  kind: z.literal('BGPAdvertisement').default('BGPAdvertisement'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      pools: z
        .array(objectName)
        .max(256)
        .default([])
        .describe('Pools whose addresses are announced; empty: all.')
        .meta(LIST_SET),
      peers: z
        .array(objectName)
        .max(256)
        .default([])
        .describe('Peers that get them; empty: all of the node.')
        .meta(LIST_SET),
      nodeSelector: labelSelectorSchema.optional().describe('LBNodes that announce them; absent: all.'),
      communities: z
        .array(z.string().max(32))
        .max(64)
        .default([])
        .describe('BGP communities, as 65000:100 or by the names of RFC 1997.')
        .meta(LIST_SET),
      localPreference: z
        .number()
        .int()
        .min(0)
        .max(4_294_967_295)
        .optional()
        .describe('LOCAL_PREF on internal sessions.'),
    })
    .prefault({}),
  status: z.object({ conditions }).prefault({}),
});
export type BGPAdvertisement = z.infer<typeof bgpAdvertisementSchema>;

/**
 * Where a node is on its way in (Joining: others get ready; Settling: moved flows find their way), in service, or on
 * its way out (Preparing: others get ready; Draining; Drained).
 */
export const NODE_PHASES = ['Joining', 'Settling', 'Serving', 'Preparing', 'Draining', 'Drained'] as const;
export type NodePhase = (typeof NODE_PHASES)[number];

/** One dedicated LB node. The speaker of the node creates the object and writes its status; people write `spec`. */
export const lbNodeSchema = z.object({
  kind: z.literal('LBNode').default('LBNode'),
  metadata: objectMetaSchema,
  spec: z
    .object({ draining: z.boolean().default(false).describe('Asks the node to hand its traffic over to the others.') })
    .prefault({}),
  status: z
    .object({
      phase: z
        .enum(NODE_PHASES)
        .default('Serving')
        .describe('How far the node is on its way into service or out of it.'),
      heartbeatTime: z
        .string()
        .max(64)
        .default('')
        .describe('When the speaker last wrote, RFC 3339. Older than 15 s: the node counts as gone.'),
      nodeAddresses: z
        .array(address)
        .max(16)
        .default([])
        .describe('Where other LB nodes reach this one.')
        .meta(LIST_SET),
      announced: z
        .array(z.object({ address, pool: objectName.default('') }))
        .max(65_536)
        .default([])
        .describe('Addresses that the network is told to send here.')
        .meta(listMap('address')),
      withheld: z
        .array(z.object({ address, reason: z.string().max(64), message: z.string().max(1024) }))
        .max(65_536)
        .default([])
        .describe('Addresses that are not announced by this node, and why.')
        .meta(listMap('address')),
      peers: z
        .array(
          z.object({
            name: objectName,
            address: z.string().max(45),
            state: z.string().max(32),
            since: z.string().max(64).default(''),
            message: z.string().max(1024).default(''),
          }),
        )
        .max(256)
        .default([])
        .describe('State of the BGP sessions.')
        .meta(listMap('name')),
      secondChanceFor: z
        .array(objectName)
        .max(256)
        .default([])
        .describe(
          'Nodes that come or go, for whose sake this node passes packets of unknown connections on to the others.',
        )
        .meta(LIST_SET),
      connections: z
        .number()
        .int()
        .min(0)
        .optional()
        .describe('Client connections that the proxy of this node holds; absent while no proxy reports.'),
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
export function isFresh(node: Pick<LBNode, 'status'>, now: number): boolean {
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
