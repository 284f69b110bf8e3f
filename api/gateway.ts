// Kinds of the Gateway API v1, with only the fields that we read. Defaults are those of its CRDs.
import { z } from 'zod';
import { labelSelectorSchema } from './labels.ts';
import { conditionSchema, objectMetaSchema } from './meta.ts';
import { parserOf } from './parsed.ts';

const GATEWAY_GROUP = 'gateway.networking.k8s.io';
const portNumber = z.number().int().min(1).max(65535);

export const gatewayClassSchema = z.object({
  kind: z.literal('GatewayClass').default('GatewayClass'),
  metadata: objectMetaSchema,
  spec: z.object({ controllerName: z.string() }),
  status: z.object({ conditions: z.array(conditionSchema).default([]) }).prefault({}),
});
export type GatewayClass = z.infer<typeof gatewayClassSchema>;

const allowedRoutesSchema = z.object({
  namespaces: z
    .object({
      from: z.enum(['All', 'Selector', 'Same', 'None']).default('Same'),
      selector: labelSelectorSchema.optional(),
    })
    .prefault({}),
  kinds: z.array(z.object({ group: z.string().default(GATEWAY_GROUP), kind: z.string() })).default([]),
});

const secretReferenceSchema = z.object({
  group: z.string().default(''),
  kind: z.string().default('Secret'),
  name: z.string(),
  namespace: z.string().optional(),
});
export type SecretReference = z.infer<typeof secretReferenceSchema>;

export const listenerSchema = z.object({
  name: z.string(),
  hostname: z.string().optional(),
  port: portNumber,
  protocol: z.string(),
  tls: z
    .object({
      mode: z.enum(['Terminate', 'Passthrough']).default('Terminate'),
      certificateRefs: z.array(secretReferenceSchema).default([]),
    })
    .optional(),
  allowedRoutes: allowedRoutesSchema.prefault({}),
});
export type Listener = z.infer<typeof listenerSchema>;

export const gatewaySchema = z.object({
  kind: z.literal('Gateway').default('Gateway'),
  metadata: objectMetaSchema,
  spec: z.object({
    gatewayClassName: z.string(),
    listeners: z.array(listenerSchema).default([]),
    addresses: z.array(z.object({ type: z.string().default('IPAddress'), value: z.string().default('') })).default([]),
    infrastructure: z
      .object({
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
        parametersRef: z.object({ group: z.string().default(''), kind: z.string(), name: z.string() }).optional(),
      })
      .prefault({}),
  }),
  status: z
    .object({
      addresses: z.array(z.object({ type: z.string().default('IPAddress'), value: z.string() })).default([]),
      conditions: z.array(conditionSchema).default([]),
      listeners: z.array(z.object({ name: z.string(), conditions: z.array(conditionSchema).default([]) })).default([]),
    })
    .prefault({}),
});
export type Gateway = z.infer<typeof gatewaySchema>;

export const parentReferenceSchema = z.object({
  group: z.string().default(GATEWAY_GROUP),
  kind: z.string().default('Gateway'),
  namespace: z.string().optional(),
  name: z.string(),
  sectionName: z.string().optional(),
  port: portNumber.optional(),
});
export type ParentReference = z.infer<typeof parentReferenceSchema>;

const headerValueSchema = z.object({ name: z.string(), value: z.string() });
const headerFilterSchema = z.object({
  set: z.array(headerValueSchema).default([]),
  add: z.array(headerValueSchema).default([]),
  remove: z.array(z.string()).default([]),
});
export type HeaderFilter = z.infer<typeof headerFilterSchema>;

const pathModifierSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ReplaceFullPath'), replaceFullPath: z.string() }),
  z.object({ type: z.literal('ReplacePrefixMatch'), replacePrefixMatch: z.string() }),
]);
export type PathModifier = z.infer<typeof pathModifierSchema>;

