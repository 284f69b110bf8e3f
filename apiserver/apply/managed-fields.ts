// Who owns which field: metadata.managedFields, kept up with every write.
import { arrayAt, equals, isObject, type Json, type JsonObject, objectAt, stringAt } from '../json.ts';
import { withMetadata } from '../object.ts';
import { apiVersionOf, type Kind } from '../registry/kind.ts';
import type { Schema } from '../schema/schema.ts';
import type { Subresource } from '../writes/options.ts';
import { type FieldSet, readFieldsV1, writeFieldsV1 } from './field-set.ts';
import { type Field, type FieldPath, fieldsOf, SEPARATOR } from './field-walk.ts';

export interface Manager {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

export interface OwnedWrite {
  readonly live: JsonObject | undefined;
  readonly next: JsonObject;
  readonly kind: Kind;
  readonly schema: Schema;
  readonly now: string;
  readonly manager: string;
  readonly subresource: Subresource;
  /** The fields of the configuration, when this write is a server-side apply. */
  readonly applied?: FieldSet;
}

/** Fields that have no owner: the server's own. */
const UNOWNED = ['apiVersion', 'kind'].map((name) => `f:${name}`);
const UNOWNED_METADATA = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'generateName',
].map((name) => `f:metadata${SEPARATOR}f:${name}`);

/** The new object with its managedFields brought up to date. */
export function recordOwnership(write: OwnedWrite): JsonObject {
  const managers = readManagers(write.next, write.live);
  const { changed, removed } = compareFields(write.live ?? {}, write.next, write.schema);
  const next =
    write.applied === undefined
      ? afterUpdate(managers, { changed, removed }, write)
      : afterApply(managers, removed, write);
  const entries = next.filter(({ fields }) => fields.size > 0).map(writeManager);
  return withMetadata(write.next, 'managedFields', entries.length === 0 ? undefined : entries);
}

function afterUpdate(
  managers: readonly Manager[],
  { changed, removed }: Comparison,
  write: OwnedWrite,
): readonly Manager[] {
  const own = identityOf(write, 'Update');
  const known = managers.find((entry) => isSame(entry, own));
  const fields = new Set([...(known?.fields ?? []), ...changed].filter((path) => !removed.has(path)));
  const others = managers.filter((entry) => entry !== known).map((entry) => without(entry, removed, changed));
  return known === undefined
    ? [...others, { ...own, fields }]
    : replace(managers, others, withFields(known, fields, write.now));
}

function afterApply(managers: readonly Manager[], removed: FieldSet, write: OwnedWrite): readonly Manager[] {
  const own = identityOf(write, 'Apply');
  const known = managers.find((entry) => isSame(entry, own));
  const fields = write.applied ?? new Set<FieldPath>();
  const others = managers.filter((entry) => entry !== known).map((entry) => without(entry, removed));
  return known === undefined
    ? [...others, { ...own, fields }]
    : replace(managers, others, withFields(known, fields, write.now));
}

/** The managers in their order, with one of them renewed. */
function replace(managers: readonly Manager[], others: readonly Manager[], renewed: Manager): readonly Manager[] {
  return managers
    .map((entry) => (isSame(entry, renewed) ? renewed : others.find((other) => isSame(other, entry))))
    .filter((entry) => entry !== undefined);
}

function withFields(known: Manager, fields: FieldSet, now: string): Manager {
  const isUnchanged = fields.size === known.fields.size && [...fields].every((path) => known.fields.has(path));
  return isUnchanged ? known : { ...known, fields, time: now };
}

function without(entry: Manager, ...lost: readonly FieldSet[]): Manager {
  const fields = new Set([...entry.fields].filter((path) => !lost.some((set) => set.has(path))));
  return { ...entry, fields };
}

function identityOf(
  { kind, manager, subresource, now }: OwnedWrite,
  operation: Manager['operation'],
): Omit<Manager, 'fields'> {
  return { manager, operation, apiVersion: apiVersionOf(kind), subresource, time: now };
}

export function isSame(a: Omit<Manager, 'fields'>, b: Omit<Manager, 'fields'>): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    a.apiVersion === b.apiVersion
  );
}

/** The managers that the request gives, else those that are stored. A single empty entry resets all. */
export function readManagers(object: JsonObject, live: JsonObject | undefined): readonly Manager[] {
  const given = arrayAt(object, 'metadata', 'managedFields').filter(isObject);
  const entries = given.length > 0 ? given : arrayAt(live, 'metadata', 'managedFields').filter(isObject);
  return entries.filter((entry) => Object.keys(entry).length > 0).map(readManager);
}

function readManager(entry: JsonObject): Manager {
  return {
    manager: stringAt(entry, 'manager') ?? 'unknown',
    operation: stringAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
    apiVersion: stringAt(entry, 'apiVersion') ?? '',
    subresource: stringAt(entry, 'subresource') ?? '',
    time: stringAt(entry, 'time') ?? '',
    fields: readFieldsV1(objectAt(entry, 'fieldsV1')),
  };
}

export function writeManager({ manager, operation, apiVersion, subresource, time, fields }: Manager): Json {
  return {
    manager,
    operation,
    apiVersion,
    ...(time === '' ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: writeFieldsV1(fields),
    ...(subresource === '' ? {} : { subresource }),
  };
}

export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** What differs between two objects, the server's own fields left out. */
export function compareFields(before: JsonObject, after: JsonObject, schema: Schema): Comparison {
  const [old, fresh] = [before, after].map(
    (object) =>
      new Map(
        fieldsOf(object, schema)
          .filter(isOwned)
          .map((field) => [field.path, field]),
      ),
  );
  const changed = [...(fresh ?? [])]
    .filter(([path, field]) => !isSameField(old?.get(path), field))
    .map(([path]) => path);
  const removed = [...(old ?? [])].filter(([path]) => fresh?.has(path) !== true).map(([path]) => path);
  return { changed: new Set(changed), removed: new Set(removed) };
}

function isSameField(old: Field | undefined, fresh: Field): boolean {
  if (old === undefined) return false;
  if (old.role !== 'leaf' && fresh.role !== 'leaf') return true;
  return old.role === fresh.role && equals(old.value, fresh.value);
}

/** Whether a field can have an owner at all. */
export function isOwned({ path }: { readonly path: FieldPath }): boolean {
  if (path === 'f:metadata' || UNOWNED.includes(path)) return false;
  return !UNOWNED_METADATA.some((field) => path === field || path.startsWith(field + SEPARATOR));
}
