// The store itself: moments, compaction, a full disk.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { JsonObject } from '../../apiserver/json.ts';
import { nameOf } from '../../apiserver/object.ts';
import { memoryJournal } from '../../apiserver/storage/journal.ts';
import { SqliteJournal } from '../../apiserver/storage/sqlite-journal.ts';
import { Store } from '../../apiserver/storage/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fl-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const object = (name: string, more: JsonObject = {}): JsonObject => ({ metadata: { name, namespace: 'n' }, ...more });
const names = (store: Store, at?: number): string => store.list('things', at).items.map(nameOf).join(' ');

describe.each([
  ['memory', () => memoryJournal()],
  ['SQLite', () => new SqliteJournal(join(folder, 'data.db'))],
])('kept in %s', (_name, journal) => {
  test('every moment since the last compaction can be listed', () => {
    const store = new Store(journal());
    const moments = ['a', 'b', 'c'].map((name) => {
      store.put('things', object(name));
      return store.revision;
    });
    store.delete('things', object('b'));
    expect(names(store)).toBe('a c');
    expect(moments.map((at) => names(store, at))).toEqual(['a', 'a b', 'a b c']);
    store.close();
  });

  test('what is compacted can neither be listed nor watched, what came later can', () => {
    const store = new Store(journal());
    store.put('things', object('a'));
    const early = store.revision;
    store.put('things', object('b'));
    store.put('things', object('c'));
    store.compact(early + 1);
    expect(() => store.list('things', early)).toThrow(expect.objectContaining({ code: 'COMPACTED' }));
    expect(() => store.changesSince(early)).toThrow(expect.objectContaining({ code: 'COMPACTED' }));
    expect(store.changesSince(early + 1).map(({ name }) => name)).toEqual(['c']);
    expect(names(store, early + 1)).toBe('a b');
    store.close();
  });

  test('a moment that is not there yet is refused', () => {
    const store = new Store(journal());
    expect(() => store.list('things', store.revision + 1)).toThrow(expect.objectContaining({ code: 'FUTURE' }));
    store.close();
  });
});

test('a store that is opened again has its objects, its changes and its revision', () => {
  const path = join(folder, 'data.db');
  const first = new Store(new SqliteJournal(path));
  first.put('things', object('a', { spec: { n: 1 } }));
  first.put('things', object('b'));
  first.compact(first.revision - 1);
  first.delete('things', object('a'));
  const { revision, compacted } = first;
  first.close();
  const second = new Store(new SqliteJournal(path));
  expect([second.revision, second.compacted, names(second)]).toEqual([revision, compacted, 'b']);
  expect(names(second, revision - 1)).toBe('a b');
  second.close();
});

test('a full disk refuses the write, keeps serving reads, and heals when there is room again', () => {
  const path = join(folder, 'data.db');
  const store = new Store(new SqliteJournal(path, { maxPages: 24 }));
  const heard: string[] = [];
  store.subscribe(({ name }) => heard.push(name));
  const big = { data: 'x'.repeat(8000) };
  let stored = 0;
  const fill = (): void => {
    for (;;) {
      store.put('things', object(`t${stored}`, big));
      stored++;
    }
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  expect(stored).toBeGreaterThan(1);
  expect([store.count('things'), heard.length]).toEqual([stored, stored]);
  const before = store.revision;
  expect(() => store.put('things', object('more', big))).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
  expect(store.revision).toBe(before);
  store.compact(before);
  store.put('things', object('more', big));
  expect(names(store)).toContain('more');
  store.close();
});
