// Requests for resources: which operation a method and a path mean.
import { applyConfiguration } from '../apply/apply.ts';
import { type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import { resourceVersionOf } from '../object.ts';
import { APPLY_PATCH, readApply, readPatch } from '../patch/patch.ts';
import { listPage, type Page, scopeOf } from '../reads/list.ts';
import type { Catalog } from '../registry/catalog.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';
import { badRequest, methodNotAllowed, pathNotFound } from '../status-error.ts';
import type { Store } from '../storage/store.ts';
import { partialObject, tableOf } from '../table/table.ts';
import { watch } from '../watch/watch.ts';
import { deleteCollection, deleteObject, parseDeleteOptions } from '../writes/delete.ts';
import type { Subresource, WriteOptions } from '../writes/options.ts';
import type { Target, Writer } from '../writes/writer.ts';
import type { ResourceAddress } from './address.ts';
import { parseBody } from './body.ts';
import { type Answer, type Call, objectAnswer } from './call.ts';

export interface ResourceParts {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly writer: Writer;
  readonly now: () => number;
}

interface Located {
  readonly target: Target;
  readonly subresource: Subresource;
}

/** Carries out one request for a resource. Throws StatusError. */
export async function handleResource(parts: ResourceParts, call: Call, address: ResourceAddress): Promise<Answer> {
  const located = locate(parts.catalog, address);
  if (located.target.name === '') return handleCollection(parts, call, located.target);
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return call.query.watch ? watchOne(parts, call, located.target) : getOne(parts, call, located.target);
    case 'PUT':
      return replaceOne(parts, call, located);
    case 'PATCH':
      return patchOne(parts, call, located);
    case 'DELETE':
      if (located.subresource !== '') throw methodNotAllowed();
      return deleteOne(parts, call, located.target);
    default:
      throw methodNotAllowed();
  }
}

function locate(catalog: Catalog, address: ResourceAddress): Located {
  const { group, version, plural, namespace, name, subresource } = address;
  const kind = catalog.find(group, version, plural);
  if (kind === undefined || (!kind.namespaced && namespace !== '')) throw pathNotFound();
  if (subresource !== '' && !(subresource === 'status' && kind.hasStatus)) throw pathNotFound();
  if (kind.namespaced && name !== '' && namespace === '') throw pathNotFound();
  return { target: { kind, namespace, name }, subresource: subresource === 'status' ? 'status' : '' };
}

async function handleCollection(parts: ResourceParts, call: Call, target: Target): Promise<Answer> {
  switch (call.method) {
    case 'GET':
    case 'HEAD':
      return call.query.watch ? watchMany(parts, call, target) : list(parts, call, target);
    case 'POST':
      return create(parts, call, target);
    case 'DELETE': {
      const options = parseDeleteOptions(await deleteBody(call), call.query);
      const scope = scopeOf(target.kind, target.namespace, call.query);
      const page = listPage(parts.store, scope, call.query);
      return objectAnswer(
        listOf(target.kind, {
          ...page,
          items: await deleteCollection(parts.writer, { kind: target.kind, items: page.items }, options),
        }),
      );
    }
    default:
      throw methodNotAllowed();
  }
}

function getOne(parts: ResourceParts, call: Call, target: Target): Answer {
  const object = target.kind.fromStorage(parts.writer.read(target));
  return objectAnswer(present(parts, call, { kind: target.kind, object }));
}

function list(parts: ResourceParts, call: Call, { kind, namespace }: Target): Answer {
  const page = listPage(parts.store, scopeOf(kind, namespace, call.query), call.query);
  const { as, metaVersion } = call.representation;
  if (as === 'table')
    return objectAnswer(
      tableOf(page.items, listMetadata(page), tableOptions(parts, call, { kind, withColumns: true })),
    );
  if (as === 'metadata')
    return objectAnswer({
      kind: 'PartialObjectMetadataList',
      apiVersion: `meta.k8s.io/${metaVersion}`,
      metadata: listMetadata(page),
      items: page.items.map((item) => partialObject(item, metaVersion)),
    });
  return objectAnswer(listOf(kind, page));
}

function listOf(kind: Kind, page: Page): JsonObject {
  return { kind: kind.listKind, apiVersion: apiVersionOf(kind), metadata: listMetadata(page), items: page.items };
}

