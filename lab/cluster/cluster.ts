// What a cluster's controllers and kubelets would do, on the embedded API server of a lab: Deployments become Pods, Pods
// become processes, Services get their EndpointSlices.
import { KINDS } from '../../api/kinds.ts';
import { keyOf, objectKey } from '../../api/meta.ts';
import type { KubeApi } from '../../kube/client.ts';
import { type World, watchKinds } from '../../kube/world.ts';
import type { Logger } from '../../runtime/logger.ts';
import { ReconcileLoop } from '../../runtime/reconcile-loop.ts';
import { planDeployment } from '../plan/deployments.ts';
import { planSliceChanges } from '../plan/endpoint-slices.ts';
import { DEPLOYMENT, NODE, POD } from '../plan/kinds.ts';
import { pickWorker } from '../plan/schedule.ts';
import { Kubelet } from './kubelet.ts';
import { registerWorkers } from './nodes.ts';
import { Objects } from './objects.ts';

export interface ClusterOptions {
  readonly lab: string;
  /** Fabric addresses of the workers, by name. */
  readonly workers: ReadonlyMap<string, string>;
  readonly client: KubeApi;
  readonly log: Logger;
}

/** Writes follow an event at once: the lab is small, and people wait for its pods. */
const SETTLE_MS = 0;

export class Cluster {
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Registers the workers and does its work until the signal aborts. `ready` resolves when it has seen everything. */
  start(signal: AbortSignal): { readonly ready: Promise<void>; readonly done: Promise<void> } {
    const { client, log } = this.#options;
    const loop = new ReconcileLoop({
      reconcile: (passSignal) => reconcile(passSignal),
      settleMs: SETTLE_MS,
      onError: (error) => log.warn({ err: error }, 'a pass over the cluster failed and is repeated'),
    });
    const kinds = [NODE, DEPLOYMENT, POD, KINDS.Service, KINDS.EndpointSlice, KINDS.Secret];
    const onChange = (): void => loop.wake();
    const world = watchKinds({ client, kinds, onChange, log }, signal);
    const objects = new Objects({ client, world, onChange });
    const kubelet = new Kubelet({ ...this.#options, world, objects });
    const reconcile = async (passSignal: AbortSignal): Promise<void> => {
      await this.#runDeployments(world, objects, passSignal);
      await this.#schedule(world, objects, passSignal);
      kubelet.reconcile(signal);
      await writeSlices(world, objects, passSignal);
    };
    const ready = this.#prepare(world, objects, signal);
    return { ready, done: ready.then(() => loop.run(signal)) };
  }

  async #prepare(world: World, objects: Objects, signal: AbortSignal): Promise<void> {
    await Promise.all([world.synced, registerWorkers(this.#options, objects, signal)]);
  }

  async #runDeployments(world: World, objects: Objects, signal: AbortSignal): Promise<void> {
    for (const deployment of world.store(DEPLOYMENT).list()) {
      const key = keyOf(deployment);
      const { create, remove, status } = planDeployment(deployment, world.store(POD).list());
      await Promise.all([
        ...create.map(({ namespace, manifest }) => objects.create(POD, { namespace, body: manifest }, signal)),
        ...remove.map((pod) => objects.remove(POD, { key: pod }, signal)),
      ]);
      if (!containsAll(deployment.status, status)) {
        await objects.merge(DEPLOYMENT, { key, body: { status }, subresource: 'status' }, signal);
      }
    }
  }

  async #schedule(world: World, objects: Objects, signal: AbortSignal): Promise<void> {
    const workers = [...this.#options.workers.keys()];
    for (const pod of world.store(POD).list()) {
      if (pod.spec.nodeName !== '') continue;
      const worker = pickWorker(pod, workers, world.store(POD).list());
      if (worker === undefined) continue;
      await objects.merge(POD, { key: keyOf(pod), body: { spec: { nodeName: worker } } }, signal);
    }
  }
}

async function writeSlices(world: World, objects: Objects, signal: AbortSignal): Promise<void> {
  const { put, remove } = planSliceChanges({
    services: world.store(KINDS.Service).list(),
    pods: world.store(POD).list(),
    slices: world.store(KINDS.EndpointSlice).list(),
  });
  await Promise.all([
    ...put.map((slice) =>
      objects.put(
        KINDS.EndpointSlice,
        { key: objectKey(slice.metadata.namespace, slice.metadata.name), body: slice },
        signal,
      ),
    ),
    ...remove.map((key) => objects.remove(KINDS.EndpointSlice, { key }, signal)),
  ]);
}

/** Whether every wanted field is there already; times of conditions are the server's business. */
function containsAll(present: Readonly<Record<string, unknown>>, wanted: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([field, value]) => JSON.stringify(present[field]) === JSON.stringify(value));
}
