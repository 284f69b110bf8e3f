// How our part of a status goes into an object that others write to as well. Pure.
import { isDeepStrictEqual } from 'node:util';
import { GATEWAY_CONTROLLER } from '../api/identity.ts';

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

export interface StatusMerge {
  /** `status` as the API server has it. */
  readonly observed: JsonObject;
  /** Our part, conditions without lastTransitionTime. A field that is absent is left alone; null removes it. */
  readonly desired: JsonObject;
  /** Condition types of ours that go away where they are no longer desired. All others are somebody else's. */
  readonly retired: readonly string[];
  /** RFC 3339, seconds. */
  readonly now: string;
}

/**
 * The status with our part in it:
 * - `conditions` by type; lastTransitionTime moves only when the condition's status does; foreign types stay;
 * - `parents` (Gateway API routes): only entries of our controller are replaced, foreign ones stay (GEP-1364);
 * - `listeners` (Gateway): by name, in our order; those we do not name are gone from the spec and go;
 * - any other field is replaced whole.
 */
export function mergeStatus({ observed, desired, ...rest }: StatusMerge): JsonObject {
  const merged = Object.entries(desired).map(([field, value]) => {
    const before = observed[field];
    if (field === 'conditions') return [field, mergeConditions(listOf(before), listOf(value), rest)] as const;
    if (field === 'parents') return [field, mergeParents(listOf(before), listOf(value), rest)] as const;
    if (field === 'listeners') return [field, mergeListeners(listOf(before), listOf(value), rest)] as const;
    return [field, value] as const;
  });
  const fields = { ...observed, ...Object.fromEntries(merged.filter(([, value]) => value !== undefined)) };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
}

/** Are two values the same once undefined fields are left out, as JSON does? */
export function sameJson(a: JsonObject, b: JsonObject): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}

type Rest = Pick<StatusMerge, 'retired' | 'now'>;

function mergeConditions(observed: readonly JsonObject[], desired: readonly JsonObject[], rest: Rest): readonly Json[] {
  const ours = new Map(desired.map((condition) => [condition['type'], condition]));
  const isForeign = ({ type }: JsonObject): boolean => !(typeof type === 'string' && rest.retired.includes(type));
  const kept = observed.flatMap((before) => {
    const wanted = ours.get(before['type']);
    ours.delete(before['type']);
    if (wanted !== undefined) return [stamp(before, wanted, rest.now)];
    return isForeign(before) ? [before] : [];
  });
  return [...kept, ...[...ours.values()].map((condition) => stamp(undefined, condition, rest.now))];
}

function stamp(before: JsonObject | undefined, wanted: JsonObject, now: string): JsonObject {
  const since = before?.['status'] === wanted['status'] ? before?.['lastTransitionTime'] : undefined;
  return { ...wanted, lastTransitionTime: since ?? now };
}

function mergeParents(observed: readonly JsonObject[], desired: readonly JsonObject[], rest: Rest): readonly Json[] {
  const isOurs = (entry: JsonObject): boolean => entry['controllerName'] === GATEWAY_CONTROLLER;
  const wanted = desired.map((entry) => ({ ...entry, parentRef: withDefaults(entry['parentRef']) }));
  return [
    ...observed.filter((entry) => !isOurs(entry)),
    ...wanted.map((entry) => {
      const before = observed.find((one) => isOurs(one) && sameJson(withDefaults(one['parentRef']), entry.parentRef));
      return withConditions(before, entry, rest);
    }),
  ];
}

/** A ParentReference as the API server stores it: group and kind have defaults. */
function withDefaults(parentRef: Json | undefined): JsonObject {
  const defaults = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };
  return isJsonObject(parentRef) ? { ...defaults, ...parentRef } : defaults;
}

function mergeListeners(observed: readonly JsonObject[], desired: readonly JsonObject[], rest: Rest): readonly Json[] {
  const before = new Map(observed.map((listener) => [listener['name'], listener]));
  return desired.map((listener) => withConditions(before.get(listener['name']), listener, rest));
}

function withConditions(before: JsonObject | undefined, wanted: JsonObject, rest: Rest): JsonObject {
  const conditions = mergeConditions(listOf(before?.['conditions']), listOf(wanted['conditions']), rest);
  return { ...wanted, conditions };
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isJsonObject) : [];
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
