// Long lists, watches that begin with much, and watchers that do not read.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTarget, type Target } from './contract/target.ts';
import { MERGE } from './support/client.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => target[Symbol.asyncDispose]());

const MEGABYTE = 'x'.repeat(1_000_000);

async function configMaps(): Promise<string> {
  return `/api/v1/namespaces/${await target.namespace()}/configmaps`;
}

test('a list of hundreds is whole and in order, in every shape', async () => {
  const path = await configMaps();
  const names = Array.from({ length: 260 }, (_, i) => `c${String(i).padStart(3, '0')}`);
  await Promise.all(names.map((name) => target.client.create(path, { metadata: { name } })));
  const list = (await target.client.get(path)).body;
  expect(list).toMatchObject({
    kind: 'ConfigMapList',
    apiVersion: 'v1',
    metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
  });
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  for (const { items } of [list, (await target.client.get(path, { accept })).body])
    expect(items.map((item: typeof list) => item.metadata.name)).toEqual(names);
}, 60_000);

test('a watch may begin with more than a slow watcher may leave unread', async () => {
  const path = await configMaps();
  for (let i = 0; i < 24; i++)
    expect((await target.client.create(path, { metadata: { name: `c${i}` }, data: { MEGABYTE } })).code).toBe(201);
  const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
  using watch = await target.client.watch(`${path}?${query}`);
  await target.client.patch(`${path}/c3`, MERGE, { data: { late: 'yes' } });
  const seen = await watch.take(26);
  expect(seen.slice(0, 24).every((event) => event.startsWith('ADDED'))).toBe(true);
  expect(seen.slice(24)).toEqual(['BOOKMARK undefined', 'MODIFIED c3']);
}, 60_000);

test('a watcher that does not read is cut off, and others see everything', async () => {
  const path = await configMaps();
  await target.client.create(path, { metadata: { name: 'c' }, data: { MEGABYTE } });
  using idle = await target.client.watch(`${path}?watch=1`);
  using attentive = await target.client.watch(`${path}?watch=1`);
  await attentive.next();
  for (let i = 0; i < 40; i++) {
    await target.client.patch(`${path}/c`, MERGE, { data: { i: String(i) } });
    expect((await attentive.next())?.object.data.i).toBe(String(i));
  }
  expect((await idle.take(41)).length).toBeLessThan(41);
}, 60_000);
