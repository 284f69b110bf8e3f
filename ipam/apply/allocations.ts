// IPAllocation objects in the API server. Its refusal to hold two objects of one name is what makes an address unique.
import { type IPAllocation, parseIPAllocation } from '../../api/fairlead.ts';
import { KINDS } from '../../api/kinds.ts';
import { type ObjectKey, objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import { createObject, deleteObject, getObject, type ObjectRequest } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/client.ts';
import { objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AllocationRecord, AllocationRelease } from '../plan/diff-allocations.ts';

export interface AllocationsOptions {
  readonly client: KubeApi;
  readonly world: World;
  readonly log: Logger;
}

/** Every answer goes into the store at once, so that the next plan knows of it before the watch tells. */
export class Allocations {
  readonly #options: AllocationsOptions;

  constructor(options: AllocationsOptions) {
    this.#options = options;
  }

  /** Records who holds what. Resolves with the claims that somebody else was faster than: they must be planned again. */
  async record(records: readonly AllocationRecord[], signal: AbortSignal): Promise<ReadonlySet<ObjectKey>> {
    const outrun = new Set<ObjectKey>();
    for (const record of records) {
      if (record.kind === 'move') await this.#move(record, signal);
      else if (!(await this.#create(record, signal))) outrun.add(record.claim);
    }
    return outrun;
  }

  /** Gives addresses back; an object made anew under the same name stays. Resolves with how many are free now. */
  async release(releases: readonly AllocationRelease[], signal: AbortSignal): Promise<number> {
    const { world, log } = this.#options;
    let freed = 0;
    for (const { name, uid } of releases) {
      const outcome = await deleteObject(this.#requestFor(name), { uid }, signal);
      if (outcome === 'changed') continue;
      world.store(KINDS.IPAllocation).remove(objectKey(undefined, name));
      freed += 1;
      log.info({ allocation: name }, 'address released');
    }
    return freed;
  }

  async #create(
    { name, spec, claim }: Extract<AllocationRecord, { kind: 'create' }>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { log } = this.#options;
    try {
      this.#remember(await createObject(this.#requestFor(name), { spec }, signal));
      log.info({ address: spec.address, pool: spec.pool, service: claim, source: spec.source }, 'address allocated');
      return true;
    } catch (error) {
      if (!isApiStatus(error, 409)) throw error;
    }
    // It is there: perhaps we made it, and the answer was lost.
    const found = this.#remember(await getObject(this.#requestFor(name), signal));
    const isOurs = found?.spec.owner.uid === spec.owner.uid;
    if (!isOurs) log.info({ allocation: name, service: claim }, 'address taken by another meanwhile');
    return isOurs;
  }

  async #move({ allocation, pool }: Extract<AllocationRecord, { kind: 'move' }>, signal: AbortSignal): Promise<void> {
    const { client, log } = this.#options;
    const { metadata, spec } = allocation;
    const body = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { pool } };
    const path = objectPath(KINDS.IPAllocation, objectKey(undefined, metadata.name));
    const contentType = 'application/merge-patch+json';
    this.#remember(await client.request('PATCH', path, { body, contentType, signal }));
    log.info({ address: spec.address, pool, before: spec.pool }, 'address belongs to another pool now');
  }

  #requestFor(name: string): ObjectRequest {
    return { client: this.#options.client, kind: KINDS.IPAllocation, key: objectKey(undefined, name) };
  }

  #remember(answer: unknown): IPAllocation | undefined {
    const parsed = parseIPAllocation(answer);
    if (!parsed.ok) return undefined;
    this.#options.world.store(KINDS.IPAllocation).upsert(parsed.value);
    return parsed.value;
  }
}
