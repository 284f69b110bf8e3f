// Writes of the lab's controllers. What the server answers is put into the store at once, so that the next pass does
// not decide on what it has just changed.
import type { KindRow } from '../../api/kinds.ts';
import { type KubeObject, type ObjectKey, splitKey } from '../../api/meta.ts';
import { isApiStatus } from '../../kube/api-error.ts';
import type { KubeApi } from '../../kube/client.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';
import type { World } from '../../kube/world.ts';

const MERGE_PATCH = 'application/merge-patch+json';

export interface ObjectsOptions {
  readonly client: KubeApi;
  readonly world: World;
  readonly onChange: () => void;
}

export class Objects {
  readonly #client: KubeApi;
  readonly #world: World;

  readonly #onChange: () => void;

  /** `onChange` is told when an answer changed the store: the event that follows will bring nothing new. */
  constructor({ client, world, onChange }: ObjectsOptions) {
    this.#client = client;
    this.#world = world;
    this.#onChange = onChange;
  }

  /** Creates an object; one of that name that exists already is left as it is. */
  async create<T extends KubeObject>(
    kind: KindRow<T>,
    { namespace, body }: { readonly namespace: string | undefined; readonly body: object },
    signal: AbortSignal,
  ): Promise<void> {
    const path = collectionPath(kind, namespace);
    await tolerate(409, async () => this.#remember(kind, await this.#client.request('POST', path, { body, signal })));
  }

  /** Merges into an object or its status; one that is gone is no error. */
  async merge<T extends KubeObject>(
    kind: KindRow<T>,
    { key, body, subresource }: { readonly key: ObjectKey; readonly body: object; readonly subresource?: 'status' },
    signal: AbortSignal,
  ): Promise<void> {
    const options = { body, contentType: MERGE_PATCH, signal };
    await tolerate(404, async () =>
      this.#remember(kind, await this.#client.request('PATCH', objectPath(kind, key, subresource), options)),
    );
  }

  /** Replaces an object whatever its version, or creates it. */
  async put<T extends KubeObject>(
    kind: KindRow<T>,
    { key, body }: { readonly key: ObjectKey; readonly body: object },
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#world.store(kind).get(key) === undefined) {
      await this.create(kind, { namespace: splitKey(key).namespace, body }, signal);
      return;
    }
    await tolerate(404, async () =>
      this.#remember(kind, await this.#client.request('PUT', objectPath(kind, key), { body, signal })),
    );
  }

  /** Deletes an object; `graceSeconds` 0 ends a Pod for good. */
  async remove<T extends KubeObject>(
    kind: KindRow<T>,
    { key, graceSeconds }: { readonly key: ObjectKey; readonly graceSeconds?: number },
    signal: AbortSignal,
  ): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: graceSeconds };
    await tolerate(404, () => this.#client.request('DELETE', objectPath(kind, key), { body, signal }));
  }

  #remember<T extends KubeObject>(kind: KindRow<T>, answer: unknown): void {
    const parsed = kind.parse(answer);
    if (parsed.ok && this.#world.store(kind).upsert(parsed.value)) this.#onChange();
  }
}

async function tolerate(status: number, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isApiStatus(error, status)) throw error;
  }
}
