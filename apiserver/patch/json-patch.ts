// JSON Patch, RFC 6902.
import { equals, isArray, type Json, stringAt, valueAt } from '../json.ts';
import { addAt, getAt, PointerError, parsePointer, removeAt, replaceAt } from './json-pointer.ts';

/** The document with all operations applied in order; throws PointerError when one of them cannot be. */
export function jsonPatch(document: Json, patch: Json): Json {
  if (!isArray(patch)) throw new PointerError('a JSON patch is an array of operations');
  return patch.reduce(applyOperation, document);
}

function applyOperation(document: Json, operation: Json): Json {
  const path = parsePointer(pathOf(operation, 'path'));
  const value = valueAt(operation, 'value');
  const name = stringAt(operation, 'op') ?? '';
  switch (name) {
    case 'add':
      return addAt(document, path, required(value));
    case 'remove':
      return removeAt(document, path);
    case 'replace':
      return replaceAt(document, path, required(value));
    case 'move':
      return move(document, parsePointer(pathOf(operation, 'from')), path);
    case 'copy':
      return addAt(document, path, getAt(document, parsePointer(pathOf(operation, 'from'))));
    case 'test':
      return test(document, path, required(value));
    default:
      throw new PointerError(`unknown operation ${JSON.stringify(name)}`);
  }
}

function move(document: Json, from: readonly string[], to: readonly string[]): Json {
  if (from.length < to.length && from.every((key, i) => key === to[i]))
    throw new PointerError('a value cannot be moved into itself');
  return addAt(removeAt(document, from), to, getAt(document, from));
}

function test(document: Json, path: readonly string[], value: Json): Json {
  if (!equals(getAt(document, path), value)) throw new PointerError(`the test of /${path.join('/')} failed`);
  return document;
}

function pathOf(operation: Json, field: 'path' | 'from'): string {
  const path = stringAt(operation, field);
  if (path === undefined) throw new PointerError(`an operation lacks its ${field}`);
  return path;
}

function required(value: Json | undefined): Json {
  if (value === undefined) throw new PointerError('an operation lacks its value');
  return value;
}