function listMetadata({ revision, continueToken, remaining }: Page): JsonObject {
  return {
    resourceVersion: String(revision),
    ...(continueToken === '' ? {} : { continue: continueToken }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

function watchMany(parts: ResourceParts, call: Call, { kind, namespace }: Target): Answer {
  const scope = scopeOf(kind, namespace, call.query);
  return {
    kind: 'stream',
    run: (sink, signal) => {
      let withColumns = true;
      const send = {
        send: (event: { type: string; object: JsonObject }): boolean => {
          const object =
            event.type === 'ERROR' ? event.object : present(parts, call, { kind, object: event.object, withColumns });
          withColumns &&= event.type === 'ERROR';
          return sink.write({ type: event.type, object });
        },
        ready: (until: AbortSignal) => sink.ready(until),
      };
      return watch({ store: parts.store, scope, query: call.query }, send, signal);
    },
  };
}

function watchOne(parts: ResourceParts, call: Call, target: Target): Answer {
  const fieldSelector = [call.query.fieldSelector, `metadata.name=${target.name}`].filter(Boolean).join(',');
  return watchMany(parts, { ...call, query: { ...call.query, fieldSelector } }, target);
}

async function create(parts: ResourceParts, call: Call, target: Target): Promise<Answer> {
  const body = await parseBody(await call.body(), call.mediaType);
  const namespace = target.namespace === '' ? (stringAt(body, 'metadata', 'namespace') ?? '') : target.namespace;
  if (target.kind.namespaced && namespace === '') throw badRequest('an empty namespace may not be set during creation');
  const options = writeOptions(call, '');
  const object = parts.writer.create({ ...target, namespace }, body, options);
  return objectAnswer(present(parts, call, { kind: target.kind, object }), 201, options.warnings);
}

async function replaceOne(parts: ResourceParts, call: Call, { target, subresource }: Located): Promise<Answer> {
  const body = await parseBody(await call.body(), call.mediaType);
  const options = writeOptions(call, subresource);
  const object = parts.writer.update(target, () => body, options);
  return objectAnswer(present(parts, call, { kind: target.kind, object }), 200, options.warnings);
}

async function patchOne(parts: ResourceParts, call: Call, { target, subresource }: Located): Promise<Answer> {
  const text = (await call.body()).toString('utf8');
  const options = writeOptions(call, subresource);
  if (call.mediaType === APPLY_PATCH || call.mediaType === 'application/apply-patch+json')
    return apply(parts, call, { target, options, configuration: readApply(text) });
  const transform = readPatch(text, call.mediaType, target.kind);
  const object = parts.writer.update(target, transform, options);
  return objectAnswer(present(parts, call, { kind: target.kind, object }), 200, options.warnings);
}

function apply(
  parts: ResourceParts,
  call: Call,
  { target, options, configuration }: { target: Target; options: WriteOptions; configuration: Json },
): Answer {
  if (call.query.fieldManager === '')
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const { object, created } = applyConfiguration(parts.writer, target, {
    configuration,
    options,
    force: call.query.force,
  });
  return objectAnswer(present(parts, call, { kind: target.kind, object }), created ? 201 : 200, options.warnings);
}

async function deleteOne(parts: ResourceParts, call: Call, target: Target): Promise<Answer> {
  const options = parseDeleteOptions(await deleteBody(call), call.query);
  const { object, isGone } = deleteObject(parts.writer, target, options);
  if (!isGone) return objectAnswer(present(parts, call, { kind: target.kind, object }));
  return objectAnswer({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: target.name,
      group: target.kind.group,
      kind: target.kind.plural,
      uid: objectAt(object, 'metadata')?.['uid'] ?? '',
    },
  });
}

/** The DeleteOptions of the body, which may be empty. */
async function deleteBody(call: Call): Promise<Json> {
  const body = await call.body();
  return body.length === 0 ? {} : parseBody(body, call.mediaType);
}

interface Presented {
  readonly kind: Kind;
  readonly object: JsonObject;
  readonly withColumns?: boolean;
}

function present(parts: ResourceParts, call: Call, { kind, object, withColumns = true }: Presented): JsonObject {
  const { as, metaVersion } = call.representation;
  if (as === 'metadata') return partialObject(object, metaVersion);
  if (as !== 'table') return object;
  const metadata = { resourceVersion: resourceVersionOf(object) };
  return tableOf([object], metadata, tableOptions(parts, call, { kind, withColumns }));
}

function tableOptions(
  parts: ResourceParts,
  { representation, query }: Call,
  { kind, withColumns }: { readonly kind: Kind; readonly withColumns: boolean },
): Parameters<typeof tableOf>[2] {
  const { includeObject } = query;
  const include = includeObject === 'None' || includeObject === 'Object' ? includeObject : 'Metadata';
  return { kind, metaVersion: representation.metaVersion, include, nowMs: parts.now(), withColumns };
}

function writeOptions({ query, userAgent }: Call, subresource: Subresource): WriteOptions {
  const agent = (userAgent.split('/')[0] ?? '').slice(0, 128);
  return {
    dryRun: query.dryRun,
    fieldValidation: query.fieldValidation,
    manager: query.fieldManager === '' ? agent || 'unknown' : query.fieldManager,
    subresource,
    warnings: [],
  };
}
