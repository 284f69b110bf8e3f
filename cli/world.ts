// The objects of a cluster, read once: what the programs watch, for commands that plan what they would plan.
import { z } from 'zod';
import { KINDS, type KindName, type KindRow, type ObjectOf } from '../api/kinds.ts';
import { conditionSchema, type KubeObject, keyOf, objectMetaSchema } from '../api/meta.ts';
import { type FieldError, formatFieldErrors } from '../api/parsed.ts';
import type { IpamWorld, RefusedObject } from '../ipam/snapshot.ts';
import { isApiStatus } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { listPages } from '../kube/list-pages.ts';
import { collectionPath } from '../kube/resource-path.ts';
import type { ObjectRefusal, ProxyWorld } from '../proxy/snapshot.ts';
import { CommandError } from './terminal.ts';

/** One reading of some kinds. */
export interface WorldReading {
  list<K extends KindName>(kind: K): readonly ObjectOf<K>[];
  /** Objects of that kind that are there but do not parse. */
  refused(kind: KindName): readonly Unreadable[];
}

interface Unreadable {
  readonly object: z.infer<typeof unreadableSchema>;
  readonly errors: readonly FieldError[];
}

interface KindReading {
  readonly objects: KubeObject[];
  readonly refused: Unreadable[];
}

const unreadableSchema = z.object({
  metadata: objectMetaSchema.catch({ ...objectMetaSchema.parse({ name: '?' }) }),
  status: z.object({ conditions: z.array(conditionSchema).catch([]) }).catch({ conditions: [] }),
});

/** Lists every kind, in parallel. Throws CommandError when the server does not know one of them. */
export async function readWorld(
  client: KubeClient,
  kinds: readonly KindName[],
  signal: AbortSignal,
): Promise<WorldReading> {
  const results = await Promise.all(
    kinds.map(async (kind) => [kind, await readKind(client, KINDS[kind], signal)] as const),
  );
  const readings = new Map(results.flatMap(([kind, reading]) => (reading === undefined ? [] : [[kind, reading]])));
  const unknown = kinds.filter((kind) => !readings.has(kind)).toSorted();
  if (unknown.length > 0) throw unknownKinds(unknown);
  const readingOf = (kind: KindName): KindReading => {
    const reading = readings.get(kind);
    if (reading === undefined) throw new Error(`bug: ${kind} was not read`);
    return reading;
  };
  return {
    // Each kind's list was filled by that kind's own parser.
    list: <K extends KindName>(kind: K) => readingOf(kind).objects as unknown as readonly ObjectOf<K>[],
    refused: (kind) => readingOf(kind).refused,
  };
}

/** The reading as the proxy's plans want it. */
export function asProxyWorld(reading: WorldReading): ProxyWorld {
  return {
    list: (kind) => reading.list(kind),
    refusals: (kind) =>
      reading.refused(kind).map(({ object, errors }): ObjectRefusal => ({ kind, key: keyOf(object), errors })),
  };
}

/** The reading as ipam's plans want it. */
export function asIpamWorld(reading: WorldReading, kinds: readonly RefusedObject['kind'][]): IpamWorld {
  return {
    list: (kind) => reading.list(kind),
    refused: () => kinds.flatMap((kind) => reading.refused(kind).map((unreadable) => refusedObject(kind, unreadable))),
  };
}

function unknownKinds(kinds: readonly KindName[]): CommandError {
  const installed = 'are the CustomResourceDefinitions of Fairlead and of the Gateway API installed?';
  return new CommandError(`the server does not know ${kinds.join(', ')}: ${installed}`);
}

/** Undefined: the server does not know the kind. */
async function readKind(client: KubeClient, kind: KindRow, signal: AbortSignal): Promise<KindReading | undefined> {
  const reading: KindReading = { objects: [], refused: [] };
  try {
    await listPages({ client, path: collectionPath(kind), query: {} }, signal, (items) => {
      for (const item of items) take(reading, kind, item);
    });
  } catch (error) {
    if (isApiStatus(error, 404)) return undefined;
    throw error;
  }
  return reading;
}

function take({ objects, refused }: KindReading, kind: KindRow, item: unknown): void {
  const parsed = kind.parse(item);
  if (parsed.ok) objects.push(parsed.value);
  else refused.push({ object: unreadableSchema.parse(item), errors: parsed.errors });
}

function refusedObject(kind: RefusedObject['kind'], { object, errors }: Unreadable): RefusedObject {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    kind,
    key: keyOf(object),
    resourceVersion,
    reference: { apiVersion: KINDS[kind].apiVersion, kind, namespace, name, uid },
    message: formatFieldErrors(errors),
  };
}
