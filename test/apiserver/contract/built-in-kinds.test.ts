// What the built-in kinds fill in, give out and refuse.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Anything, MERGE, type Received } from '../support/client.ts';
import { openTarget, type Target } from './target.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

async function create(plural: string, body: object, group = '/api/v1'): Promise<Received> {
  return target.client.create(`${group}/namespaces/${await target.namespace()}/${plural}`, body);
}

describe('Services', () => {
  const service = (spec: object): object => ({ metadata: { name: 's' }, spec });

  test('a Service gets its defaults and a cluster address', async () => {
    const { body } = await create('services', service({ ports: [{ port: 80 }] }));
    expect(body.spec).toMatchObject({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
    expect(body.spec.clusterIP).toMatch(/^[0-9a-f.:]+$/);
    expect(body.spec.clusterIPs).toEqual([body.spec.clusterIP]);
  });

  test('no two Services have the same cluster address', async () => {
    const made = await Promise.all([1, 2, 3].map(() => create('services', service({ ports: [{ port: 80 }] }))));
    expect(new Set(made.map(({ body }) => body.spec.clusterIP)).size).toBe(3);
  });

  test('a headless Service has none', async () => {
    const { body } = await create('services', service({ clusterIP: 'None', ports: [{ port: 80 }] }));
    expect(body.spec).toMatchObject({ clusterIP: 'None', clusterIPs: ['None'] });
  });

  test('a LoadBalancer gets node ports, unless it wants none', async () => {
    const { body } = await create('services', service({ type: 'LoadBalancer', ports: [{ port: 80 }] }));
    expect(body.spec).toMatchObject({ externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true });
    expect(body.spec.ports[0].nodePort).toBeGreaterThanOrEqual(30_000);
    const none = await create(
      'services',
      service({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] }),
    );
    expect(none.body.spec.ports[0].nodePort).toBeUndefined();
  });

  test('addresses and node ports stay when the Service is replaced without them', async () => {
    const path = `/api/v1/namespaces/${await target.namespace()}/services`;
    const first = (await target.client.create(path, service({ type: 'NodePort', ports: [{ port: 80 }] }))).body;
    const second = await target.client.replace(`${path}/s`, service({ type: 'NodePort', ports: [{ port: 80 }] }));
    expect(second.code).toBe(200);
    expect(second.body.spec.clusterIP).toBe(first.spec.clusterIP);
    expect(second.body.spec.ports[0].nodePort).toBe(first.spec.ports[0].nodePort);
  });

  test('a Service that becomes ClusterIP gives its node ports back', async () => {
    const path = `/api/v1/namespaces/${await target.namespace()}/services`;
    await target.client.create(path, service({ type: 'LoadBalancer', ports: [{ port: 80 }] }));
    const { code, body } = await target.client.patch(`${path}/s`, MERGE, { spec: { type: 'ClusterIP' } });
    expect(code).toBe(200);
    expect(body.spec.ports[0].nodePort).toBeUndefined();
    expect(body.spec.externalTrafficPolicy).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ['no ports', {}, 'spec.ports'],
    ['a port out of range', { ports: [{ port: 70_000 }] }, 'spec.ports[0].port'],
    ['two ports without names', { ports: [{ port: 1 }, { port: 2 }] }, 'spec.ports[0].name'],
    [
      'the same name twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'a', port: 2 },
        ],
      },
      'spec.ports[1].name',
    ],
    [
      'the same port twice',
      {
        ports: [
          { name: 'a', port: 1 },
          { name: 'b', port: 1 },
        ],
      },
      'spec.ports[1]',
    ],
    ['an unknown type', { type: 'Magic', ports: [{ port: 1 }] }, 'spec.type'],
    ['an unknown protocol', { ports: [{ port: 1, protocol: 'ICMP' }] }, 'spec.ports[0].protocol'],
    [
      'a class without LoadBalancer',
      { loadBalancerClass: 'example.com/x', ports: [{ port: 1 }] },
      'spec.loadBalancerClass',
    ],
    ['ExternalName without a name', { type: 'ExternalName' }, 'spec.externalName'],
    [
      'a source range that is none',
      { type: 'LoadBalancer', loadBalancerSourceRanges: ['10.0.0.0/99'], ports: [{ port: 1 }] },
      'spec.loadBalancerSourceRanges',
    ],
  ])('%s is refused', async (_name, spec, field) => {
    const answer = await create('services', service(spec));
    expect([answer.code, answer.body.reason]).toEqual([422, 'Invalid']);
    expect(answer.body.details.causes.map((cause: Anything) => cause.field).join(' ')).toContain(field);
  });

  test('loadBalancerClass cannot be changed', async () => {
    const path = `/api/v1/namespaces/${await target.namespace()}/services`;
    await target.client.create(
      path,
      service({ type: 'LoadBalancer', loadBalancerClass: 'example.com/a', ports: [{ port: 80 }] }),
    );
    const answer = await target.client.patch(`${path}/s`, MERGE, { spec: { loadBalancerClass: 'example.com/b' } });
    expect(answer.code).toBe(422);
  });
});

