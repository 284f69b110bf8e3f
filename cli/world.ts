// The objects of a cluster, read once: what the programs watch, for commands that plan what they would plan.

import { z } from 'zod';
import { KINDS, type KindName, type KindRow, type ObjectOf } from '../api/kinds.ts';
import { conditionSchema, type KubeObject, keyOf, objectMetaSchema } from '../api/meta.ts';
import { type FieldError, formatFieldErrors } from '../api/parsed.ts';
import type { IpamWorld, RefusedObject } from '../ipam/snapshot.ts';
import { ApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { listPages } from '../kube/list-pages.ts';
import { collectionPath } from '../kube/resource-path.ts';
import type { ObjectRefusal, ProxyWorld } from '../proxy/snapshot.ts';

/** One reading of some kinds. A kind that the server does not know counts as empty. */
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

/** Lists every kind, in parallel. */
export async function readWorld(
  client: KubeClient,
  kinds: readonly KindName[],
  signal: AbortSignal,
): Promise<WorldReading> {
  const readings = new Map<KindName, KindReading>(
    await Promise.all(kinds.map(async (kind) => [kind, await readKind(client, KINDS[kind], signal)] as const)),
  );
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

async function readKind(client: KubeClient, kind: KindRow, signal: AbortSignal): Promise<KindReading> {
  const reading: KindReading = { objects: [], refused: [] };
  try {
    await listPages({ client, path: collectionPath(kind), query: {} }, signal, (items) => {
      for (const item of items) take(reading, kind, item);
    });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
  return reading;
}

function take({ objects, refused }: KindReading, kind: KindRow, item: unknown): void {
  const parsed = kind.parse(item);
  if (parsed.ok) objects.push(parsed.value);
  else refused.push({ object: unreadableSchema.parse(item), errors: parsed.errors });
}

function refusedObject(kind: RefusedObject['kind'], { object, errors }: Unreadable): RefusedObject {
  const { name, namespace, uid } = object.metadata;
  return {
    kind,
    key: keyOf(object),
    reference: { apiVersion: KINDS[kind].apiVersion, kind, namespace, name, uid },
    message: formatFieldErrors(errors),
  };
}
