// networking.k8s.io/v1, with only the fields that we read.
import { z } from 'zod';
import { objectMetaSchema } from './meta.ts';
import { parserOf } from './parsed.ts';

const ingressBackendSchema = z.object({
  service: z
    .object({
      name: z.string(),
      port: z.object({ name: z.string().optional(), number: z.number().int().optional() }).prefault({}),
    })
    .optional(),
  resource: z.object({ apiGroup: z.string().optional(), kind: z.string(), name: z.string() }).optional(),
});
export type IngressBackend = z.infer<typeof ingressBackendSchema>;

const ingressPathSchema = z.object({
  path: z.string().default('/'),
  pathType: z.enum(['Exact', 'Prefix', 'ImplementationSpecific']),
  backend: ingressBackendSchema,
});
export type IngressPath = z.infer<typeof ingressPathSchema>;

export const ingressSchema = z.object({
  kind: z.literal('Ingress').default('Ingress'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      ingressClassName: z.string().optional(),
      defaultBackend: ingressBackendSchema.optional(),
      tls: z.array(z.object({ hosts: z.array(z.string()).default([]), secretName: z.string().optional() })).default([]),
      rules: z
        .array(
          z.object({ host: z.string().default(''), http: z.object({ paths: z.array(ingressPathSchema) }).optional() }),
        )
        .default([]),
    })
    .prefault({}),
  status: z
    .object({
      loadBalancer: z
        .object({
          ingress: z.array(z.object({ ip: z.string().optional(), hostname: z.string().optional() })).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
});
export type Ingress = z.infer<typeof ingressSchema>;

export const ingressClassSchema = z.object({
  kind: z.literal('IngressClass').default('IngressClass'),
  metadata: objectMetaSchema,
  spec: z
    .object({
      controller: z.string().default(''),
      parameters: z
        .object({
          apiGroup: z.string().default(''),
          kind: z.string(),
          name: z.string(),
          namespace: z.string().optional(),
          scope: z.enum(['Cluster', 'Namespace']).default('Cluster'),
        })
        .optional(),
    })
    .prefault({}),
});
export type IngressClass = z.infer<typeof ingressClassSchema>;

export const parseIngress = parserOf(ingressSchema);
export const parseIngressClass = parserOf(ingressClassSchema);
