import { KINDS, type ObjectOf } from '../api/kinds.ts';
import type { KubeObject } from '../api/meta.ts';
import type { ObjectStore } from '../kube/object-store.ts';
import type { StatusPatch } from '../kube/status-writer.ts';
import type { World } from '../kube/world.ts';
import { type ObjectRefusal, PROXY_KINDS, type ProxyKind, type ProxyWorld } from './snapshot.ts';

/** The stores of both watches as the one world that a snapshot is taken of. */
export class WatchedObjects implements ProxyWorld {
  readonly #objects: World;
  readonly #pods: World;

  constructor(objects: World, pods: World) {
    this.#objects = objects;
    this.#pods = pods;
  }

  /** Has every kind been listed once? Before that, what is missing would look as if it had been deleted. */
  get isComplete(): boolean {
    return this.#objects.isSynced && this.#pods.isSynced;
  }

  /** Which kinds have not been listed yet, and why; undefined: none. */
  waitingFor(): string | undefined {
    const states = Object.entries({ ...this.#objects.states(), ...this.#pods.states() });
    const open = states.flatMap(([kind, state]) => (state.kind === 'watching' ? [] : [{ kind, state }]));
    const reasons = new Set(open.flatMap(({ state }) => (state.kind === 'waiting' ? [state.error] : [])));
    return open.length === 0 ? undefined : [open.map(({ kind }) => kind).join(', '), ...reasons].join(': ');
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

  #storeOf(kind: ProxyKind): ObjectStore<KubeObject> {
    const world = kind === 'EndpointSlice' ? this.#pods : this.#objects;
    return world.store<KubeObject>(KINDS[kind]);
  }
}
