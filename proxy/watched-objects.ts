import { KINDS, type ObjectOf } from '../api/kinds.ts';
import type { KubeObject } from '../api/meta.ts';
import type { KubeApi } from '../kube/client.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import type { StatusPatch } from '../kube/status-writer.ts';
import { type World, watchKinds } from '../kube/world.ts';
import type { Logger } from '../runtime/logger.ts';
import { type ObjectRefusal, PROXY_KINDS, type ProxyKind, type ProxyWorld } from './snapshot.ts';

export interface WatchObjectsOptions {
  readonly client: KubeApi;
  readonly log: Logger;
  /** Something of what a table is made of has changed. */
  readonly onObjects: () => void;
  /** Pods have come or gone. */
  readonly onPods: () => void;
}

/** Only certificates: other Secrets, such as Helm's releases, are many and large and none of our business. */
const SCOPES = { Secret: { fieldSelector: 'type=kubernetes.io/tls' } } as const;

/** Watches everything that the proxy reads, in two worlds: pods come and go much more often than tables change. */
export function watchObjects({ client, log, onObjects, onPods }: WatchObjectsOptions): WatchedObjects {
  const end = new AbortController();
  const kinds = PROXY_KINDS.filter((kind) => kind !== 'EndpointSlice').map((kind) => KINDS[kind]);
  const objects = watchKinds({ client, kinds, onChange: onObjects, log, scopes: SCOPES }, end.signal);
  const pods = watchKinds({ client, kinds: [KINDS.EndpointSlice], onChange: onPods, log }, end.signal);
  void Promise.all([objects.synced, pods.synced]).then(onObjects);
  return new WatchedObjects({ objects, pods, end });
}

export interface Worlds {
  readonly objects: World;
  readonly pods: World;
  /** Ends both. */
  readonly end: AbortController;
}

/** The stores of both watches as the one world that a snapshot is taken of. */
export class WatchedObjects implements ProxyWorld, AsyncDisposable {
  readonly #objects: World;
  readonly #pods: World;
  readonly #end: AbortController;

  constructor({ objects, pods, end }: Worlds) {
    this.#objects = objects;
    this.#pods = pods;
    this.#end = end;
  }

  /** Has every kind been listed once? Before that, what is missing would look as if it had been deleted. */
  get isComplete(): boolean {
    return this.#objects.isSynced && this.#pods.isSynced;
  }

  /** Which kinds are not being watched, and why. */
  waitingFor(): string {
    const states = Object.entries({ ...this.#objects.states(), ...this.#pods.states() });
    const open = states.flatMap(([kind, state]) => (state.kind === 'watching' ? [] : [{ kind, state }]));
    const reasons = new Set(open.flatMap(({ state }) => (state.kind === 'waiting' ? [state.error] : [])));
    return open.length === 0 ? 'the first pass' : [open.map(({ kind }) => kind).join(', '), ...reasons].join(': ');
  }

  list<K extends ProxyKind>(kind: K): readonly ObjectOf<K>[] {
    return this.#storeOf(kind).list() as unknown as readonly ObjectOf<K>[]; // the kind's own parser filled the store
  }

  refusals(kind: ProxyKind): readonly ObjectRefusal[] {
    return this.#storeOf(kind).refusals();
  }

  /** The patch with the version of the object that it was planned for, so that nothing is asked about what is settled. */
  withVersion(patch: StatusPatch): StatusPatch {
    const kind = PROXY_KINDS.find((name) => name === patch.kind.kind);
    const metadata = kind === undefined ? undefined : this.#storeOf(kind).get(patch.key)?.metadata;
    return metadata === undefined ? patch : { ...patch, uid: metadata.uid, resourceVersion: metadata.resourceVersion };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#objects.stopped, this.#pods.stopped]);
  }

  #storeOf(kind: ProxyKind): ObjectStore<KubeObject> {
    const world = kind === 'EndpointSlice' ? this.#pods : this.#objects;
    return world.store<KubeObject>(KINDS[kind]);
  }
}
