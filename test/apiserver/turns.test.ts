// Deleting much: everything goes, and requests are answered meanwhile.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nameOf } from '../../apiserver/object.ts';
import { ObjectTable, orderKeyOf } from '../../apiserver/storage/object-table.ts';
import { eventually } from '../support/eventually.ts';
import { openTarget, type Target } from './contract/target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => target[Symbol.asyncDispose]());

async function filled(count: number): Promise<string> {
  const namespace = await target.namespace();
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await Promise.all(
    Array.from({ length: count }, (_, i) => target.client.create(path, { metadata: { name: `c${i}` } })),
  );
  return namespace;
}

test('objects are listed in order of namespace and name, however they came and went', () => {
  const object = (namespace: string, name: string) => ({ metadata: { namespace, name } });
  const table = new ObjectTable();
  const put = (namespace: string, name: string): void => {
    table.set(orderKeyOf(object(namespace, name)), object(namespace, name));
  };
  for (const name of ['m', 'c', 'x']) put('a', name);
  put('a-b', 'a');
  expect(table.items().map(nameOf)).toEqual(['c', 'm', 'x', 'a']);
  put('a', 'd');
  put('a', 'a');
  put('a', 'z');
  put('a', 'm');
  table.delete(orderKeyOf(object('a', 'c')));
  table.delete(orderKeyOf(object('a', 'none')));
  expect(table.items().map(nameOf)).toEqual(['a', 'd', 'm', 'x', 'z', 'a']);
  expect(table.copy().items()).toEqual(table.items());
  expect(table.size).toBe(6);
});

test('of a collection that two clients delete at once nothing is left, and both succeed', async () => {
  const path = `/api/v1/namespaces/${await filled(60)}/configmaps`;
  const answers = await Promise.all([target.client.delete(path), target.client.delete(path)]);
  expect(answers.map(({ code }) => code)).toEqual([200, 200]);
  expect((await target.client.get(path)).body.items).toEqual([]);
});

test('a label that comes while a namespace is emptied does not keep it', async () => {
  const namespace = await filled(60);
  const path = `/api/v1/namespaces/${namespace}`;
  await target.client.delete(path);
  await target.client.patch(path, 'application/merge-patch+json', { metadata: { labels: { late: 'yes' } } });
  await eventually(async () => expect((await target.client.get(path)).code).toBe(404), { timeoutMs: 5000 });
});

test('a dependant that drops its reference no longer blocks the owner that waits for it', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const { body: owner } = await target.client.create(path, { metadata: { name: 'owner' } });
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid };
  await target.client.create(path, {
    metadata: {
      name: 'held',
      finalizers: ['example.test/hold'],
      ownerReferences: [{ ...reference, blockOwnerDeletion: true }],
    },
  });
  await target.client.delete(`${path}/owner`, { propagationPolicy: 'Foreground' });
  await target.client.patch(`${path}/held`, 'application/merge-patch+json', { metadata: { ownerReferences: null } });
  await eventually(async () => expect((await target.client.get(`${path}/owner`)).code).toBe(404), { timeoutMs: 5000 });
  expect((await target.client.get(`${path}/held`)).code).toBe(200);
});
