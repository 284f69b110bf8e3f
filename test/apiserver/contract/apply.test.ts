// Server-side apply: ownership of fields, conflicts, removal.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { APPLY, MERGE, type Received } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const apply = (path: string, query: string, body: object): Promise<Received> =>
  target.client.patch(`${path}?fieldManager=${query}`, APPLY, body);

const configMap = (name: string, data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

async function mapPath(name: string): Promise<string> {
  return `/api/v1/namespaces/${await target.namespace()}/configmaps/${name}`;
}

test('applying what is not there creates it, and says who owns what', async () => {
  const path = await mapPath('a');
  const made = await apply(path, 'me', configMap('a', { k: 'v' }));
  expect(made.code).toBe(201);
  expect(made.body.metadata.managedFields).toMatchObject([
    {
      manager: 'me',
      operation: 'Apply',
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { 'f:k': {} } },
    },
  ]);
});

test('applying the same again changes nothing', async () => {
  const path = await mapPath('a');
  const first = await apply(path, 'me', configMap('a', { k: 'v' }));
  const second = await apply(path, 'me', configMap('a', { k: 'v' }));
  expect(second.code).toBe(200);
  expect(second.body.metadata.resourceVersion).toBe(first.body.metadata.resourceVersion);
});

test('a field that is no longer applied goes', async () => {
  const path = await mapPath('a');
  await apply(path, 'me', configMap('a', { k: 'v', l: 'w' }));
  const { body } = await apply(path, 'me', configMap('a', { k: 'v' }));
  expect(body.data).toEqual({ k: 'v' });
});

test('a field that somebody else applies too stays until the last one drops it', async () => {
  const path = await mapPath('a');
  await apply(path, 'one', configMap('a', { shared: 'x', own: '1' }));
  await apply(path, 'two', configMap('a', { shared: 'x' }));
  expect((await apply(path, 'one', configMap('a', { own: '1' }))).body.data).toEqual({ shared: 'x', own: '1' });
  expect((await apply(path, 'two', configMap('a', {}))).body.data).toEqual({ own: '1' });
});

test('a different value of a field that another manager owns is a Conflict; force takes it over', async () => {
  const path = await mapPath('a');
  await apply(path, 'one', configMap('a', { k: '1' }));
  const refused = await apply(path, 'two', configMap('a', { k: '2' }));
  expect([refused.code, refused.body.reason]).toEqual([409, 'Conflict']);
  expect(refused.body.message).toContain('Apply failed with 1 conflict: conflict with "one"');
  expect(refused.body.details.causes).toEqual([
    { reason: 'FieldManagerConflict', message: expect.stringContaining('conflict with "one"'), field: '.data.k' },
  ]);
  const forced = await apply(path, 'two&force=true', configMap('a', { k: '2' }));
  expect([forced.code, forced.body.data]).toEqual([200, { k: '2' }]);
  const back = await apply(path, 'one', configMap('a', { k: '1' }));
  expect(back.code).toBe(409);
});

test('a field written by an update is owned by its writer', async () => {
  const path = await mapPath('a');
  await apply(path, 'one', configMap('a', { k: '1' }));
  await target.client.patch(`${path}?fieldManager=editor`, MERGE, { data: { k: '2' } });
  const refused = await apply(path, 'one', configMap('a', { k: '1' }));
  expect(refused.body.message).toContain('conflict with "editor"');
});

test('a field manager is required', async () => {
  const path = await mapPath('a');
  expect([400, 422]).toContain((await target.client.patch(path, APPLY, configMap('a', {}))).code);
});

test('items of a keyed list have owners of their own', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/services/s`;
  const service = (ports: readonly object[]): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { ports },
  });
  const web = { name: 'web', port: 80, protocol: 'TCP' };
  const metrics = { name: 'metrics', port: 9090, protocol: 'TCP' };
  await apply(path, 'one', service([web]));
  const both = await apply(path, 'two', service([metrics]));
  expect(both.body.spec.ports.map((port: { port: number }) => port.port)).toEqual([80, 9090]);
  const left = await apply(path, 'two', service([{ ...metrics, port: 9091 }]));
  expect(left.body.spec.ports.map((port: { port: number }) => port.port)).toEqual([80, 9091]);
});

test('finalizers are a set: each manager adds and removes its own', async () => {
  const path = await mapPath('a');
  const held = (finalizers: readonly string[]): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', finalizers },
  });
  await apply(path, 'one', held(['example.com/one']));
  const two = await apply(path, 'two', held(['example.com/two']));
  expect(two.body.metadata.finalizers.toSorted()).toEqual(['example.com/one', 'example.com/two']);
  const one = await apply(path, 'one', held([]));
  expect(one.body.metadata.finalizers).toEqual(['example.com/two']);
});

test('status is applied through /status, with an entry of its own', async () => {
  const namespace = await target.namespace();
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/d`;
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } };
  const head = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } };
  await apply(path, 'user', { ...head, spec: { selector: { matchLabels: { app: 'x' } }, template } });
  const { body } = await apply(`${path}/status`, 'controller', { ...head, status: { replicas: 2 } });
  expect([body.status.replicas, body.spec.replicas]).toEqual([2, 1]);
  const entry = body.metadata.managedFields.find((row: { manager: string }) => row.manager === 'controller');
  expect(entry).toMatchObject({ subresource: 'status', fieldsV1: { 'f:status': { 'f:replicas': {} } } });
});

test('an apply with an old resourceVersion is a Conflict', async () => {
  const path = await mapPath('a');
  const first = await apply(path, 'me', configMap('a', { k: '1' }));
  await apply(path, 'me', configMap('a', { k: '2' }));
  const metadata = { name: 'a', resourceVersion: first.body.metadata.resourceVersion };
  const stale = await apply(path, 'me', { ...configMap('a', { k: '3' }), metadata });
  expect([stale.code, stale.body.reason]).toEqual([409, 'Conflict']);
});
