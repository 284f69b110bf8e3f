// One row for each kind that is served: what it is called, what it looks like, how it behaves on writes.
import type { JsonObject } from '../json.ts';
import type { Schema } from '../schema/schema.ts';
import type { Cause } from '../status-error.ts';

/** A column of server-side printing. `read` gives the cell of one object. */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 is always shown, above that only with `-o wide`. */
  readonly priority?: number;
  read(object: JsonObject, nowMs: number): string | number | boolean | null;
}

/** What rules of a kind may look up while a write is being decided. */
export interface World {
  list(storage: string): readonly JsonObject[];
  get(storage: string, namespace: string, name: string): JsonObject | undefined;
}

/** How a kind behaves on writes. All functions are pure; `previous` is undefined on creation. */
export interface Strategy {
  /** Fields that come with the creation: first status, spec parts that users may not set. */
  prepare?(object: JsonObject, previous: JsonObject | undefined): JsonObject;
  /** Fields that follow from other fields. */
  default?(object: JsonObject): JsonObject;
  /** What admission adds, looking at other objects (an address, a default class). */
  admit?(object: JsonObject, previous: JsonObject | undefined, world: World): JsonObject;
  /** What is wrong with it. */
  validate?(object: JsonObject, previous: JsonObject | undefined, world: World): readonly Cause[];
}

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Where its objects are kept: kinds that show the same objects share it. */
  readonly storage: string;
  readonly hasStatus: boolean;
  readonly hasGeneration: boolean;
  /** Custom resources are refused with 422 for wrong types and cannot take strategic merge patches. */
  readonly isCustom: boolean;
  readonly schema: Schema;
  /** Fields that a field selector may name. */
  readonly selectableFields: readonly string[];
  readonly columns: readonly Column[];
  readonly strategy: Strategy;
  /** From what is stored to this version. */
  fromStorage(object: JsonObject): JsonObject;
  /** From this version to what is stored. */
  toStorage(object: JsonObject): JsonObject;
}

export function apiVersionOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? version : `${group}/${version}`;
}
