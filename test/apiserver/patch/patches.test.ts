// Laws of the patch types, over any JSON.
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { equals, isObject, type Json } from '../../../apiserver/json.ts';
import { jsonPatch } from '../../../apiserver/patch/json-patch.ts';
import { parsePointer } from '../../../apiserver/patch/json-pointer.ts';
import { mergePatch } from '../../../apiserver/patch/merge-patch.ts';
import { strategicMerge } from '../../../apiserver/patch/strategic-merge.ts';
import type { Schema } from '../../../apiserver/schema/schema.ts';

const json: fc.Arbitrary<Json> = fc.jsonValue({ maxDepth: 3, noUnicodeString: false }) as fc.Arbitrary<Json>;
const withoutNulls = (value: Json): boolean =>
  value !== null && (typeof value !== 'object' || Object.values(value).every(withoutNulls));
const frozen = (value: Json): Json => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner);
  return value;
};

test('a merge patch applied twice is the same as once, and the target is never changed', () => {
  fc.assert(
    fc.property(json, json, (target, patch) => {
      const once = mergePatch(frozen(target), frozen(patch));
      expect(equals(mergePatch(once, patch), once)).toBe(true);
    }),
  );
});

test('an object without nulls is its own merge patch onto nothing', () => {
  fc.assert(fc.property(json.filter(withoutNulls), (value) => equals(mergePatch({}, value), value)));
});

test.each<[Json, Json, Json]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'foo' }, null, null],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('RFC 7396 example %#', (target, patch, result) => {
  expect(mergePatch(target, patch)).toEqual(result);
});

test('what a JSON patch adds can be tested and removed again', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), fc.string(), json, (document, key, value) => {
      fc.pre(!Object.hasOwn(document, key) && key !== '__proto__');
      const path = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(parsePointer(path)).toEqual([key]);
      const added = jsonPatch(document, [
        { op: 'add', path, value },
        { op: 'test', path, value },
      ]);
      expect(equals(jsonPatch(added, [{ op: 'remove', path }]), document)).toBe(true);
    }),
  );
});

test.each<[string, Json, Json]>([
  ['add to an array', [{ op: 'add', path: '/a/1', value: 9 }], { a: [1, 9, 2] }],
  ['append to an array', [{ op: 'add', path: '/a/-', value: 9 }], { a: [1, 2, 9] }],
  ['replace', [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
  ['move', [{ op: 'move', from: '/a/0', path: '/b' }], { a: [2], b: 1 }],
  ['copy', [{ op: 'copy', from: '/a/0', path: '/a/-' }], { a: [1, 2, 1] }],
  ['replace the whole', [{ op: 'replace', path: '', value: 7 }], 7],
])('a JSON patch can %s', (_name, patch, result) => {
  expect(jsonPatch({ a: [1, 2] }, patch)).toEqual(result);
});

test.each<[string, Json]>([
  ['no operation', [{ op: 'hop', path: '/a' }]],
  ['an index past the end', [{ op: 'add', path: '/a/3', value: 1 }]],
  ['an index with a leading zero', [{ op: 'replace', path: '/a/00', value: 1 }]],
  ['a path that is none', [{ op: 'add', path: 'a', value: 1 }]],
  ['no value', [{ op: 'add', path: '/b' }]],
  ['a move into itself', [{ op: 'move', from: '/a', path: '/a/0' }]],
  ['something else than an array', { op: 'add' }],
])('a JSON patch with %s is refused', (_name, patch) => {
  expect(() => jsonPatch({ a: [1, 2] }, patch)).toThrow(expect.objectContaining({ code: 'POINTER' }));
});

const CONTAINERS: Schema = {
  properties: {
    containers: {
      type: 'array',
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
      items: { properties: { args: { type: 'array' } } },
    },
    finalizers: { type: 'array', 'x-kubernetes-patch-strategy': 'merge' },
  },
};

test.each<[string, Json, Json, Json]>([
  [
    'merges items by key',
    { containers: [{ name: 'a', x: 1 }] },
    { containers: [{ name: 'a', y: 2 }, { name: 'b' }] },
    { containers: [{ name: 'a', x: 1, y: 2 }, { name: 'b' }] },
  ],
  [
    'replaces a list without a strategy',
    { containers: [{ name: 'a', args: [1] }] },
    { containers: [{ name: 'a', args: [2] }] },
    { containers: [{ name: 'a', args: [2] }] },
  ],
  [
    'deletes an item',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'a', $patch: 'delete' }] },
    { containers: [{ name: 'b' }] },
  ],
  [
    'orders items',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
  ],
  ['joins lists of values', { finalizers: ['a'] }, { finalizers: ['a', 'b'] }, { finalizers: ['a', 'b'] }],
  [
    'deletes from lists of values',
    { finalizers: ['a', 'b'] },
    { '$deleteFromPrimitiveList/finalizers': ['a'] },
    { finalizers: ['b'] },
  ],
  ['retains keys', { x: 1, y: 2 }, { $retainKeys: ['y', 'z'], z: 3 }, { y: 2, z: 3 }],
  ['replaces an object', { x: { a: 1 } }, { x: { $patch: 'replace', b: 2 } }, { x: { b: 2 } }],
])('a strategic merge patch %s', (...[, target, patch, result]) => {
  expect(strategicMerge(target, patch, CONTAINERS)).toEqual(result);
});

test('without merging lists a strategic merge patch is a merge patch', () => {
  const plain = json.filter((value) => isObject(value) && !/"\$/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(plain, plain.filter(withoutNulls), (target, patch) =>
      equals(strategicMerge(target, patch, undefined), mergePatch(target, patch)),
    ),
  );
});
