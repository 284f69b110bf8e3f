// Server-side printing: meta.k8s.io Table, and objects reduced to their metadata.
import { type Json, type JsonObject, objectAt } from '../json.ts';
import type { Column, Kind } from '../registry/kind.ts';

export interface TableOptions {
  readonly kind: Kind;
  readonly metaVersion: string;
  /** What of each object comes with its row. */
  readonly include: 'None' | 'Metadata' | 'Object';
  readonly nowMs: number;
  /** The definitions come with the first table of a watch only. */
  readonly withColumns: boolean;
}

/** A table of those objects. `listMetadata` is the metadata of the list or of the one object. */
export function tableOf(objects: readonly JsonObject[], listMetadata: JsonObject, options: TableOptions): JsonObject {
  const { kind, metaVersion, withColumns } = options;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: listMetadata,
    columnDefinitions: withColumns ? kind.columns.map(definitionOf) : [],
    rows: objects.map((object) => rowOf(object, options)),
  };
}

/** The object reduced to what every object has. */
export function partialObject(object: JsonObject, metaVersion: string): JsonObject {
  return {
    kind: 'PartialObjectMetadata',
    apiVersion: `meta.k8s.io/${metaVersion}`,
    metadata: objectAt(object, 'metadata') ?? {},
  };
}

function definitionOf({ name, type, format = '', description = '', priority = 0 }: Column): Json {
  return { name, type, format, description, priority };
}

function rowOf(object: JsonObject, { kind, include, metaVersion, nowMs }: TableOptions): JsonObject {
  const cells = kind.columns.map((column) => column.read(object, nowMs));
  if (include === 'None') return { cells };
  return { cells, object: include === 'Object' ? object : partialObject(object, metaVersion) };
}
