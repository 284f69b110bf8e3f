// JSON patch, merge patch, strategic merge patch.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JSON_PATCH, MERGE, STRATEGIC } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

async function service(ports: readonly object[] = [{ name: 'http', port: 80 }]): Promise<string> {
  const path = `/api/v1/namespaces/${await target.namespace()}/services`;
  await target.client.create(path, { metadata: { name: 's', labels: { a: '1', b: '2' } }, spec: { ports } });
  return `${path}/s`;
}

test('a merge patch sets, replaces lists whole and removes by null', async () => {
  const path = await service();
  const patch = { metadata: { labels: { a: null, c: '3' } }, spec: { ports: [{ name: 'https', port: 443 }] } };
  const { code, body } = await target.client.patch(path, MERGE, patch);
  expect(code).toBe(200);
  expect(body.metadata.labels).toEqual({ b: '2', c: '3' });
  expect(body.spec.ports.map((port: { port: number }) => port.port)).toEqual([443]);
});

test('a JSON patch applies its operations in order', async () => {
  const path = await service();
  const { body } = await target.client.patch(path, JSON_PATCH, [
    { op: 'test', path: '/spec/ports/0/port', value: 80 },
    { op: 'add', path: '/spec/ports/-', value: { name: 'https', port: 443 } },
    { op: 'remove', path: '/metadata/labels/a' },
    { op: 'add', path: '/metadata/labels/example.com~1x', value: 'y' },
  ]);
  expect(body.metadata.labels).toEqual({ b: '2', 'example.com/x': 'y' });
  expect(body.spec.ports).toHaveLength(2);
});

test.each([
  ['a test that fails', [{ op: 'test', path: '/spec/ports/0/port', value: 81 }]],
  ['a place that is not there', [{ op: 'remove', path: '/metadata/annotations/none' }]],
])('a JSON patch with %s is refused with 422', async (_name, patch) => {
  const path = await service();
  const before = (await target.client.get(path)).body;
  expect((await target.client.patch(path, JSON_PATCH, patch)).code).toBe(422);
  expect((await target.client.get(path)).body).toEqual(before);
});

test('a strategic merge patch merges ports by port', async () => {
  const path = await service([
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ]);
  const { body } = await target.client.patch(path, STRATEGIC, {
    spec: {
      ports: [
        { port: 443, name: 'tls' },
        { port: 9000, name: 'metrics' },
      ],
    },
  });
  const names = Object.fromEntries(
    body.spec.ports.map(({ port, name }: { port: number; name: string }) => [port, name]),
  );
  expect(names).toEqual({ 80: 'http', 443: 'tls', 9000: 'metrics' });
});

test('a strategic merge patch removes an item by $patch: delete and replaces a list by $patch: replace', async () => {
  const path = await service([
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ]);
  const less = await target.client.patch(path, STRATEGIC, { spec: { ports: [{ port: 80, $patch: 'delete' }] } });
  expect(less.body.spec.ports.map((port: { port: number }) => port.port)).toEqual([443]);
  const other = await target.client.patch(path, STRATEGIC, {
    spec: { ports: [{ $patch: 'replace' }, { port: 1, name: 'one' }] },
  });
  expect(other.body.spec.ports.map((port: { port: number }) => port.port)).toEqual([1]);
});

test('a strategic merge patch merges containers by name and conditions by type', async () => {
  const path = `/apis/apps/v1/namespaces/${await target.namespace()}/deployments`;
  const containers = [
    { name: 'a', image: 'a:1' },
    { name: 'b', image: 'b:1' },
  ];
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers } };
  await target.client.create(path, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'x' } }, template },
  });
  const patched = await target.client.patch(`${path}/d`, STRATEGIC, {
    spec: { template: { spec: { containers: [{ name: 'b', image: 'b:2' }] } } },
  });
  const images = patched.body.spec.template.spec.containers.map((container: { image: string }) => container.image);
  expect(images).toEqual(['a:1', 'b:2']);
  const condition = (type: string, status: string): object => ({
    type,
    status,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'R',
    message: '',
  });
  await target.client.patch(`${path}/d/status`, STRATEGIC, {
    status: { conditions: [condition('Available', 'False')] },
  });
  const two = await target.client.patch(`${path}/d/status`, STRATEGIC, {
    status: { conditions: [condition('Progressing', 'True')] },
  });
  expect(two.body.status.conditions).toHaveLength(2);
});

test('a patch may carry the resourceVersion that it was made for', async () => {
  const path = await service();
  const { resourceVersion } = (await target.client.get(path)).body.metadata;
  expect((await target.client.patch(path, MERGE, { metadata: { resourceVersion, labels: { n: '1' } } })).code).toBe(
    200,
  );
  const stale = await target.client.patch(path, MERGE, { metadata: { resourceVersion, labels: { n: '2' } } });
  expect([stale.code, stale.body.reason]).toEqual([409, 'Conflict']);
});

test('a patch that leads to an invalid object is refused with 422 and changes nothing', async () => {
  const path = await service();
  const answer = await target.client.patch(path, MERGE, { spec: { ports: [{ port: 99_999 }] } });
  expect([answer.code, answer.body.reason]).toEqual([422, 'Invalid']);
  expect(answer.body.details.causes[0].field).toBe('spec.ports[0].port');
  expect((await target.client.get(path)).body.spec.ports[0].port).toBe(80);
});

test('a patch of an unknown type is refused with 415', async () => {
  const answer = await target.client.patch(await service(), 'text/plain', 'x');
  expect([answer.code, answer.body.reason]).toEqual([415, 'UnsupportedMediaType']);
});
