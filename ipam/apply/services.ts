// The Services that we keep for Gateways and IngressClasses.
import { parseService } from '../../api/core.ts';
import { LOAD_BALANCER_CLASS } from '../../api/identity.ts';
import { KINDS } from '../../api/kinds.ts';
import { type ObjectKey, type ObjectReference, objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import { createObject, type DesiredObject, deleteObject, type ObjectRequest } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/client.ts';
import { objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ServiceChange } from '../plan/diff-services.ts';
import type { DesiredService } from '../plan/managed-services.ts';
import type { Refusals } from './refusals.ts';

export interface ServicesOptions {
  readonly client: KubeApi;
  readonly world: World;
  readonly log: Logger;
}

export class Services {
  readonly #options: ServicesOptions;

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /**
   * Carries out the changes and puts the answers into the store. A name that somebody else took meanwhile, and a Service
   * that is gone, are left to the next plan. Resolves with how many changes were made.
   */
  async apply(changes: readonly ServiceChange[], refusals: Refusals, signal: AbortSignal): Promise<number> {
    let made = 0;
    for (const change of changes) {
      await refusals.attempt(async () => {
        if (await this.#make(change, signal)) made += 1;
      });
    }
    return made;
  }

  #make(change: ServiceChange, signal: AbortSignal): Promise<boolean> {
    switch (change.kind) {
      case 'create':
        return this.#create(change.desired, signal);
      case 'update':
        return this.#update(change, signal);
      case 'delete':
        return this.#delete(change, signal);
      default:
        return change satisfies never;
    }
  }

  async #create(desired: DesiredService, signal: AbortSignal): Promise<boolean> {
    try {
      this.#remember(await createObject(this.#requestFor(keyOfDesired(desired)), newService(desired), signal));
    } catch (error) {
      if (isApiStatus(error, 409)) return false;
      throw error;
    }
    this.#options.log.info({ service: keyOfDesired(desired), for: desired.owner.kind }, 'service created');
    return true;
  }

  async #update(change: Extract<ServiceChange, { kind: 'update' }>, signal: AbortSignal): Promise<boolean> {
    const { client, log } = this.#options;
    const key = keyOfDesired(change.desired);
    const contentType = 'application/merge-patch+json';
    const path = objectPath(KINDS.Service, key);
    this.#remember(await client.request('PATCH', path, { body: patchOf(change), contentType, signal }));
    log.info({ service: key }, 'service updated');
    return true;
  }

  async #delete({ key, uid }: Extract<ServiceChange, { kind: 'delete' }>, signal: AbortSignal): Promise<boolean> {
    const outcome = await deleteObject(this.#requestFor(key), { uid }, signal);
    if (outcome === 'deleted') this.#options.log.info({ service: key }, 'service deleted');
    return outcome === 'deleted';
  }

  #requestFor(key: ObjectKey): ObjectRequest {
    return { client: this.#options.client, kind: KINDS.Service, key };
  }

  #remember(answer: unknown): void {
    const parsed = parseService(answer);
    if (parsed.ok) this.#options.world.store(KINDS.Service).upsert(parsed.value);
  }
}

function keyOfDesired({ namespace, name }: DesiredService): ObjectKey {
  return objectKey(namespace, name);
}

/** Without node ports: LB nodes reach pods directly, or serve the address themselves. */
function newService({ owner, labels, annotations, ports }: DesiredService): DesiredObject {
  return {
    metadata: { labels, annotations, ownerReferences: [ownerReference(owner)] },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: LOAD_BALANCER_CLASS,
      allocateLoadBalancerNodePorts: false,
      ipFamilyPolicy: 'PreferDualStack',
      ports: ports.map((port) => ({ ...port, targetPort: port.port })),
    },
  };
}

/** A JSON merge patch (RFC 7396): null removes, a list replaces. */
function patchOf({ desired, ...drop }: Extract<ServiceChange, { kind: 'update' }>): unknown {
  const without = (names: readonly string[]): object => Object.fromEntries(names.map((name) => [name, null]));
  return {
    metadata: {
      labels: { ...without(drop.dropLabels), ...desired.labels },
      annotations: { ...without(drop.dropAnnotations), ...desired.annotations },
      ownerReferences: [ownerReference(desired.owner)],
    },
    spec: { selector: null, ports: desired.ports.map((port) => ({ ...port, targetPort: port.port })) },
  };
}

function ownerReference({ apiVersion, kind, name, uid }: ObjectReference): object {
  return { apiVersion, kind, name, uid, controller: true };
}
