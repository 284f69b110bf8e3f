// IPAllocation objects in the API server. Its refusal to hold two objects of one name is what makes an address unique.

import { parseIPAllocation } from '../../api/fairlead.ts';
import { API_VERSION } from '../../api/identity.ts';
import { KINDS } from '../../api/kinds.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import type { KubeApi } from '../../kube/client.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AllocationChange } from '../plan/diff-allocations.ts';

export interface AllocationsOptions {
  readonly client: KubeApi;
  readonly world: World;
  readonly log: Logger;
}

type Create = Extract<AllocationChange, { kind: 'create' }>;
type Move = Extract<AllocationChange, { kind: 'move' }>;
type Delete = Extract<AllocationChange, { kind: 'delete' }>;

export class Allocations {
  readonly #options: AllocationsOptions;

  constructor(options: AllocationsOptions) {
    this.#options = options;
  }

  /**
   * Carries out the changes one after another, and puts each answer into the store, so that the next plan knows of it
   * before the watch tells. Resolves with the claims that somebody else was faster than: they must be planned again.
   */
  async apply(changes: readonly AllocationChange[], signal: AbortSignal): Promise<ReadonlySet<ObjectKey>> {
    const outrun = new Set<ObjectKey>();
    for (const change of changes) {
      if (change.kind === 'create' && !(await this.#create(change, signal))) outrun.add(change.claim);
      if (change.kind === 'move') await this.#move(change, signal);
      if (change.kind === 'delete') await this.#delete(change, signal);
    }
    return outrun;
  }

  async #create({ name, spec, claim }: Create, signal: AbortSignal): Promise<boolean> {
    const { client, log } = this.#options;
    const body = { apiVersion: API_VERSION, kind: 'IPAllocation', metadata: { name }, spec };
    try {
      this.#remember(await client.request('POST', collectionPath(KINDS.IPAllocation), { body, signal }));
      log.info({ address: spec.address, pool: spec.pool, service: claim, source: spec.source }, 'address allocated');
      return true;
    } catch (error) {
      if (!isApiStatus(error, 409)) throw error;
      return this.#isOwnedBy(name, spec.owner.uid, signal);
    }
  }

  /** The object is there: perhaps we made it, and the answer was lost. */
  async #isOwnedBy(name: string, uid: string, signal: AbortSignal): Promise<boolean> {
    const { client, log } = this.#options;
    const path = objectPath(KINDS.IPAllocation, objectKey(undefined, name));
    const found = parseIPAllocation(this.#remember(await client.request('GET', path, { signal })));
    const isOurs = found.ok && found.value.spec.owner.uid === uid;
    if (!isOurs) log.info({ allocation: name }, 'address taken by another meanwhile');
    return isOurs;
  }

  async #move({ allocation, pool }: Move, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    const { metadata, spec } = allocation;
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { pool } };
    const path = objectPath(KINDS.IPAllocation, objectKey(undefined, metadata.name));
    const contentType = 'application/merge-patch+json';
    this.#remember(await client.request('PATCH', path, { body, contentType, signal }));
    log.info({ address: spec.address, pool, before: spec.pool }, 'address belongs to another pool now');
  }

  /** The uid sees to it that an object made anew under the same name stays. */
  async #delete({ name, uid }: Delete, signal: AbortSignal): Promise<void> {
    const { client, world, log } = this.#options;
    const key = objectKey(undefined, name);
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    try {
      await client.request('DELETE', objectPath(KINDS.IPAllocation, key), { body, signal });
      log.info({ allocation: name }, 'address released');
    } catch (error) {
      if (!isApiStatus(error, 404) && !isApiStatus(error, 409)) throw error;
    }
    world.store(KINDS.IPAllocation).remove(key);
  }

  #remember(answer: unknown): unknown {
    const parsed = parseIPAllocation(answer);
    if (parsed.ok) this.#options.world.store(KINDS.IPAllocation).upsert(parsed.value);
    return answer;
  }
}
