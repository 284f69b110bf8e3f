// What is left to do after a deletion is done even when the disk refuses for a while, and after a restart.
import { expect, test } from '@jest/globals';
import { GarbageCollector } from '../../../apiserver/gc/garbage-collector.ts';
import type { JsonObject } from '../../../apiserver/json.ts';
import { builtInKinds } from '../../../apiserver/registry/built-in.ts';
import { Catalog } from '../../../apiserver/registry/catalog.ts';
import { loadKubernetesSchemas, OBJECT_META } from '../../../apiserver/schema/kubernetes-schemas.ts';
import { type Journal, JournalError, memoryJournal } from '../../../apiserver/storage/journal.ts';
import { Store } from '../../../apiserver/storage/store.ts';
import { Writer } from '../../../apiserver/writes/writer.ts';
import { eventually } from '../../support/eventually.ts';

async function collectorOver(journal: Journal) {
  const schemas = await loadKubernetesSchemas();
  const store = new Store(journal);
  const catalog = new Catalog(builtInKinds(schemas));
  const metadataSchema = schemas.schema(OBJECT_META);
  const writer = new Writer({ store, catalog, metadataSchema, now: Date.now, random: Math.random });
  const errors: unknown[] = [];
  const start = () => new GarbageCollector({ store, catalog, writer, onError: (error) => errors.push(error) });
  return { store, errors, start };
}

const configMap = (name: string, owner?: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'n',
    uid: `uid-${name}`,
    ...(owner === undefined
      ? {}
      : { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: `uid-${owner}` }] }),
  },
});

test('orphans that are there at the start go, and what they owned', async () => {
  const { store, start } = await collectorOver(memoryJournal());
  for (const [name, owner] of [['child', 'gone'], ['grandchild', 'child'], ['free']] as const)
    store.put('configmaps', configMap(name, owner));
  const collector = start();
  await eventually(() => expect(store.list('configmaps').items.map(({ metadata }) => metadata)).toHaveLength(1));
  expect(store.get('configmaps', 'n', 'free')).toBeDefined();
  collector.stop();
});

test('a write that fails is told once a try, and done when the disk has room again', async () => {
  let full = false;
  const append = (): void => {
    if (full) throw new JournalError('DISK_FULL', 'no room', undefined);
  };
  const { store, start, errors } = await collectorOver({ ...memoryJournal(), append });
  const collector = start();
  store.put('configmaps', configMap('owner'));
  for (let i = 0; i < 50; i++) store.put('configmaps', configMap(`c${i}`, 'owner'));
  store.delete('configmaps', configMap('owner'));
  full = true;
  await eventually(() => expect(errors).toHaveLength(1));
  expect(store.count('configmaps')).toBe(50);
  full = false;
  await eventually(() => expect(store.count('configmaps')).toBe(0));
  expect(errors).toHaveLength(1);
  collector.stop();
});
