// The API server without sockets: storage, kinds, rules and background work behind one `handle(call)`.

import { createHash } from 'node:crypto';
import { answerReview, REVIEW_ROWS, type Reviewer } from './auth/reviews.ts';
import { followDefinitions } from './crd/registrar.ts';
import { discoveryDocument } from './discovery/discovery.ts';
import { versionDocument } from './discovery/version.ts';
import { GarbageCollector } from './gc/garbage-collector.ts';
import { parseResourcePath } from './http/address.ts';
import { parseBody } from './http/body.ts';
import { type Answer, type Call, objectAnswer } from './http/call.ts';
import { handleResource, type ResourceParts } from './http/resource-handler.ts';
import type { JsonObject } from './json.ts';
import { annotationsOf, nameOf, withMetadata } from './object.ts';
import { OpenApi } from './openapi/openapi.ts';
import { mergePatch } from './patch/merge-patch.ts';
import { builtInKinds } from './registry/built-in.ts';
import { Catalog } from './registry/catalog.ts';
import type { Kind } from './registry/kind.ts';
import { type KubernetesSchemas, OBJECT_META } from './schema/kubernetes-schemas.ts';
import { methodNotAllowed, pathNotFound } from './status-error.ts';
import type { Journal } from './storage/journal.ts';
import { Store } from './storage/store.ts';
import type { WriteOptions } from './writes/options.ts';
import { Writer } from './writes/writer.ts';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'fairlead-system'];
const SOURCE_HASH = 'fairlead.dev/source-hash';
const INTERNAL: WriteOptions = {
  dryRun: false,
  fieldValidation: 'Ignore',
  manager: 'fairlead-apiserver',
  subresource: '',
  warnings: [],
};

export interface ApiServerParts {
  readonly journal: Journal;
  readonly schemas: KubernetesSchemas;
  /** CustomResourceDefinitions that must be there from the start. */
  readonly definitions: readonly JsonObject[];
  readonly now: () => number;
  readonly random: () => number;
  readonly userOfToken: Reviewer['userOfToken'];
  /** Told when background work failed; it is tried again. */
  readonly onError: (error: unknown) => void;
}

export class ApiServer implements Disposable {
  readonly #parts: ApiServerParts;
  readonly #resources: ResourceParts;
  readonly #openApi: OpenApi;
  readonly #collector: GarbageCollector;
  readonly #stopFollowing: () => void;

  constructor(parts: ApiServerParts) {
    this.#parts = parts;
    const store = new Store(parts.journal);
    const isNew = store.resources().length === 0;
    const catalog = new Catalog(builtInKinds(parts.schemas));
    const { now, random, schemas } = parts;
    const writer = new Writer({ store, catalog, metadataSchema: schemas.schema(OBJECT_META), now, random });
    this.#resources = { store, catalog, writer, now };
    this.#openApi = new OpenApi(catalog, schemas);
    this.#stopFollowing = followDefinitions({ store, catalog, writer, onError: parts.onError });
    this.#collector = new GarbageCollector({ store, catalog, writer, onError: parts.onError });
    this.#install(
      '',
      'namespaces',
      SYSTEM_NAMESPACES.map((name) => ({ metadata: { name } })),
    );
    this.#install('apiextensions.k8s.io', 'customresourcedefinitions', parts.definitions);
    // Nobody watched while the first objects came; keeping megabytes of it would slow every start.
    if (isNew) queueMicrotask(() => store.compact(store.revision));
  }

  get store(): Store {
    return this.#resources.store;
  }

  get catalog(): Catalog {
    return this.#resources.catalog;
  }

  /** Answers one request of an authenticated user. Throws StatusError. */
  async handle(call: Call): Promise<Answer> {
    const { path, method } = call;
    if (path === '/healthz' || path === '/readyz' || path === '/livez' || /^\/(healthz|readyz|livez)\//.test(path))
      return { kind: 'text', code: 200, text: 'ok', contentType: 'text/plain; charset=utf-8' };
    const address = parseResourcePath(path);
    if (address !== undefined) {
      const row = REVIEW_ROWS.find(({ group, plural }) => group === address.group && plural === address.plural);
      if (row === undefined || address.version !== 'v1') return handleResource(this.#resources, call, address);
      if (method !== 'POST') throw methodNotAllowed();
      const body = await parseBody(await call.body(), call.mediaType);
      return objectAnswer(answerReview(row, body, { user: call.user, userOfToken: this.#parts.userOfToken }), 201);
    }
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    return this.#document(call);
  }

  [Symbol.dispose](): void {
    this.#collector.stop();
    this.#stopFollowing();
    this.#resources.store.close();
  }

  #document(call: Call): Answer {
    const { catalog } = this.#resources;
    if (call.path === '/version' || call.path === '/version/') return objectAnswer(versionDocument());
    const openApi = this.#openApi.answer(call);
    if (openApi !== undefined) return openApi;
    const document = discoveryDocument(call.path, catalog);
    if (document === undefined) throw pathNotFound();
    return objectAnswer(document);
  }

  /** Stores what must be there: new objects are created, those whose text has changed are replaced. */
  #install(group: string, plural: string, objects: readonly JsonObject[]): void {
    const kind = this.#resources.catalog.find(group, 'v1', plural);
    if (kind === undefined) throw new Error(`bug: ${plural} are not served`);
    for (const object of objects) this.#installOne(kind, withSourceHash(object));
  }

  #installOne(kind: Kind, object: JsonObject): void {
    const { store, writer } = this.#resources;
    const target = { kind, namespace: '', name: nameOf(object) };
    const stored = store.get(kind.storage, '', target.name);
    if (stored === undefined) writer.create(target, object, INTERNAL);
    else if (annotationsOf(stored)[SOURCE_HASH] !== annotationsOf(object)[SOURCE_HASH])
      writer.update(target, (current) => mergePatch(current, object), INTERNAL);
  }
}

/** With a mark of what it was made from, so that a start has nothing to do when nothing changed. */
function withSourceHash(object: JsonObject): JsonObject {
  if (object['spec'] === undefined) return object;
  const hash = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  return withMetadata(object, 'annotations', { ...annotationsOf(object), [SOURCE_HASH]: hash });
}
