// IPAllocation objects in the API server. Its refusal to hold two objects of one name is what makes an address unique.
import { type IPAllocation, parseIPAllocation } from '../../api/fairlead.ts';
import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import { createObject, deleteObject, getObject, type ObjectRequest } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/client.ts';
import { objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';
import type { IpAddress } from '../../net/address.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { AllocationRecord, AllocationRelease } from '../plan/diff-allocations.ts';
import type { Refusals } from './refusals.ts';

export interface AllocationsOptions {
  readonly client: KubeApi;
  readonly world: World;
  readonly log: Logger;
}

/** Addresses whose owner is not on record, and must not be told of them. */
export interface RecordingOutcome {
  /** Somebody else was faster: the claims must be planned again. */
  readonly outrun: ReadonlySet<IpAddress>;
  readonly refused: ReadonlySet<IpAddress>;
}

/** Every answer goes into the store at once, so that the next plan knows of it before the watch tells. */
export class Allocations {
  readonly #options: AllocationsOptions;

  constructor(options: AllocationsOptions) {
    this.#options = options;
  }

  /** Records who holds what. */
  async record(
    records: readonly AllocationRecord[],
    refusals: Refusals,
    signal: AbortSignal,
  ): Promise<RecordingOutcome> {
    const [outrun, refused]: [Set<IpAddress>, Set<IpAddress>] = [new Set(), new Set()];
    for (const record of records) {
      const refusal = await refusals.attempt(async () => {
        if (record.kind === 'move') await this.#move(record, signal);
        else if (!(await this.#create(record, signal))) outrun.add(record.spec.address);
      });
      if (refusal !== undefined && record.kind === 'create') refused.add(record.spec.address);
    }
    return { outrun, refused };
  }

  /** Gives addresses back; an object made anew under the same name stays. Resolves with how many are free now. */
  async release(releases: readonly AllocationRelease[], refusals: Refusals, signal: AbortSignal): Promise<number> {
    let freed = 0;
    for (const { name, uid } of releases) {
      await refusals.attempt(async () => {
        if (await this.#delete(name, uid, signal)) freed += 1;
      });
    }
    return freed;
  }

  async #delete(name: string, uid: string, signal: AbortSignal): Promise<boolean> {
    const { world, log } = this.#options;
    if ((await deleteObject(this.#requestFor(name), { uid }, signal)) === 'changed') return false;
    world.store(KINDS.IPAllocation).remove(objectKey(undefined, name));
    log.info({ allocation: name }, 'address released');
    return true;
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