describe('Secrets and ConfigMaps', () => {
  test('stringData ends up in data, and is not read back', async () => {
    const { body } = await create('secrets', {
      metadata: { name: 's' },
      data: { a: 'eA==' },
      stringData: { b: 'hello' },
    });
    expect(body).toMatchObject({ type: 'Opaque', data: { a: 'eA==', b: Buffer.from('hello').toString('base64') } });
    expect(body.stringData).toBeUndefined();
  });

  test('an immutable one cannot be changed', async () => {
    const path = `/api/v1/namespaces/${await target.namespace()}/configmaps`;
    await target.client.create(path, { metadata: { name: 'm' }, immutable: true, data: { a: '1' } });
    const answer = await target.client.patch(`${path}/m`, MERGE, { data: { a: '2' } });
    expect([answer.code, answer.body.reason]).toEqual([422, 'Invalid']);
    expect((await target.client.patch(`${path}/m`, MERGE, { metadata: { labels: { a: 'b' } } })).code).toBe(200);
  });

  test('a TLS Secret needs its certificate and its key', async () => {
    const answer = await create('secrets', {
      metadata: { name: 's' },
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': '' },
    });
    expect(answer.code).toBe(422);
    expect(answer.body.message).toContain('tls.key');
  });
});

describe('Ingresses', () => {
  const backend = { service: { name: 'web', port: { number: 80 } } };
  const ingress = (spec: object): object => ({ metadata: { name: 'i' }, spec });
  const withPath = (path: object): object => ingress({ rules: [{ http: { paths: [path] } }] });

  test.each<[string, object, string]>([
    ['neither rules nor a default backend', ingress({}), 'spec'],
    ['no pathType', withPath({ path: '/', backend }), 'spec.rules[0].http.paths[0].pathType'],
    [
      'a path that is not absolute',
      withPath({ path: 'x', pathType: 'Prefix', backend }),
      'spec.rules[0].http.paths[0].path',
    ],
    ['a host that is an address', ingress({ rules: [{ host: '10.0.0.1' }] }), 'spec.rules[0].host'],
    [
      'a backend without a port',
      withPath({ path: '/', pathType: 'Exact', backend: { service: { name: 'web' } } }),
      'spec.rules[0].http.paths[0].backend',
    ],
  ])('%s is refused', async (_name, body, field) => {
    const answer = await create('ingresses', body, '/apis/networking.k8s.io/v1');
    expect([answer.code, answer.body.reason]).toEqual([422, 'Invalid']);
    expect(answer.body.details.causes.map((cause: Anything) => cause.field).join(' ')).toContain(field);
  });

  test('the controller of an IngressClass cannot be changed', async () => {
    const path = '/apis/networking.k8s.io/v1/ingressclasses';
    const name = `c-${Date.now().toString(36)}`;
    await target.client.create(path, { metadata: { name }, spec: { controller: 'example.com/a' } });
    const answer = await target.client.patch(`${path}/${name}`, MERGE, { spec: { controller: 'example.com/b' } });
    await target.client.delete(`${path}/${name}`);
    expect(answer.code).toBe(422);
  });
});

describe('EndpointSlices', () => {
  const slice = (more: object): object => ({
    metadata: { name: 'e' },
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
    ...more,
  });

  test('ports get the protocol TCP', async () => {
    const { body } = await create('endpointslices', slice({ ports: [{ port: 80 }] }), '/apis/discovery.k8s.io/v1');
    expect(body.ports).toMatchObject([{ port: 80, protocol: 'TCP', name: '' }]);
  });

  test('an address of another family is refused', async () => {
    const answer = await create(
      'endpointslices',
      slice({ endpoints: [{ addresses: ['::1'] }] }),
      '/apis/discovery.k8s.io/v1',
    );
    expect(answer.code).toBe(422);
  });
});

describe('workloads', () => {
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };

  test('a Deployment gets its defaults, its pod template included', async () => {
    const { body } = await create(
      'deployments',
      { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'x' } }, template } },
      '/apis/apps/v1',
    );
    expect(body.spec).toMatchObject({ replicas: 1, revisionHistoryLimit: 10, strategy: { type: 'RollingUpdate' } });
    expect(body.spec.template.spec).toMatchObject({ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst' });
    expect(body.spec.template.spec.containers[0].imagePullPolicy).toBe('Always');
  });

  test('a selector that does not match the template is refused', async () => {
    const answer = await create(
      'deployments',
      { metadata: { name: 'd' }, spec: { selector: { matchLabels: { app: 'y' } }, template } },
      '/apis/apps/v1',
    );
    expect(answer.code).toBe(422);
    expect(answer.body.message).toContain('does not match template `labels`');
  });
});

test('a Lease keeps its times to the microsecond', async () => {
  const renewTime = '2026-01-02T03:04:05.123456Z';
  const { body } = await create(
    'leases',
    { metadata: { name: 'l' }, spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime } },
    '/apis/coordination.k8s.io/v1',
  );
  expect(body.spec.renewTime).toBe(renewTime);
});

test('who is authenticated may ask what is allowed', async () => {
  const { code, body } = await target.client.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
  });
  expect([code, body.status.allowed]).toEqual([201, true]);
});

test.each([
  ['authentication.k8s.io', 'SelfSubjectReview'],
  ['authorization.k8s.io', 'SelfSubjectRulesReview'],
])('%s %s may be asked in protobuf, as Go clients do', async (group, kind) => {
  const text = (field: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value, 'latin1')]);
  const type = Buffer.concat([text(1, `${group}/v1`), text(2, kind)]).toString('latin1');
  // metadata {}
  const body = Buffer.concat([Buffer.from('k8s\0'), text(1, type), text(2, text(1, '').toString('latin1'))]);
  const path = `/apis/${group}/v1/${kind.toLowerCase()}s`;
  const answer = await target.client.send('POST', path, { body, contentType: 'application/vnd.kubernetes.protobuf' });
  expect(answer.body).toMatchObject({ kind, status: expect.any(Object) });
  expect(answer.code).toBe(201);
});
