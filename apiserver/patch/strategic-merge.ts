// Strategic merge patch: a merge patch that knows by what key the items of a list are the same.
import { equals, isArray, isObject, type Json, type JsonObject, omit } from '../json.ts';
import { type Schema, schemaOfField } from '../schema/schema.ts';
import { badRequest } from '../status-error.ts';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const ORDER = '$setElementOrder/';
const DELETE_FROM = '$deleteFromPrimitiveList/';

/** The target with the patch applied by the rules of its schema. Throws 400 for a patch that cannot be meant. */
export function strategicMerge(target: Json | undefined, patch: Json, schema: Schema | undefined): Json {
  if (!isObject(patch)) return patch;
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return omit(patch, [DIRECTIVE]);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge')
    throw badRequest(`unknown $patch type: ${JSON.stringify(directive)}`);
  return mergeFields(isObject(target) ? target : {}, omit(patch, [DIRECTIVE]), schema);
}

function mergeFields(target: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  const result = new Map(Object.entries(retained(target, patch)));
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN || key.startsWith(ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) {
      const field = key.slice(DELETE_FROM.length);
      result.set(field, withoutValues(result.get(field), value));
      continue;
    }
    if (value === null) result.delete(key);
    else
      result.set(
        key,
        mergeField(result.get(key), value, { schema: schemaOfField(schema, key), order: patch[ORDER + key] }),
      );
  }
  for (const [key, order] of Object.entries(patch)) {
    const field = key.slice(ORDER.length);
    if (!key.startsWith(ORDER) || Object.hasOwn(patch, field)) continue;
    const list = result.get(field);
    if (isArray(list)) result.set(field, inOrder(list, order, schemaOfField(schema, field)));
  }
  return Object.fromEntries(result);
}

interface ListRule {
  readonly schema: Schema | undefined;
  readonly order: Json | undefined;
}

function mergeField(target: Json | undefined, patch: Json, { schema, order }: ListRule): Json {
  if (!isArray(patch)) return strategicMerge(target, patch, schema);
  if (!mergesLists(schema) || hasReplace(patch)) return patch.filter((item) => !isReplace(item)).map(withoutDirectives);
  const list = isArray(target) ? target : [];
  const mergeKey = schema?.['x-kubernetes-patch-merge-key'];
  const merged =
    mergeKey === undefined ? union(list, patch) : mergeByKey(list, patch, { mergeKey, items: schema?.items });
  return inOrder(merged, order, schema);
}

function mergesLists(schema: Schema | undefined): boolean {
  return (schema?.['x-kubernetes-patch-strategy'] ?? '').split(',').includes('merge');
}

function hasReplace(patch: readonly Json[]): boolean {
  return patch.some(isReplace);
}

function isReplace(item: Json): boolean {
  return isObject(item) && item[DIRECTIVE] === 'replace' && Object.keys(item).length === 1;
}

/** What stays in the data of the object: directives go. */
function withoutDirectives(item: Json): Json {
  return isObject(item) ? strategicMerge({}, item, undefined) : item;
}

function mergeByKey(
  list: readonly Json[],
  patch: readonly Json[],
  { mergeKey, items }: { readonly mergeKey: string; readonly items: Schema | undefined },
): readonly Json[] {
  let result = [...list];
  for (const item of patch) {
    if (!isObject(item) || item[mergeKey] === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
    const isSame = (other: Json): boolean => isObject(other) && equals(other[mergeKey], item[mergeKey]);
    if (item[DIRECTIVE] === 'delete') {
      result = result.filter((other) => !isSame(other));
      continue;
    }
    const at = result.findIndex(isSame);
    if (at < 0) result.push(strategicMerge({}, item, items));
    else result[at] = strategicMerge(result[at], item, items);
  }
  return result;
}

function union(list: readonly Json[], patch: readonly Json[]): readonly Json[] {
  return [...list, ...patch.filter((item) => !list.some((known) => equals(known, item)))];
}

function withoutValues(list: Json | undefined, values: Json): Json {
  if (!isArray(list) || !isArray(values)) return list ?? [];
  return list.filter((item) => !values.some((value) => equals(value, item)));
}

/** The items named by `order` in that order; the others keep their place among each other, behind the one before them. */
function inOrder(list: readonly Json[], order: Json | undefined, schema: Schema | undefined): readonly Json[] {
  if (!isArray(order)) return list;
  const mergeKey = schema?.['x-kubernetes-patch-merge-key'];
  const identify = (item: Json): Json | undefined => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const places = order.map(identify);
  const rankOf = (item: Json): number => places.findIndex((place) => equals(place, identify(item)));
  let last = -1;
  const ranked = list.map((item, i) => {
    const rank = rankOf(item);
    if (rank >= 0) last = rank;
    return { item, rank: rank >= 0 ? rank : last + 0.5, i };
  });
  return ranked.sort((a, b) => a.rank - b.rank || a.i - b.i).map(({ item }) => item);
}

function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN];
  if (!isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}
