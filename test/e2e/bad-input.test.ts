// What a user may get wrong, in a whole lab: a condition and an event say it, explain says it in a sentence, everything
// else goes on, and the correction heals without a restart.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { TestLab } from '../support/lab.ts';

const WITHIN = { timeoutMs: 8000, everyMs: 100 };
const ADDRESS = '198.51.100.1';
const GATEWAY_API = '/apis/gateway.networking.k8s.io/v1/namespaces/default';
const POOLS = '/apis/fairlead.dev/v1alpha1/loadbalancerippools';
let lab: TestLab;

const SITE = `
apiVersion: fairlead.dev/v1alpha1
kind: LoadBalancerIPPool
metadata: {name: first}
spec: {blocks: [{start: ${ADDRESS}, stop: 198.51.100.9}]}
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPPeer
metadata: {name: router}
spec: {localASN: 64511, peerASN: 64500, peerAddress: 10.10.0.1, holdTimeSeconds: 9, keepaliveSeconds: 3, connectRetrySeconds: 1}
---
apiVersion: fairlead.dev/v1alpha1
kind: BGPAdvertisement
metadata: {name: everything}
spec: {}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: fairlead}
spec: {controllerName: fairlead.dev/gateway-controller}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: echo, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec:
  gatewayClassName: fairlead
  listeners: [{name: http, protocol: HTTP, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: good}
spec:
  parentRefs: [{name: front}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
`;

beforeAll(async () => {
  lab = await TestLab.up();
  await lab.apply(SITE);
  await eventually(async () => expect(await lab.requestStatus(`http://${ADDRESS}/`)).toBe(200), { timeoutMs: 20_000 });
}, 60_000);

afterAll(() => lab[Symbol.asyncDispose](), 30_000);

/** The neighbours of a bad object go on. */
async function expectOthersServed(): Promise<void> {
  expect(await lab.requestStatus(`http://${ADDRESS}/`)).toBe(200);
}

async function expectEvent(about: { kind: string; name: string }, reason: string): Promise<void> {
  await eventually(async () => {
    expect(await lab.get('/api/v1/events')).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ reason, involvedObject: expect.objectContaining(about) }),
      ]),
    });
  }, WITHIN);
}

function condition(type: string, status: string, reason: string): unknown {
  return expect.arrayContaining([expect.objectContaining({ type, status, reason })]);
}

describe('a route to a Service that does not exist', () => {
  test('answers 500 for that rule, says so, and heals when the Service appears', async () => {
    await lab.apply(`
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: lost}
spec:
  parentRefs: [{name: front}]
  rules: [{matches: [{path: {value: /lost}}], backendRefs: [{name: nowhere, port: 80}]}]
`);
    await eventually(async () => expect(await lab.requestStatus(`http://${ADDRESS}/lost`)).toBe(500), WITHIN);
    await eventually(async () => {
      expect(await lab.get(`${GATEWAY_API}/httproutes/lost`)).toMatchObject({
        status: { parents: [{ conditions: condition('ResolvedRefs', 'False', 'BackendNotFound') }] },
      });
    }, WITHIN);
    await expectEvent({ kind: 'HTTPRoute', name: 'lost' }, 'BackendNotFound');
    expect(await lab.explain('httproute/lost')).toMatch(
      /Service default\/nowhere (does not exist|is missing|not found)/i,
    );
    await expectOthersServed();
    await lab.apply(`
apiVersion: v1
kind: Service
metadata: {name: nowhere}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`);
    await eventually(async () => expect(await lab.requestStatus(`http://${ADDRESS}/lost`)).toBe(200), WITHIN);
  }, 30_000);
});

describe('a Secret', () => {
  test.each([
    { name: 'that is missing', secret: undefined },
    {
      name: 'that holds garbage',
      secret:
        'apiVersion: v1\nkind: Secret\nmetadata: {name: cert}\ntype: kubernetes.io/tls\nstringData: {tls.crt: garbage, tls.key: garbage}\n',
    },
  ])(
    '$name leaves its listener closed, with the reason',
    async ({ secret }) => {
      if (secret !== undefined) await lab.apply(secret);
      await lab.apply(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec:
  gatewayClassName: fairlead
  listeners:
    - {name: http, protocol: HTTP, port: 80}
    - {name: https, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: cert}]}}
`);
      await eventually(async () => {
        expect(await lab.get(`${GATEWAY_API}/gateways/front`)).toMatchObject({
          status: {
            listeners: expect.arrayContaining([
              expect.objectContaining({
                name: 'https',
                conditions: condition('ResolvedRefs', 'False', 'InvalidCertificateRef'),
              }),
              expect.objectContaining({ name: 'http', conditions: condition('Programmed', 'True', 'Programmed') }),
            ]),
          },
        });
      }, WITHIN);
      await expectEvent({ kind: 'Gateway', name: 'front' }, 'InvalidCertificateRef');
      expect(await lab.explain('gateway/front')).toMatch(/Listener https is not served: .*default\/cert/);
      await expectOthersServed();
    },
    30_000,
  );

  test('that is mended opens the listener', async () => {
    const made = await lab.exec('client', 'sh', '-c', MAKE_CERTIFICATE);
    const [certificate = '', key = ''] = made.stdout.split('=====\n');
    const data = { 'tls.crt': certificate, 'tls.key': key };
    await lab.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'cert' },
        type: 'kubernetes.io/tls',
        stringData: data,
      }),
    );
    await eventually(async () => expect(await lab.requestStatus(`https://${ADDRESS}/`, '-k')).toBe(200), WITHIN);
  }, 30_000);
});

