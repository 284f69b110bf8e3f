// Kinds of the core groups, with only the fields that we read.
import { z } from 'zod';
import { conditionSchema, objectMetaSchema } from './meta.ts';
import { parserOf } from './parsed.ts';

const portNumber = z.number().int().min(1).max(65535);
const intOrString = z.union([z.number().int(), z.string()]);

const servicePortSchema = z.object({
  name: z.string().default(''),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  port: portNumber,
  targetPort: intOrString.optional(),
  nodePort: z.number().int().optional(),
  appProtocol: z.string().optional(),
});
export type ServicePort = z.infer<typeof servicePortSchema>;

export const serviceSchema = z.object({
  kind: z.literal('Service').default('Service'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
      ports: z.array(servicePortSchema).default([]),
      selector: z.record(z.string(), z.string()).default({}),
      clusterIP: z.string().optional(),
      externalName: z.string().optional(),
      loadBalancerClass: z.string().optional(),
      loadBalancerIP: z.string().optional(),
      ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])).default([]),
      ipFamilyPolicy: z.enum(['SingleStack', 'PreferDualStack', 'RequireDualStack']).optional(),
      externalTrafficPolicy: z.enum(['Cluster', 'Local']).default('Cluster'),
      publishNotReadyAddresses: z.boolean().default(false),
    })
    .prefault({}),
  status: z
    .object({
      conditions: z.array(conditionSchema).default([]),
      loadBalancer: z
        .object({
          ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});
export type Service = z.infer<typeof serviceSchema>;

export const endpointSliceSchema = z.object({
  kind: z.literal('EndpointSlice').default('EndpointSlice'),
  metadata: objectMetaSchema,
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()).min(1),
        conditions: z
          .object({
            ready: z.boolean().nullish(),
            serving: z.boolean().nullish(),
            terminating: z.boolean().nullish(),
          })
          .prefault({}),
        nodeName: z.string().optional(),
        targetRef: z.object({ kind: z.string().default(''), name: z.string().default('') }).optional(),
      }),
    )
    .nullish()
    .transform((endpoints) => endpoints ?? []),
  ports: z
    .array(
      z.object({
        name: z
          .string()
          .nullish()
          .transform((name) => name ?? ''),
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
        port: portNumber.nullish().transform((port) => port ?? undefined),
        appProtocol: z.string().nullish(),
      }),
    )
    .nullish()
    .transform((ports) => ports ?? []),
});
export type EndpointSlice = z.infer<typeof endpointSliceSchema>;

/** Values stay base64, as the API has them; who needs one decodes it. */
export const secretSchema = z.object({
  kind: z.literal('Secret').default('Secret'),
  metadata: objectMetaSchema,
  type: z.string().default('Opaque'),
  data: z
    .record(z.string(), z.string())
    .nullish()
    .transform((data) => data ?? {}),
});
export type Secret = z.infer<typeof secretSchema>;

export const namespaceSchema = z.object({
  kind: z.literal('Namespace').default('Namespace'),
  metadata: objectMetaSchema,
});
export type Namespace = z.infer<typeof namespaceSchema>;

export const parseService = parserOf(serviceSchema);
export const parseEndpointSlice = parserOf(endpointSliceSchema);
export const parseSecret = parserOf(secretSchema);
export const parseNamespace = parserOf(namespaceSchema);
