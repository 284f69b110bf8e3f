// Step 3: what the programs write into the objects.
import { z } from 'zod';
import { KINDS, type KindRow } from '../../../api/kinds.ts';
import { type Condition, conditionSchema, type KubeObject, objectKey, objectMetaSchema } from '../../../api/meta.ts';
import { parserOf } from '../../../api/parsed.ts';
import { isApiStatus } from '../../../kube/api-error.ts';
import { objectPath } from '../../../kube/resource-path.ts';
import { ADDRESS } from '../samples.ts';
import { type DemoStep, type Stage, until } from '../stage.ts';

const TIMEOUT_MS = 10_000;

/** The Gateway with the part of its status that Fairlead writes and never reads back. */
const gatewaySchema = z.object({
  kind: z.literal('Gateway'),
  metadata: objectMetaSchema,
  status: z.object({
    addresses: z.array(z.object({ value: z.string() })).default([]),
    conditions: z.array(conditionSchema).default([]),
    listeners: z
      .array(z.object({ name: z.string(), attachedRoutes: z.number(), conditions: z.array(conditionSchema) }))
      .default([]),
  }),
});
const GATEWAY = { ...KINDS.Gateway, parse: parserOf(gatewaySchema) };

export const statuses: DemoStep = {
  title: 'ipam gives the Gateway an address, and every status says so',
  run: async (stage) => {
    const wait = { timeoutMs: TIMEOUT_MS, signal: stage.signal };
    await until(`IPAllocation ${ADDRESS}`, wait, () => read(stage, KINDS.IPAllocation, ADDRESS));
    stage.prove(`IPAllocation ${ADDRESS} holds the address`);

    await until('the Service of the Gateway with its address', wait, () => serviceWithAddress(stage));
    stage.prove('the selector-less LoadBalancer Service of the Gateway has it in status.loadBalancer');

    const gateway = await until('Gateway shop Accepted and Programmed with its address', wait, async () => {
      const { status } = (await read(stage, GATEWAY, 'shop', 'default')) ?? {};
      const isDone =
        status?.addresses.some(({ value }) => value === ADDRESS) === true &&
        isTrue(status.conditions, 'Accepted') &&
        isTrue(status.conditions, 'Programmed') &&
        status.listeners.length === 2 &&
        status.listeners.every((listener) => isTrue(listener.conditions, 'Programmed') && listener.attachedRoutes > 0);
      return isDone ? status : undefined;
    });
    const listeners = gateway.listeners.map(
      ({ name, attachedRoutes }) => `listener ${name}: attachedRoutes ${attachedRoutes}`,
    );
    stage.prove('Gateway shop: Accepted, Programmed', [`address ${ADDRESS}`, ...listeners].join('\n'));

    await until('HTTPRoute shop accepted by its parent', wait, async () => {
      const parents = (await read(stage, KINDS.HTTPRoute, 'shop', 'default'))?.status.parents ?? [];
      const isDone = parents.some(
        ({ conditions }) => isTrue(conditions, 'Accepted') && isTrue(conditions, 'ResolvedRefs'),
      );
      return isDone ? true : undefined;
    });
    stage.prove('HTTPRoute shop: its parent says Accepted and ResolvedRefs');

    await until('Ingress legacy with the address', wait, async () => {
      const ingress = await read(stage, KINDS.Ingress, 'legacy', 'default');
      return ingress?.status.loadBalancer.ingress.some(({ ip }) => ip === ADDRESS) === true ? true : undefined;
    });
    stage.prove('Ingress legacy shares the address');
  },
};

/** An object by name; undefined when there is none. */
export async function read<T extends KubeObject>(
  { client, signal }: Pick<Stage, 'client' | 'signal'>,
  kind: KindRow<T>,
  ...[name, namespace]: [name: string, namespace?: string]
): Promise<T | undefined> {
  try {
    const parsed = kind.parse(await client.request('GET', objectPath(kind, objectKey(namespace, name)), { signal }));
    return parsed.ok ? parsed.value : undefined;
  } catch (error) {
    if (isApiStatus(error, 404)) return undefined;
    throw error;
  }
}

async function serviceWithAddress(stage: Stage): Promise<true | undefined> {
  const allocation = await read(stage, KINDS.IPAllocation, ADDRESS);
  if (allocation === undefined) return undefined;
  const { name, namespace } = allocation.spec.owner;
  const service = await read(stage, KINDS.Service, name, namespace);
  return service?.status.loadBalancer.ingress.some(({ ip }) => ip === ADDRESS) === true ? true : undefined;
}

function isTrue(conditions: readonly Condition[], type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}