export const backendObjectReferenceSchema = z.object({
  group: z.string().default(''),
  kind: z.string().default('Service'),
  name: z.string(),
  namespace: z.string().optional(),
  port: portNumber.optional(),
});

/** A filter of a kind that is not known here keeps its type, so that the route can be refused by name. */
const httpRouteFilterSchema = z.union([
  z.object({ type: z.literal('RequestHeaderModifier'), requestHeaderModifier: headerFilterSchema }),
  z.object({ type: z.literal('ResponseHeaderModifier'), responseHeaderModifier: headerFilterSchema }),
  z.object({
    type: z.literal('RequestRedirect'),
    requestRedirect: z.object({
      scheme: z.enum(['http', 'https']).optional(),
      hostname: z.string().optional(),
      path: pathModifierSchema.optional(),
      port: portNumber.optional(),
      statusCode: z.number().int().default(302),
    }),
  }),
  z.object({
    type: z.literal('URLRewrite'),
    urlRewrite: z.object({ hostname: z.string().optional(), path: pathModifierSchema.optional() }),
  }),
  z.object({ type: z.string() }).transform(({ type }) => ({ type: 'Unsupported' as const, filterType: type })),
]);
export type HttpRouteFilter = z.infer<typeof httpRouteFilterSchema>;

export const httpRouteMatchSchema = z.object({
  path: z
    .object({
      type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
      value: z.string().default('/'),
    })
    .prefault({}),
  headers: z
    .array(headerValueSchema.extend({ type: z.enum(['Exact', 'RegularExpression']).default('Exact') }))
    .default([]),
  queryParams: z
    .array(headerValueSchema.extend({ type: z.enum(['Exact', 'RegularExpression']).default('Exact') }))
    .default([]),
  method: z.string().optional(),
});
export type HttpRouteMatch = z.infer<typeof httpRouteMatchSchema>;

const httpBackendRefSchema = backendObjectReferenceSchema.extend({
  weight: z.number().int().min(0).max(1_000_000).default(1),
  filters: z.array(httpRouteFilterSchema).default([]),
});
export type HttpBackendRef = z.infer<typeof httpBackendRefSchema>;

export const httpRouteRuleSchema = z.object({
  name: z.string().optional(),
  matches: z.array(httpRouteMatchSchema).default([]),
  filters: z.array(httpRouteFilterSchema).default([]),
  backendRefs: z.array(httpBackendRefSchema).default([]),
  timeouts: z.object({ request: z.string().optional(), backendRequest: z.string().optional() }).optional(),
});
export type HttpRouteRule = z.infer<typeof httpRouteRuleSchema>;

export const httpRouteSchema = z.object({
  kind: z.literal('HTTPRoute').default('HTTPRoute'),
  metadata: objectMetaSchema,
  spec: z.object({
    parentRefs: z.array(parentReferenceSchema).default([]),
    hostnames: z.array(z.string()).default([]),
    rules: z.array(httpRouteRuleSchema).default([]),
  }),
  status: z
    .object({
      parents: z
        .array(
          z.object({
            parentRef: parentReferenceSchema,
            controllerName: z.string(),
            conditions: z.array(conditionSchema).default([]),
          }),
        )
        .default([]),
    })
    .prefault({}),
});
export type HttpRoute = z.infer<typeof httpRouteSchema>;

export const referenceGrantSchema = z.object({
  kind: z.literal('ReferenceGrant').default('ReferenceGrant'),
  metadata: objectMetaSchema,
  spec: z.object({
    from: z.array(z.object({ group: z.string(), kind: z.string(), namespace: z.string() })),
    to: z.array(z.object({ group: z.string(), kind: z.string(), name: z.string().optional() })),
  }),
});
export type ReferenceGrant = z.infer<typeof referenceGrantSchema>;

export const parseGatewayClass = parserOf(gatewayClassSchema);
export const parseGateway = parserOf(gatewaySchema);
export const parseHttpRoute = parserOf(httpRouteSchema);
export const parseReferenceGrant = parserOf(referenceGrantSchema);
