// What a Deployment asks of its Pods. ReplicaSets are left out: the hash of the template takes their place.
import { keyOf, type ObjectKey } from '../../api/meta.ts';
import { type Deployment, isReady, isTerminating, type Pod } from './kinds.ts';

export interface NewPod {
  readonly namespace: string;
  /** The Pod as it is to be posted. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

export interface DeploymentPlan {
  readonly create: readonly NewPod[];
  readonly remove: readonly ObjectKey[];
  readonly status: Readonly<Record<string, unknown>>;
}

/** Changes for one Deployment. Pods of an older template go only when enough of the new one are ready. */
export function planDeployment(deployment: Deployment, allPods: readonly Pod[]): DeploymentPlan {
  const own = allPods.filter((pod) => isOwnedBy(pod, deployment) && !isTerminating(pod));
  const hash = templateHash(deployment);
  const { replicas } = deployment.spec;
  const current = own.filter(({ metadata }) => metadata.labels['pod-template-hash'] === hash);
  const older = own.filter((pod) => !current.includes(pod));
  const taken = new Set(allPods.map((pod) => pod.metadata.name));
  const names = freeNames(`${deployment.metadata.name}-${hash}`, taken);
  const missing = Math.max(0, replicas - current.length);
  const areReady = current.filter(isReady).length >= replicas;
  return {
    create: Array.from({ length: missing }, () => newPod(deployment, { hash, name: names.next().value })),
    // The youngest go first: their names sort last.
    remove: [...current.slice(replicas), ...(areReady ? older : [])].map(keyOf),
    status: statusOf(deployment, { own, updated: current.length }),
  };
}

function isOwnedBy(pod: Pod, { metadata }: Deployment): boolean {
  return pod.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid);
}

function newPod(deployment: Deployment, { hash, name }: { readonly hash: string; readonly name: string }): NewPod {
  const { metadata, spec } = deployment;
  const { template } = spec;
  return {
    namespace: metadata.namespace ?? 'default',
    manifest: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        labels: { ...template.metadata.labels, 'pod-template-hash': hash },
        annotations: template.metadata.annotations,
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'Deployment', name: metadata.name, uid: metadata.uid, controller: true },
        ],
      },
      spec: template.spec,
    },
  };
}

function* freeNames(prefix: string, taken: ReadonlySet<string>): Generator<string, never> {
  for (let n = 1; ; n++) {
    const name = `${prefix}-${n}`;
    if (!taken.has(name)) yield name;
  }
}

/** FNV-1a over the template, in letters that cannot spell words, as Kubernetes' own pod-template-hash. */
function templateHash({ spec }: Deployment): string {
  const digits = 'bcdfghjklmnpqrstvwxz2456789';
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(spec.template)) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return Array.from({ length: 6 }, (_, i) => digits[Math.floor(hash / 27 ** i) % 27]).join('');
}

function statusOf(
  { metadata, spec }: Deployment,
  { own, updated }: { readonly own: readonly Pod[]; readonly updated: number },
): Readonly<Record<string, unknown>> {
  const ready = own.filter(isReady).length;
  const isAvailable = ready >= spec.replicas;
  return {
    observedGeneration: metadata.generation,
    replicas: own.length,
    updatedReplicas: updated,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, spec.replicas - ready),
    conditions: [
      {
        type: 'Available',
        status: isAvailable ? 'True' : 'False',
        reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
        message: `${ready} of ${spec.replicas} pods are ready`,
      },
    ],
  };
}
