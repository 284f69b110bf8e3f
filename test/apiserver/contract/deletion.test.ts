// Deletion: finalizers, owners, namespaces, preconditions.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { MERGE } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

async function gone(path: string): Promise<void> {
  await eventually(async () => expect((await target.client.get(path)).code).toBe(404), { timeoutMs: 15_000 });
}

const owner = (object: { metadata: { name: string; uid: string } }, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: object.metadata.name,
  uid: object.metadata.uid,
  ...more,
});

test('a deleted object is gone, and deleting it again says NotFound', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  await target.client.create(path, { metadata: { name: 'a' } });
  expect((await target.client.delete(`${path}/a`)).code).toBe(200);
  expect((await target.client.get(`${path}/a`)).code).toBe(404);
  expect((await target.client.delete(`${path}/a`)).body.reason).toBe('NotFound');
});

test('an object with finalizers stays, marked, until the last of them is taken off', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  await target.client.create(path, { metadata: { name: 'held', finalizers: ['example.com/a'] } });
  await target.client.delete(`${path}/held`);
  const marked = await target.client.get(`${path}/held`);
  expect(marked.code).toBe(200);
  expect(Date.parse(marked.body.metadata.deletionTimestamp)).not.toBeNaN();
  const removed = await target.client.patch(`${path}/held`, MERGE, { metadata: { finalizers: null } });
  expect(removed.code).toBe(200);
  expect((await target.client.get(`${path}/held`)).code).toBe(404);
});

test('a precondition on another uid is a Conflict and deletes nothing', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  await target.client.create(path, { metadata: { name: 'a' } });
  const answer = await target.client.delete(`${path}/a`, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    preconditions: { uid: 'wrong' },
  });
  expect([answer.code, answer.body.reason]).toEqual([409, 'Conflict']);
  expect((await target.client.get(`${path}/a`)).code).toBe(200);
});

test('what is owned goes with its owner', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const parent = (await target.client.create(path, { metadata: { name: 'parent' } })).body;
  await target.client.create(path, { metadata: { name: 'child', ownerReferences: [owner(parent)] } });
  await target.client.delete(`${path}/parent`);
  await gone(`${path}/child`);
});

test('what has another owner left stays', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const [one, two] = [
    (await target.client.create(path, { metadata: { name: 'one' } })).body,
    (await target.client.create(path, { metadata: { name: 'two' } })).body,
  ];
  await target.client.create(path, { metadata: { name: 'shared', ownerReferences: [owner(one), owner(two)] } });
  await target.client.create(path, { metadata: { name: 'sole', ownerReferences: [owner(one)] } });
  await target.client.delete(`${path}/one`);
  await gone(`${path}/sole`);
  expect((await target.client.get(`${path}/shared`)).code).toBe(200);
});

test('propagationPolicy Orphan leaves what is owned, without the reference', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const parent = (await target.client.create(path, { metadata: { name: 'parent' } })).body;
  await target.client.create(path, { metadata: { name: 'child', ownerReferences: [owner(parent)] } });
  await target.client.delete(`${path}/parent`, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Orphan',
  });
  await gone(`${path}/parent`);
  expect((await target.client.get(`${path}/child`)).body.metadata.ownerReferences).toBeUndefined();
});

test('propagationPolicy Foreground removes what is owned first', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const parent = (await target.client.create(path, { metadata: { name: 'parent' } })).body;
  const finalizers = ['example.com/slow'];
  const ownerReferences = [owner(parent, { blockOwnerDeletion: true })];
  await target.client.create(path, { metadata: { name: 'child', finalizers, ownerReferences } });
  await target.client.delete(`${path}/parent`, {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Foreground',
  });
  await eventually(async () => {
    const child = await target.client.get(`${path}/child`);
    expect(child.body.metadata.deletionTimestamp).toBeDefined();
  });
  const waiting = await target.client.get(`${path}/parent`);
  expect(waiting.body.metadata.finalizers).toContain('foregroundDeletion');
  await target.client.patch(`${path}/child`, MERGE, { metadata: { finalizers: null } });
  await gone(`${path}/parent`);
});

test('deleting a namespace removes what is in it, then the namespace, and nothing can be added meanwhile', async () => {
  const namespace = await target.namespace();
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  await target.client.create(path, { metadata: { name: 'plain' } });
  await target.client.create(path, { metadata: { name: 'held', finalizers: ['example.com/a'] } });
  await target.client.delete(`/api/v1/namespaces/${namespace}`);
  await gone(`${path}/plain`);
  const late = await target.client.create(path, { metadata: { name: 'late' } });
  expect([late.code, late.body.reason]).toEqual([403, 'Forbidden']);
  expect(late.body.details).toMatchObject({ name: 'late', causes: [{ reason: 'NamespaceTerminating' }] });
  expect((await target.client.get(`/api/v1/namespaces/${namespace}`)).body.status.phase).toBe('Terminating');
  await target.client.patch(`${path}/held`, MERGE, { metadata: { finalizers: null } });
  await gone(`/api/v1/namespaces/${namespace}`);
});

test('deleting a collection deletes what the selector selects', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/secrets`;
  await target.client.create(path, { metadata: { name: 'a', labels: { go: '1' } } });
  await target.client.create(path, { metadata: { name: 'b' } });
  expect((await target.client.delete(`${path}?labelSelector=go%3D1`)).code).toBe(200);
  await gone(`${path}/a`);
  expect((await target.client.get(`${path}/b`)).code).toBe(200);
});

test('a Pod that runs on a node is given its grace period', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/pods`;
  const spec = {
    nodeName: 'nowhere',
    containers: [{ name: 'c', image: 'i:1' }],
    terminationGracePeriodSeconds: 7,
    serviceAccountName: 'default',
    automountServiceAccountToken: false,
  };
  await target.client.create(path, { metadata: { name: 'p' }, spec });
  await target.client.delete(`${path}/p`);
  const marked = await target.client.get(`${path}/p`);
  expect(marked.body.metadata).toMatchObject({ deletionGracePeriodSeconds: 7 });
  await target.client.delete(`${path}/p`, { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 });
  await gone(`${path}/p`);
});
