// The kinds that only a lab reads: Fairlead itself never looks at Pods.
import { z } from 'zod';
import type { KindRow } from '../../api/kinds.ts';
import { labelSelectorSchema } from '../../api/labels.ts';
import { conditionSchema, objectMetaSchema } from '../../api/meta.ts';
import { parserOf } from '../../api/parsed.ts';

const containerSchema = z.object({
  name: z.string(),
  image: z.string().default(''),
  ports: z
    .array(
      z.object({
        name: z.string().default(''),
        containerPort: z.number().int().min(1).max(65535),
        protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
      }),
    )
    .default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ fieldRef: z.object({ fieldPath: z.string() }).optional() }).optional(),
      }),
    )
    .default([]),
});
export type Container = z.infer<typeof containerSchema>;

const podSpecSchema = z.object({
  nodeName: z.string().default(''),
  nodeSelector: z.record(z.string(), z.string()).default({}),
  containers: z.array(containerSchema),
  volumes: z.array(z.object({ secret: z.object({ secretName: z.string() }).optional() })).default([]),
});

const podSchema = z.object({
  kind: z.literal('Pod').default('Pod'),
  metadata: objectMetaSchema.extend({ deletionGracePeriodSeconds: z.number().optional() }),
  spec: podSpecSchema,
  status: z
    .object({
      phase: z.string().default('Pending'),
      podIP: z.string().optional(),
      conditions: z.array(conditionSchema).default([]),
    })
    .prefault({}),
});
export type Pod = z.infer<typeof podSchema>;

const deploymentSchema = z.object({
  kind: z.literal('Deployment').default('Deployment'),
  metadata: objectMetaSchema,
  spec: z.object({
    replicas: z.number().int().min(0).default(1),
    selector: labelSelectorSchema,
    // Kept whole: it is copied into the Pods.
    template: z.looseObject({
      metadata: z
        .object({
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      spec: z.unknown(),
    }),
  }),
  status: z.looseObject({}).default({}),
});
export type Deployment = z.infer<typeof deploymentSchema>;

export const POD: KindRow<Pod> = {
  kind: 'Pod',
  apiVersion: 'v1',
  plural: 'pods',
  namespaced: true,
  parse: parserOf(podSchema),
};
export const DEPLOYMENT: KindRow<Deployment> = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  plural: 'deployments',
  namespaced: true,
  parse: parserOf(deploymentSchema),
};

/** Nodes are written, not read. */
export const NODE: KindRow = {
  kind: 'Node',
  apiVersion: 'v1',
  plural: 'nodes',
  namespaced: false,
  parse: parserOf(z.object({ kind: z.literal('Node').default('Node'), metadata: objectMetaSchema })),
};

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}
