// Whatever a client sends, the server answers with a Status of the client's own fault, and goes on.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { openTarget, type Target } from './contract/target.ts';
import { APPLY, JSON_PATCH, MERGE, STRATEGIC } from './support/client.ts';

let target: Target;
beforeAll(async () => {
  target = await openTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const PATHS = {
  Service: '/api/v1/namespaces/default/services',
  Secret: '/api/v1/namespaces/default/secrets',
  Pod: '/api/v1/namespaces/default/pods',
  Event: '/api/v1/namespaces/default/events',
  Deployment: '/apis/apps/v1/namespaces/default/deployments',
  Ingress: '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  EndpointSlice: '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  Gateway: '/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways',
  HTTPRoute: '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  LoadBalancerIPPool: '/apis/fairlead.dev/v1alpha1/loadbalancerippools',
} as const;
const WORDS = [
  ...'metadata name generateName labels annotations ownerReferences finalizers managedFields spec status ports port'.split(
    ' ',
  ),
  ...'type selector template containers rules http paths backend listeners hostname parentRefs data stringData'.split(
    ' ',
  ),
  ...'versions names schema openAPIV3Schema properties items required pattern enum __proto__ constructor'.split(' '),
];
const word = fc.constantFrom(...WORDS);
const { value: garbage } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, 0, -1, 80, 1.5, 1e21, '', 'x', 'LoadBalancer', 'None', '10.0.0.0/8', '\0', '💥'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4 }),
  ),
}));
const body = fc
  .record(
    {
      metadata: fc.record({ generateName: fc.constant('fuzz-') }, { requiredKeys: [] }),
      spec: garbage,
      data: garbage,
      rest: garbage,
    },
    { requiredKeys: [] },
  )
  .chain((object) =>
    fc.oneof(
      fc.constant(object),
      fc.dictionary(word, garbage).map((more) => ({ ...object, ...more })),
    ),
  );

test('creating garbage of any kind never fails on the server', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.values(PATHS)), body, async (path, object) => {
      const { code, text } = await target.client.create(path, object);
      expect({ code: code < 500, text: code < 500 ? '' : text }).toEqual({ code: true, text: '' });
    }),
    { numRuns: 300 },
  );
}, 30_000);

test('patching with garbage never fails on the server', async () => {
  await target.client.create(PATHS.Service, { metadata: { name: 'fuzzed' }, spec: { ports: [{ port: 80 }] } });
  const types = fc.constantFrom(JSON_PATCH, MERGE, STRATEGIC, APPLY);
  await fc.assert(
    fc.asyncProperty(types, garbage, async (type, patch) => {
      const { code, text } = await target.client.patch(
        `${PATHS.Service}/fuzzed?fieldManager=fuzz&force=true&dryRun=All`,
        type,
        patch,
      );
      expect({ code: code < 500, text: code < 500 ? '' : text }).toEqual({ code: true, text: '' });
    }),
    { numRuns: 300 },
  );
}, 30_000);

test('any query of a list is answered', async () => {
  const names = [
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'resourceVersionMatch',
    'dryRun',
  ];
  const query = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.string(), fc.constantFrom('a in (b,c', '!', '=', 'a=b,,c', '()', '1', '-1', 'e30')),
  );
  await fc.assert(
    fc.asyncProperty(query, async (values) => {
      const { code } = await target.client.get(`${PATHS.Service}?${new URLSearchParams(values).toString()}`);
      expect(code).toBeLessThan(505);
      expect(code).not.toBe(500);
    }),
    { numRuns: 200 },
  );
}, 30_000);

test('a body nested ten thousand deep is refused, and the server goes on', async () => {
  const depth = 10_000;
  const text = `{"metadata":{"name":"deep"},"spec":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const answer = await target.client.send('POST', PATHS.Gateway, { body: text });
  expect(answer.code).toBe(400);
  expect((await target.client.get('/healthz')).code).toBe(200);
});

test('protobuf that is cut short or garbage is refused with 400', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, withPrefix) => {
      const payload = Buffer.concat([Buffer.from(withPrefix ? 'k8s\0' : ''), bytes]);
      const answer = await target.client.send('POST', PATHS.Secret, {
        body: payload,
        contentType: 'application/vnd.kubernetes.protobuf',
      });
      expect(answer.code).toBe(400);
    }),
    { numRuns: 100 },
  );
});
