// Our kinds as CustomResourceDefinitions: what kubectl prints of them and what it may call them.
import type { z } from 'zod';
import {
  bgpAdvertisementSchema,
  bgpPeerSchema,
  ipAllocationSchema,
  lbNodeSchema,
  loadBalancerIPPoolSchema,
} from '../fairlead.ts';
import { GROUP } from '../identity.ts';
import { type JsonSchema, structuralSchemaOf } from './structural.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'boolean' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1: only with `-o wide`. */
  readonly priority?: number;
}

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly schema: z.ZodType;
  readonly columns: readonly PrinterColumn[];
}

/** The object that is applied to an API server. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly scope: 'Cluster';
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly additionalPrinterColumns: readonly PrinterColumn[];
      readonly schema: { readonly openAPIV3Schema: JsonSchema };
      readonly subresources: { readonly status: Record<string, never> };
    }[];
  };
}

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function condition(name: string, type: string): PrinterColumn {
  return { name, type: 'string', jsonPath: `.status.conditions[?(@.type=="${type}")].status` };
}

const DEFINITIONS: readonly Definition[] = [
  {
    kind: 'LoadBalancerIPPool',
    plural: 'loadbalancerippools',
    shortNames: ['lbpool', 'lbpools'],
    description:
      'Addresses that Services of type LoadBalancer and Gateways get. Its spec reads as CiliumLoadBalancerIPPool.',
    schema: loadBalancerIPPoolSchema,
    columns: [
      { name: 'Disabled', type: 'boolean', jsonPath: '.spec.disabled' },
      condition('Accepted', 'Accepted'),
      condition('Conflicting', 'fairlead.dev/PoolConflict'),
      { name: 'Used', type: 'string', jsonPath: '.status.addresses.used' },
      { name: 'Available', type: 'string', jsonPath: '.status.addresses.available' },
      AGE,
    ],
  },
  {
    kind: 'IPAllocation',
    plural: 'ipallocations',
    shortNames: ['ipalloc', 'ipallocs'],
    description:
      'One address that somebody holds. Fairlead writes these; the name is the address, so that nobody can hold it twice.',
    schema: ipAllocationSchema,
    columns: [
      { name: 'Address', type: 'string', jsonPath: '.spec.address' },
      { name: 'Pool', type: 'string', jsonPath: '.spec.pool' },
      { name: 'Namespace', type: 'string', jsonPath: '.spec.owner.namespace' },
      { name: 'Owner', type: 'string', jsonPath: '.spec.owner.name' },
      { name: 'State', type: 'string', jsonPath: '.status.state' },
      { name: 'Source', type: 'string', jsonPath: '.spec.source', priority: 1 },
      AGE,
    ],
  },
  {
    kind: 'BGPPeer',
    plural: 'bgppeers',
    shortNames: ['bgpp'],
    description: 'A router that LB nodes speak BGP with.',
    schema: bgpPeerSchema,
    columns: [
      { name: 'Peer', type: 'string', jsonPath: '.spec.peerAddress' },
      { name: 'Peer ASN', type: 'integer', jsonPath: '.spec.peerASN' },
      { name: 'Local ASN', type: 'integer', jsonPath: '.spec.localASN' },
      AGE,
    ],
  },
  {
    kind: 'BGPAdvertisement',
    plural: 'bgpadvertisements',
    shortNames: ['bgpadv'],
    description: 'Which addresses are announced to which peers, and how. Without one, nothing is announced by BGP.',
    schema: bgpAdvertisementSchema,
    columns: [
      { name: 'Pools', type: 'string', jsonPath: '.spec.pools' },
      { name: 'Peers', type: 'string', jsonPath: '.spec.peers' },
      AGE,
    ],
  },
  {
    kind: 'LBNode',
    plural: 'lbnodes',
    shortNames: ['lbn'],
    description:
      'One load balancer node. Its speaker creates the object and reports in its status; spec.draining is for people.',
    schema: lbNodeSchema,
    columns: [
      { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
      { name: 'Draining', type: 'boolean', jsonPath: '.spec.draining' },
      { name: 'Connections', type: 'integer', jsonPath: '.status.connections' },
      { name: 'Heartbeat', type: 'date', jsonPath: '.status.heartbeatTime' },
      AGE,
    ],
  },
];

/** The CRDs of all our kinds. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  return DEFINITIONS.map(customResourceDefinition);
}

function customResourceDefinition(definition: Definition): CustomResourceDefinition {
  const { kind, plural, shortNames, columns } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ['fairlead'],
      },
      scope: 'Cluster',
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: structuralSchemaOf(definition.schema, definition.description) },
          subresources: { status: {} },
        },
      ],
    },
  };
}
