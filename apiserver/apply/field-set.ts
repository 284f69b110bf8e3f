// Sets of fields, and their form in metadata.managedFields (FieldsV1).
import { isObject, type Json, type JsonObject } from '../json.ts';
import { type FieldPath, SEPARATOR } from './field-walk.ts';

export type FieldSet = ReadonlySet<FieldPath>;

/** Reads FieldsV1: `.` says that the holder itself is a member, an empty object that a field is. */
export function readFieldsV1(fields: Json | undefined): FieldSet {
  const paths = new Set<FieldPath>();
  if (isObject(fields)) readLevel(fields, '', paths);
  return paths;
}

function readLevel(level: JsonObject, path: FieldPath, paths: Set<FieldPath>): void {
  for (const [element, inner] of Object.entries(level)) {
    if (element === '.') {
      paths.add(path);
      continue;
    }
    const here = path === '' ? element : path + SEPARATOR + element;
    if (!isObject(inner) || Object.keys(inner).length === 0) paths.add(here);
    else readLevel(inner, here, paths);
  }
}

interface Level {
  isMember: boolean;
  readonly inner: Map<string, Level>;
}

export function writeFieldsV1(paths: FieldSet): JsonObject {
  const root: Level = { isMember: false, inner: new Map() };
  for (const path of paths) {
    let level = root;
    for (const element of path.split(SEPARATOR)) {
      const next = level.inner.get(element) ?? { isMember: false, inner: new Map() };
      level.inner.set(element, next);
      level = next;
    }
    level.isMember = true;
  }
  return writeLevel(root);
}

function writeLevel({ isMember, inner }: Level): JsonObject {
  const entries = [...inner]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([element, level]): [string, Json] => [element, writeLevel(level)]);
  return Object.fromEntries(isMember && entries.length > 0 ? [['.', {}], ...entries] : entries);
}

/** As users write it: `.spec.ports[port=80,protocol="TCP"].name`. */
export function formatPath(path: FieldPath): string {
  return path.split(SEPARATOR).map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('v:')) return `[=${text}]`;
  const keys: Readonly<Record<string, Json>> = JSON.parse(text);
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}]`;
}

/** Whether `inner` lies below `outer`. */
export function isBelow(inner: FieldPath, outer: FieldPath): boolean {
  return inner.startsWith(outer + SEPARATOR);
}
