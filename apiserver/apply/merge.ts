// The merge of server-side apply: what a configuration says is laid over the live object, by the types of its schema.
import { isArray, isObject, type Json, type JsonObject } from '../json.ts';
import { type Schema, schemaOfField } from '../schema/schema.ts';
import { type FieldSet, isBelow } from './field-set.ts';
import { type FieldPath, isAssociative, itemElement, SEPARATOR } from './field-walk.ts';

/** The live value with the configuration laid over it; nothing is removed. */
export function mergeApplied(live: Json | undefined, applied: Json, schema: Schema | undefined): Json {
  if (isArray(applied)) return isAssociative(schema) ? mergeLists(isArray(live) ? live : [], applied, schema) : applied;
  if (!isObject(applied) || !isObject(live) || schema?.['x-kubernetes-map-type'] === 'atomic') return applied;
  const merged = Object.entries(applied).map(([key, value]): [string, Json] => [
    key,
    mergeApplied(Object.hasOwn(live, key) ? live[key] : undefined, value, schemaOfField(schema, key)),
  ]);
  return { ...live, ...Object.fromEntries(merged) };
}

/** The applied items in their order; items that only others have stay behind the one that they stood behind. */
function mergeLists(live: readonly Json[], applied: readonly Json[], schema: Schema | undefined): Json {
  const wanted = new Map(applied.map((item) => [itemElement(item, schema), item]));
  const order = [...wanted.keys()];
  let last = -1;
  const kept = live.flatMap((item, i) => {
    const element = itemElement(item, schema);
    const rank = order.indexOf(element);
    if (rank >= 0) last = rank;
    const value = mergeApplied(item, wanted.get(element) ?? item, schema?.items);
    return [{ value, rank: rank >= 0 ? rank : last + 0.5, i }];
  });
  const known = new Set(live.map((item) => itemElement(item, schema)));
  const added = order.flatMap((element, rank) => {
    const value = wanted.get(element);
    return known.has(element) || value === undefined ? [] : [{ value, rank, i: live.length }];
  });
  return [...kept, ...added].sort((a, b) => a.rank - b.rank || a.i - b.i).map(({ value }) => value);
}

/** The object without those fields. A holder that loses everything goes too, unless it is kept by `kept`. */
export function removeFields(
  object: JsonObject,
  fields: FieldSet,
  { schema, kept }: { readonly schema: Schema; readonly kept: FieldSet },
): JsonObject {
  const removal = { fields: [...fields], kept: [...kept] };
  const pruned = prune(object, schema, { ...removal, path: '' });
  return isObject(pruned) ? pruned : {};
}

interface Removal {
  readonly fields: readonly FieldPath[];
  readonly kept: readonly FieldPath[];
  readonly path: FieldPath;
}

/** The value without what is to go; undefined when nothing of it is left. */
function prune(value: Json, schema: Schema | undefined, removal: Removal): Json | undefined {
  const { fields, kept, path } = removal;
  const isWanted = path === '' || kept.some((entry) => entry === path || isBelow(entry, path));
  if (fields.includes(path) && !isWanted) return undefined;
  if (path !== '' && !fields.some((entry) => isBelow(entry, path))) return value;
  const next = isArray(value) ? pruneItems(value, schema, removal) : pruneEntries(value, schema, removal);
  const isEmptied = isEmpty(next) && !isEmpty(value);
  return isEmptied && !isWanted ? undefined : next;
}

function pruneItems(items: readonly Json[], schema: Schema | undefined, removal: Removal): Json {
  if (!isAssociative(schema)) return items;
  return items.flatMap((item) => {
    const left = prune(item, schema?.items, { ...removal, path: join(removal.path, itemElement(item, schema)) });
    return left === undefined ? [] : [left];
  });
}

function pruneEntries(value: Json, schema: Schema | undefined, removal: Removal): Json {
  if (!isObject(value)) return value;
  const left = Object.entries(value).flatMap(([key, inner]): [string, Json][] => {
    const next = prune(inner, schemaOfField(schema, key), { ...removal, path: join(removal.path, `f:${key}`) });
    return next === undefined ? [] : [[key, next]];
  });
  return Object.fromEntries(left);
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function join(path: FieldPath, element: string): FieldPath {
  return path === '' ? element : path + SEPARATOR + element;
}
