// What a client learns about the server, and the other shapes of its answers.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Anything } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

test.each(['/healthz', '/livez', '/readyz'])('%s says ok', async (path) => {
  const { code, text } = await target.client.get(path, { accept: '*/*' });
  expect([code, text]).toEqual([200, 'ok']);
});

test('the version is a Kubernetes version', async () => {
  const { body } = await target.client.get('/version');
  expect(body).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+/) });
});

test('core resources are discovered with their verbs and short names', async () => {
  const { body } = await target.client.get('/api/v1');
  expect(body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
  const services = body.resources.find((row: Anything) => row.name === 'services');
  expect(services).toMatchObject({ kind: 'Service', namespaced: true, singularName: 'service', shortNames: ['svc'] });
  expect(services.verbs).toEqual(
    expect.arrayContaining(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']),
  );
});

test('groups are listed with their versions, the preferred one named', async () => {
  const { body } = await target.client.get('/apis');
  const apps = body.groups.find((group: Anything) => group.name === 'apps');
  expect(apps.preferredVersion).toEqual({ groupVersion: 'apps/v1', version: 'v1' });
});

test('OpenAPI v3 describes a kind with the keys of its lists', async () => {
  const index = await target.client.get('/openapi/v3');
  const { serverRelativeURL } = index.body.paths['api/v1'];
  const { body } = await target.client.get(serverRelativeURL);
  const ports = body.components.schemas['io.k8s.api.core.v1.ServiceSpec'].properties.ports;
  expect(ports).toMatchObject({ 'x-kubernetes-patch-merge-key': 'port', 'x-kubernetes-list-type': 'map' });
});

test('OpenAPI v2 describes it too', async () => {
  const { body } = await target.client.get('/openapi/v2');
  expect(body.definitions['io.k8s.api.core.v1.Service'].properties.spec).toMatchObject({
    $ref: '#/definitions/io.k8s.api.core.v1.ServiceSpec',
  });
});

test('a Table has a cell for each column', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/services`;
  await target.client.create(path, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } });
  const { body } = await target.client.get(path, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  });
  expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
  expect(body.rows).toHaveLength(1);
  expect(body.rows[0].cells).toHaveLength(body.columnDefinitions.length);
  expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 's' } });
});

test('PartialObjectMetadata has metadata only, alone and in lists', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/secrets`;
  await target.client.create(path, { metadata: { name: 's' }, stringData: { a: 'b' } });
  const one = await target.client.get(`${path}/s`, {
    accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  });
  expect(Object.keys(one.body).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
  const many = await target.client.get(path, {
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  });
  expect(many.body.kind).toBe('PartialObjectMetadataList');
  expect(many.body.items.find((item: Anything) => item.metadata.name === 's').data).toBeUndefined();
});

test.each([
  ['GET', '/api/v1/unknowns', 404],
  ['GET', '/apis/nothing.example.com/v1/things', 404],
  ['GET', '/nowhere', 404],
  ['POST', '/api/v1/namespaces/default', 405],
])('%s %s is answered with %d and a Status', async (method, path, code) => {
  const answer = await target.client.send(method, path, method === 'GET' ? {} : { body: {} });
  expect(answer.code).toBe(code);
});

test('a media type that the server cannot write is refused with 406', async () => {
  expect((await target.client.get('/api/v1/namespaces', { accept: 'image/png' })).code).toBe(406);
});

test('a body that is no JSON is refused with 400', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const answer = await target.client.send('POST', path, { body: '{"metadata":' });
  expect([answer.code, answer.body.reason]).toEqual([400, 'BadRequest']);
});

test('a body in YAML is as good as one in JSON', async () => {
  const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
  const answer = await target.client.send('POST', path, {
    body: 'metadata: {name: text}\ndata: {a: "1"}\napiVersion: v1\nkind: ConfigMap\n',
    contentType: 'application/yaml',
  });
  expect([answer.code, answer.body.data]).toEqual([201, { a: '1' }]);
});
