import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type KubeObject, objectKey } from '../../api/meta.ts';
import { ObjectStore } from '../../kube/object-store.ts';

interface Item extends KubeObject {
  readonly color: string;
}

function item(name: string, version: number, { color = 'red', uid = `uid-${name}` } = {}): Item {
  const metadata = {
    name,
    namespace: 'default',
    uid,
    resourceVersion: String(version),
    generation: 1,
    creationTimestamp: '',
    labels: {},
    annotations: {},
    finalizers: [],
    ownerReferences: [],
  };
  return { kind: 'Item', metadata, color };
}

const keyA = objectKey('default', 'a');
const refusal = { kind: 'Item', key: keyA, uid: 'uid-a', resourceVersion: '9', errors: [{ path: 'x', reason: 'bad' }] };

describe('an object store', () => {
  test.each([
    { name: 'a new object matters', next: item('b', 6), matters: true },
    { name: 'a change matters', next: item('a', 6, { color: 'blue' }), matters: true },
    { name: 'nothing but a new resourceVersion does not', next: item('a', 6), matters: false },
    { name: 'an older object does not, whatever it says', next: item('a', 4, { color: 'blue' }), matters: false },
    { name: 'the same name with a new uid is another object', next: item('a', 6, { uid: 'other' }), matters: true },
  ])('$name', ({ next, matters }) => {
    const store = new ObjectStore<Item>();
    store.upsert(item('a', 5));
    expect(store.upsert(next)).toBe(matters);
  });

  test('an older object does not replace a newer one', () => {
    const store = new ObjectStore<Item>();
    store.upsert(item('a', 10, { color: 'new' }));
    store.upsert(item('a', 9, { color: 'old' }));
    expect(store.get(keyA)?.color).toBe('new');
  });

  test('a late deletion of an object that was made again does nothing', () => {
    const store = new ObjectStore<Item>();
    store.upsert(item('a', 10));
    expect(store.remove(keyA, '9')).toBe(false);
    expect(store.remove(keyA, '11')).toBe(true);
    expect(store.remove(keyA, '12')).toBe(false);
  });

  test('irrelevant objects are kept, and matter only when they become or cease to be relevant', () => {
    const store = new ObjectStore<Item>({ matters: ({ color }) => color === 'ours' });
    expect(store.upsert(item('a', 1))).toBe(false);
    expect(store.list()).toHaveLength(1);
    expect(store.upsert(item('a', 2, { color: 'ours' }))).toBe(true);
    expect(store.upsert(item('a', 3))).toBe(true);
    expect(store.remove(keyA)).toBe(false);
  });

  test('an object that does not parse is out of force and on record until it is corrected', () => {
    const store = new ObjectStore<Item>();
    store.upsert(item('a', 5));
    expect(store.refuse(refusal)).toBe(true);
    expect(store.refuse({ ...refusal, resourceVersion: '10' })).toBe(false);
    expect([store.list(), store.refusals().length]).toEqual([[], 1]);
    expect(store.upsert(item('a', 11))).toBe(true);
    expect([store.list().length, store.refusals()]).toEqual([1, []]);
  });

  test('a snapshot of the list does not change afterwards', () => {
    const store = new ObjectStore<Item>();
    store.upsert(item('b', 1));
    const before = store.list();
    store.upsert(item('a', 2));
    expect(before.map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  });

  test('a list is the truth even when its resourceVersions went back', () => {
    const store = new ObjectStore<Item>();
    store.upsert(item('a', 500));
    expect(store.replace([item('a', 3, { color: 'restored' })])).toBe(true);
    expect(store.get(keyA)?.color).toBe('restored');
    expect(store.replace([item('a', 4, { color: 'restored' })])).toBe(false);
    expect(store.replace([])).toBe(true);
  });
});

const event = fc.record({ name: fc.constantFrom('a', 'b', 'c'), version: fc.nat(50), deleted: fc.boolean() });

describe('whatever order events come in', () => {
  test('a relist ends in the same store', () => {
    fc.assert(
      fc.property(fc.array(event), fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), (events, names) => {
        const store = new ObjectStore<Item>();
        for (const { name, version, deleted } of events) {
          if (deleted) store.remove(objectKey('default', name), String(version + 1));
          else store.upsert(item(name, version + 1, { color: String(version) }));
        }
        const truth = names.map((name) => item(name, 100));
        store.replace(truth);
        expect(store.list()).toEqual(truth.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
      }),
    );
  });

  test('the newest version of each object wins', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), (events) => {
        const store = new ObjectStore<Item>();
        for (const { name, version } of events) store.upsert(item(name, version + 1, { color: String(version) }));
        for (const { metadata } of store.list()) {
          const versions = events.filter(({ name }) => name === metadata.name).map(({ version }) => version + 1);
          expect(Number(metadata.resourceVersion)).toBe(Math.max(...versions));
        }
      }),
    );
  });
});
