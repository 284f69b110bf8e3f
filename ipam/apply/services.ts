// The Services that we keep for Gateways and IngressClasses.
import { parseService } from '../../api/core.ts';
import { LOAD_BALANCER_CLASS } from '../../api/identity.ts';
import { KINDS } from '../../api/kinds.ts';
import { type ObjectKey, type ObjectReference, objectKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import type { KubeApi } from '../../kube/client.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ServiceChange } from '../plan/diff-services.ts';
import type { DesiredService } from '../plan/managed-services.ts';

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
   * Carries out the changes and puts the answers into the store. A name that somebody else took meanwhile is left to
   * the next plan. Resolves with how many changes were made.
   */
  async apply(changes: readonly ServiceChange[], signal: AbortSignal): Promise<number> {
    let made = 0;
    for (const change of changes) {
      if (await this.#make(change, signal)) made += 1;
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
    const { client, log } = this.#options;
    const path = collectionPath(KINDS.Service, desired.namespace);
    try {
      this.#remember(await client.request('POST', path, { body: newService(desired), signal }));
      log.info({ service: keyOfDesired(desired), for: desired.owner.kind }, 'service created');
      return true;
    } catch (error) {
      if (!isApiStatus(error, 409)) throw error;
      return false;
    }
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
    const { client, log } = this.#options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
    try {
      await client.request('DELETE', objectPath(KINDS.Service, key), { body, signal });
      log.info({ service: key }, 'service deleted');
      return true;
    } catch (error) {
      if (!isApiStatus(error, 404) && !isApiStatus(error, 409)) throw error;
      return false;
    }
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
function newService({ namespace, name, owner, labels, annotations, ports }: DesiredService): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels, annotations, ownerReferences: [ownerReference(owner)] },
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
function patchOf({ desired, dropAnnotations }: Extract<ServiceChange, { kind: 'update' }>): unknown {
  const dropped = Object.fromEntries(dropAnnotations.map((name) => [name, null]));
  return {
    metadata: {
      labels: desired.labels,
      annotations: { ...dropped, ...desired.annotations },
      ownerReferences: [ownerReference(desired.owner)],
    },
    spec: { selector: null, ports: desired.ports.map((port) => ({ ...port, targetPort: port.port })) },
  };
}

function ownerReference({ apiVersion, kind, name, uid }: ObjectReference): unknown {
  return { apiVersion, kind, name, uid, controller: true };
}
