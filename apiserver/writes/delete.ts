// Deletion: at once, or marked until finalizers, grace time and dependants are done.

import type { RequestQuery } from '../http/query.ts';
import { isObject, type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import {
  finalizersOf,
  generationOf,
  isBeingDeleted,
  nameOf,
  namespaceOf,
  resourceVersionOf,
  uidOf,
  withMetadata,
} from '../object.ts';
import type { Kind } from '../registry/kind.ts';
import { badRequest, conflict, forbidden } from '../status-error.ts';
import { inTurns } from '../turns.ts';
import type { Target, Writer } from './writer.ts';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';
const PROTECTED_NAMESPACES = ['default', 'kube-system', 'kube-public'];

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagation: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds: number | undefined;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export interface Deletion {
  readonly object: JsonObject;
  /** False while something still holds the object. */
  readonly isGone: boolean;
}

/** Reads the DeleteOptions of a body and of the query. Throws 400. */
export function parseDeleteOptions(body: Json, query: RequestQuery): DeleteOptions {
  if (!isObject(body)) throw badRequest('DeleteOptions must be an object');
  const grace = body['gracePeriodSeconds'];
  const policy = stringAt(body, 'propagationPolicy') ?? query.propagationPolicy ?? 'Background';
  if (policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan')
    throw badRequest(
      `propagationPolicy: Unsupported value: ${JSON.stringify(policy)}: supported values: "Background", "Foreground", "Orphan"`,
    );
  return {
    dryRun: query.dryRun || (Array.isArray(body['dryRun']) && body['dryRun'].includes('All')),
    propagation: body['orphanDependents'] === true ? 'Orphan' : policy,
    gracePeriodSeconds: typeof grace === 'number' ? grace : query.gracePeriodSeconds,
    uid: stringAt(body, 'preconditions', 'uid'),
    resourceVersion: stringAt(body, 'preconditions', 'resourceVersion'),
  };
}

/** Deletes one object, or marks it. Throws 404 when there is none, 409 when it is not the one that was meant. */
export function deleteObject(writer: Writer, target: Target, options: DeleteOptions): Deletion {
  const { kind } = target;
  const object = kind.fromStorage(writer.read(target));
  checkPreconditions(object, kind, options);
  if (kind.plural === 'namespaces' && kind.group === '' && PROTECTED_NAMESPACES.includes(target.name))
    throw forbidden(kind, target.name, 'this namespace may not be deleted');
  const grace = graceOf(object, kind, options);
  const finalizers = [...new Set([...finalizersOf(object), ...extraFinalizers(options)])];
  const isHeld = finalizers.length > 0 || grace > 0 || kind.storage === 'namespaces';
  if (!isHeld) return { object: writer.remove(kind, object, options), isGone: true };
  const marked = markDeleted(object, { finalizers, grace, now: writer.timestamp() });
  return { object: marked === object ? object : writer.replace(kind, marked, options), isGone: false };
}

/**
 * Deletes all of those; each as if it had been asked for by name. Resolves with the last states of those that were still
 * there: others have their turn meanwhile, and may be faster.
 */
export async function deleteCollection(
  writer: Writer,
  { kind, items }: { readonly kind: Kind; readonly items: readonly JsonObject[] },
  options: DeleteOptions,
): Promise<readonly JsonObject[]> {
  const deleted: JsonObject[] = [];
  await inTurns(items, (item) => {
    const target = { kind, namespace: namespaceOf(item), name: nameOf(item) };
    if (writer.exists(target)) deleted.push(deleteObject(writer, target, options).object);
  });
  return deleted;
}

function checkPreconditions(object: JsonObject, kind: Kind, { uid, resourceVersion }: DeleteOptions): void {
  if (uid !== undefined && uid !== uidOf(object))
    throw conflict(
      kind,
      nameOf(object),
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${uidOf(object)}`,
    );
  if (resourceVersion !== undefined && resourceVersion !== resourceVersionOf(object))
    throw conflict(
      kind,
      nameOf(object),
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${resourceVersionOf(object)}`,
    );
}

/** Only a Pod on a node is given time: whoever runs it there deletes it for good with a grace period of 0. */
function graceOf(object: JsonObject, { storage }: Kind, { gracePeriodSeconds }: DeleteOptions): number {
  const phase = stringAt(object, 'status', 'phase');
  const runs =
    storage === 'pods' && stringAt(object, 'spec', 'nodeName') && phase !== 'Succeeded' && phase !== 'Failed';
  if (!runs) return 0;
  const own = objectAt(object, 'spec')?.['terminationGracePeriodSeconds'];
  return gracePeriodSeconds ?? (typeof own === 'number' ? own : 30);
}

function extraFinalizers({ propagation }: DeleteOptions): readonly string[] {
  if (propagation === 'Foreground') return [FOREGROUND_FINALIZER];
  return propagation === 'Orphan' ? [ORPHAN_FINALIZER] : [];
}

function markDeleted(
  object: JsonObject,
  { finalizers, grace, now }: { readonly finalizers: readonly string[]; readonly grace: number; readonly now: string },
): JsonObject {
  const isFirst = !isBeingDeleted(object);
  const held = finalizers.length === 0 ? object : withMetadata(object, 'finalizers', finalizers);
  const status =
    stringAt(object, 'kind') === 'Namespace' ? { ...objectAt(object, 'status'), phase: 'Terminating' } : undefined;
  const known = objectAt(object, 'metadata')?.['deletionGracePeriodSeconds'];
  if (!isFirst && typeof known === 'number' && known <= grace) return object;
  const dated = isFirst ? withMetadata(held, 'deletionTimestamp', later(now, grace)) : held;
  const generation = generationOf(object);
  const counted = isFirst && generation > 0 ? withMetadata(dated, 'generation', generation + 1) : dated;
  const graced = withMetadata(counted, 'deletionGracePeriodSeconds', grace);
  return status === undefined ? graced : { ...graced, status };
}

function later(now: string, seconds: number): string {
  return new Date(Date.parse(now) + seconds * 1000).toISOString().replace('.000Z', 'Z');
}
