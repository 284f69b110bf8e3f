// Our own objects in the cluster: made when missing, corrected when they differ, deleted only when still the same.
import { type ObjectKey, splitKey } from '../api/meta.ts';
import { isApiStatus } from './api-error.ts';
import type { KubeApi } from './client.ts';
import { covers } from './covers.ts';
import { readRawObject } from './raw-object.ts';
import { collectionPath, objectPath, type ResourceKind } from './resource-path.ts';

export interface ObjectRequest {
  readonly client: KubeApi;
  readonly kind: ResourceKind & { readonly kind: string };
  readonly key: ObjectKey;
}

/** What we want in the object; apiVersion, kind, name and namespace are filled in from the request. */
export interface DesiredObject {
  readonly metadata?: {
    readonly labels?: object;
    readonly annotations?: object;
    readonly ownerReferences?: readonly object[];
  };
  readonly [field: string]: unknown;
}

const MERGE_PATCH = 'application/merge-patch+json';
const CONFLICT_TRIES = 5;

/** Creates the object. Throws ApiError 409 `AlreadyExists` when the name is taken: that is how a name is claimed. */
export async function createObject(
  { client, kind, key }: ObjectRequest,
  desired: DesiredObject,
  signal: AbortSignal,
): Promise<unknown> {
  const { namespace, name } = splitKey(key);
  const metadata = { ...desired.metadata, name, ...(namespace === undefined ? {} : { namespace }) };
  const body = { apiVersion: kind.apiVersion, kind: kind.kind, ...desired, metadata };
  return client.request('POST', collectionPath(kind, namespace), { body, signal });
}

/**
 * Creates the object, or corrects by merge patch whatever is not as desired. Fields that `desired` does not name
 * (server defaults, others' labels) stay. Tries again when somebody else writes at the same time.
 */
export async function applyObject(
  request: ObjectRequest,
  desired: DesiredObject,
  signal: AbortSignal,
): Promise<'created' | 'updated' | 'unchanged'> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToApply(request, desired, signal);
    } catch (error) {
      if (!isApiStatus(error, 409) || attempt >= CONFLICT_TRIES) throw error;
    }
  }
}

async function tryToApply(
  request: ObjectRequest,
  desired: DesiredObject,
  signal: AbortSignal,
): Promise<'created' | 'updated' | 'unchanged'> {
  const { client, kind, key } = request;
  const path = objectPath(kind, key);
  const observed = await getObject(request, signal);
  if (observed === undefined) {
    await createObject(request, desired, signal);
    return 'created';
  }
  if (covers(observed, desired)) return 'unchanged';
  const resourceVersion = readRawObject(observed)?.metadata.resourceVersion;
  const body = { ...desired, metadata: { ...desired.metadata, resourceVersion } };
  await client.request('PATCH', path, { body, contentType: MERGE_PATCH, signal });
  return 'updated';
}

/** The object as the server has it, undefined when there is none. */
export async function getObject({ client, kind, key }: ObjectRequest, signal: AbortSignal): Promise<unknown> {
  try {
    return await client.request('GET', objectPath(kind, key), { signal });
  } catch (error) {
    if (isApiStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Only the object that was seen may go. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Deletes the object if it is still the one meant: 'changed' when it is not, 'gone' when there is none. */
export async function deleteObject(
  { client, kind, key }: ObjectRequest,
  preconditions: Preconditions,
  signal: AbortSignal,
): Promise<'deleted' | 'gone' | 'changed'> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
  try {
    await client.request('DELETE', objectPath(kind, key), { body, signal });
    return 'deleted';
  } catch (error) {
    if (isApiStatus(error, 404)) return 'gone';
    if (isApiStatus(error, 409)) return 'changed';
    throw error;
  }
}