describe('a port used twice', () => {
  test('marks both listeners as conflicted and leaves the other ports alone', async () => {
    await lab.apply(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front}
spec:
  gatewayClassName: fairlead
  listeners:
    - {name: http, protocol: HTTP, port: 80}
    - {name: one, protocol: HTTP, port: 8081}
    - {name: two, protocol: HTTPS, port: 8081, tls: {certificateRefs: [{name: cert}]}}
`);
    await eventually(async () => {
      expect(await lab.get(`${GATEWAY_API}/gateways/front`)).toMatchObject({
        status: {
          listeners: expect.arrayContaining([
            expect.objectContaining({ name: 'two', conditions: condition('Conflicted', 'True', 'ProtocolConflict') }),
          ]),
        },
      });
    }, WITHIN);
    expect(await lab.explain('gateway/front')).toMatch(/Listener two is not served/);
    await expectOthersServed();
  }, 30_000);
});

describe('two pools that overlap', () => {
  test('make the newer one give nothing, with the reason, until the overlap goes', async () => {
    const second = (cidr: string): string => `
apiVersion: fairlead.dev/v1alpha1
kind: LoadBalancerIPPool
metadata: {name: second}
spec: {blocks: [{cidr: ${cidr}}]}
`;
    await lab.apply(second('198.51.100.0/29'));
    await eventually(async () => {
      expect(await lab.get(`${POOLS}/second`)).toMatchObject({
        status: { conditions: condition('fairlead.dev/PoolConflict', 'True', 'cidr_overlap') },
      });
    }, WITHIN);
    expect(await lab.explain('loadbalancerippool/second')).toMatch(/first/);
    await expectOthersServed();
    await lab.apply(second('198.51.100.64/29'));
    await eventually(async () => {
      expect(await lab.get(`${POOLS}/second`)).toMatchObject({
        status: { conditions: condition('fairlead.dev/PoolConflict', 'False', 'resolved') },
      });
    }, WITHIN);
  }, 30_000);
});

describe('a pool with a block that ends before it starts', () => {
  test('gives nothing, with the reason, and gives when it is mended', async () => {
    const pool = (stop: string): string => `
apiVersion: fairlead.dev/v1alpha1
kind: LoadBalancerIPPool
metadata: {name: backwards}
spec: {blocks: [{start: 198.51.100.109, stop: ${stop}}]}
`;
    await lab.apply(pool('198.51.100.101'));
    await eventually(async () => {
      expect(await lab.get(`${POOLS}/backwards`)).toMatchObject({
        status: { conditions: condition('Accepted', 'False', 'Invalid') },
      });
    }, WITHIN);
    await expectEvent({ kind: 'LoadBalancerIPPool', name: 'backwards' }, 'PoolInvalid');
    expect(await lab.explain('loadbalancerippool/backwards')).toMatch(
      /spec\.blocks\[0\].*start 198\.51\.100\.109 must not be above stop/,
    );
    await expectOthersServed();
    await lab.apply(pool('198.51.100.119'));
    await eventually(async () => {
      expect(await lab.get(`${POOLS}/backwards`)).toMatchObject({
        status: { conditions: condition('Accepted', 'True', 'Accepted') },
      });
    }, WITHIN);
  }, 30_000);
});

describe('a manifest', () => {
  test.each([
    {
      name: 'with a block of two kinds',
      manifest:
        'apiVersion: fairlead.dev/v1alpha1\nkind: LoadBalancerIPPool\nmetadata: {name: broken}\nspec: {blocks: [{cidr: 10.0.0.0/24, start: 10.0.0.1}]}\n',
      says: /spec\.blocks\[0\]/,
    },
    {
      name: 'with a typo',
      manifest:
        'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: typo}\nspec: {gatewayClassName: fairlead, lisners: [], listeners: [{name: a, port: 80, protocol: HTTP}]}\n',
      says: /unknown field "spec\.lisners"/,
    },
    {
      name: 'of a kind that nobody knows',
      manifest: 'apiVersion: gateway.networking.k8s.io/v1\nkind: Gatewai\nmetadata: {name: typo}\n',
      says: /no matches for kind "Gatewai"/,
    },
  ])('$name is refused with the reason', async ({ manifest, says }) => {
    const { code, stderr } = await lab.tryApply(manifest);
    expect(stderr).toMatch(says);
    expect(code).toBe(1);
  });
});

const MAKE_CERTIFICATE = `
d=$(mktemp -d); cd "$d"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=front -keyout key -out cert 2>/dev/null
cat cert; echo =====; cat key; rm -r "$d"`;
