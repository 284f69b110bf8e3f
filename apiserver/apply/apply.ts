// Server-side apply: what the configuration says becomes so, what it no longer says goes unless somebody else wants it,
// and what somebody else says differently is a conflict unless forced.
import { arrayAt, isObject, type Json, type JsonObject, objectAt, omit } from '../json.ts';
import { resourceVersionOf, uidOf, withMetadata } from '../object.ts';
import type { Kind } from '../registry/kind.ts';
import { apiVersionOf } from '../registry/kind.ts';
import type { Schema } from '../schema/schema.ts';
import { badRequest, type Cause, conflict, StatusError } from '../status-error.ts';
import type { WriteOptions } from '../writes/options.ts';
import type { Target, Writer } from '../writes/writer.ts';
import { type FieldSet, formatPath } from './field-set.ts';
import { fieldsOf } from './field-walk.ts';
import { compareFields, isOwned, isSame, type Manager, readManagers, writeManager } from './managed-fields.ts';
import { mergeApplied, removeFields } from './merge.ts';

export interface Apply {
  readonly configuration: Json;
  readonly options: WriteOptions;
  readonly force: boolean;
}

/** Applies a configuration; creates the object when there is none. Throws StatusError, 409 for conflicts. */
export function applyConfiguration(
  writer: Writer,
  target: Target,
  { configuration, options, force }: Apply,
): { readonly object: JsonObject; readonly created: boolean } {
  const wanted = scopedConfiguration(configuration, target, options);
  const schema = writer.schemaOf(target.kind);
  const applied = appliedFields(writer.prune(wanted, target.kind), schema);
  if (!writer.exists(target)) {
    if (options.subresource !== '') writer.read(target);
    if (uidOf(wanted) !== '')
      throw conflict(
        target.kind,
        target.name,
        `uid mismatch: the provided object specified uid ${uidOf(wanted)}, and no existing object was found`,
      );
    return { object: writer.create(target, wanted, { ...options, applied }), created: true };
  }
  const transform = (live: JsonObject): Json => applyTo(live, wanted, { target, options, force, applied, schema });
  return { object: writer.update(target, transform, { ...options, applied }), created: false };
}

/** The configuration reduced to what this address may change, with the name of the address. */
function scopedConfiguration(configuration: Json, { kind, name }: Target, { subresource }: WriteOptions): JsonObject {
  if (!isObject(configuration)) throw badRequest('the configuration must be one object');
  if (arrayAt(configuration, 'metadata', 'managedFields').length > 0)
    throw badRequest('metadata.managedFields must be nil');
  if (typeof configuration['apiVersion'] !== 'string' || typeof configuration['kind'] !== 'string')
    throw badRequest('apiVersion and kind must be set in an apply configuration');
  const named = { ...configuration, metadata: { name, ...objectAt(configuration, 'metadata') } };
  if (subresource === 'status') {
    const { apiVersion, kind: kindName, metadata, status } = named as JsonObject;
    return {
      apiVersion: apiVersion ?? '',
      kind: kindName ?? '',
      metadata: metadata ?? {},
      ...(status === undefined ? {} : { status }),
    };
  }
  return kind.hasStatus ? omit(named, ['status']) : named;
}

/** The fields that a configuration sets: leaves, and holders that come and go by themselves. */
function appliedFields(configuration: JsonObject, schema: Schema): FieldSet {
  const fields = fieldsOf(configuration, schema).filter(isOwned);
  return new Set(
    fields.filter(({ role }) => role === 'leaf' || role === 'item' || role === 'entry').map(({ path }) => path),
  );
}

interface Merge {
  readonly target: Target;
  readonly options: WriteOptions;
  readonly force: boolean;
  readonly applied: FieldSet;
  readonly schema: Schema;
}

function applyTo(live: JsonObject, wanted: JsonObject, { target, options, force, applied, schema }: Merge): Json {
  checkPreconditions(live, wanted, target.kind);
  const managers = readManagers(live, undefined);
  const own = {
    manager: options.manager,
    operation: 'Apply',
    apiVersion: apiVersionOf(target.kind),
    subresource: options.subresource,
    time: '',
  } as const;
  const others = managers.filter((entry) => !isSame(entry, own));
  const merged = mergeApplied(live, wanted, schema) as JsonObject;
  const { changed } = compareFields(live, merged, schema);
  const contested = others.map((entry) => ({
    entry,
    fields: [...entry.fields].filter((path) => changed.has(path) && applied.has(path)),
  }));
  const conflicts = contested.filter(({ fields }) => fields.length > 0);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const last = managers.find((entry) => isSame(entry, own))?.fields ?? new Set();
  const dropped = new Set([...last].filter((path) => !applied.has(path)));
  const kept = new Set([...applied, ...others.flatMap(({ fields }) => [...fields])]);
  const pruned = removeFields(merged, dropped, { schema, kept });
  return withMetadata(pruned, 'managedFields', withoutContested(managers, conflicts));
}

function checkPreconditions(live: JsonObject, wanted: JsonObject, kind: Kind): void {
  const version = resourceVersionOf(wanted);
  if (version !== '' && version !== resourceVersionOf(live))
    throw conflict(
      kind,
      '',
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}

interface Contested {
  readonly entry: Manager;
  readonly fields: readonly string[];
}

/** The managers of the live object, without what is taken from them by force. */
function withoutContested(managers: readonly Manager[], conflicts: readonly Contested[]): Json | undefined {
  const left = managers.map((entry) => {
    const lost = new Set(conflicts.find((other) => other.entry === entry)?.fields);
    return { ...entry, fields: new Set([...entry.fields].filter((path) => !lost.has(path))) };
  });
  return left.length === 0 ? undefined : left.map(writeManager);
}

function applyConflict(conflicts: readonly Contested[]): StatusError {
  const causes = conflicts.flatMap(({ entry, fields }): Cause[] =>
    fields.map((path) => ({
      reason: 'FieldManagerConflict',
      field: formatPath(path),
      message: `conflict with ${describe(entry)}`,
    })),
  );
  const texts = conflicts.map(({ entry, fields }) =>
    fields.length === 1
      ? `conflict with ${describe(entry)}: ${formatPath(fields[0] ?? '')}`
      : `conflicts with ${describe(entry)}:\n${fields.map((path) => `- ${formatPath(path)}`).join('\n')}`,
  );
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return new StatusError(409, 'Conflict', {
    message: `Apply failed with ${count}: ${texts.join('\n')}`,
    details: { causes },
  });
}

function describe({ manager, apiVersion, subresource }: Manager): string {
  return `${JSON.stringify(manager)}${subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`} using ${apiVersion}`;
}
