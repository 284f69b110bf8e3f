import { describe, expect, test } from '@jest/globals';
import type { ObjectOf } from '../../../api/kinds.ts';
import { diffServices, type ServiceChange } from '../../../ipam/plan/diff-services.ts';
import { planGatewayServices } from '../../../ipam/plan/gateway-services.ts';
import { planIngressServices } from '../../../ipam/plan/ingress-services.ts';
import type { DesiredService, ServiceVerdict } from '../../../ipam/plan/managed-services.ts';
import type { IpamSnapshot } from '../../../ipam/snapshot.ts';
import { gateway, gatewayClass, ingress, ingressClass, inShop, refused, service, snapshot } from '../builders.ts';

const ours = gatewayClass('fairlead');

function desired(world: IpamSnapshot): readonly DesiredService[] {
  const verdicts: readonly ServiceVerdict[] = [
    ...planGatewayServices(world).values(),
    ...planIngressServices(world).values(),
  ];
  return verdicts.flatMap((verdict) => (verdict.kind === 'wanted' ? [verdict.service] : []));
}

function changes(world: IpamSnapshot): readonly ServiceChange[] {
  return diffServices(desired(world), world);
}

/** The Service as it is once the change is carried out. */
function made({ namespace, name, owner, labels, annotations, ports }: DesiredService): ObjectOf<'Service'> {
  const { apiVersion, kind, uid } = owner;
  const ownerReferences = [{ apiVersion, kind, name: owner.name, uid, controller: true }];
  return service(name, { ports }, { namespace, labels, annotations, ownerReferences });
}

describe('the Service of a Gateway', () => {
  test('has its name, its ports once each, and points to it as its owner', () => {
    const edge = gateway('edge', {
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        { name: 'a', port: 443, protocol: 'HTTPS', hostname: 'a.example' },
        { name: 'b', port: 443, protocol: 'HTTPS', hostname: 'b.example' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    });
    expect(desired(snapshot([ours, edge]))).toEqual([
      {
        namespace: 'shop',
        name: 'edge',
        owner: {
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          namespace: 'shop',
          name: 'edge',
          uid: 'uid-gateway-edge',
        },
        labels: { 'gateway.networking.k8s.io/gateway-name': 'edge', 'app.kubernetes.io/managed-by': 'fairlead-ipam' },
        annotations: {},
        ports: [
          { name: 'tcp-80', port: 80, protocol: 'TCP' },
          { name: 'tcp-443', port: 443, protocol: 'TCP' },
          { name: 'udp-53', port: 53, protocol: 'UDP' },
        ],
      },
    ]);
  });

  test('passes on labels, annotations and the addresses that the Gateway asks for', () => {
    const edge = gateway('edge', {
      addresses: [{ value: '203.0.113.7' }, { type: 'Hostname', value: 'x.example' }, { value: '' }],
      infrastructure: { labels: { team: 'shop' }, annotations: { 'lbipam.cilium.io/ips': '203.0.113.9' } },
    });
    expect(desired(snapshot([ours, edge]))[0]).toMatchObject({
      labels: { team: 'shop' },
      annotations: { 'lbipam.cilium.io/ips': '203.0.113.9', 'fairlead.dev/ips': '203.0.113.7' },
    });
  });

  test('is not made for a Gateway of another controller, on its way out, or without listeners', () => {
    const foreign = gatewayClass('cilium', 'io.cilium/gateway-controller');
    const gateways = [
      gateway('a', { gatewayClassName: 'cilium' }),
      gateway('b', {}, { deletionTimestamp: '2026-11-21T00:00:00Z' }),
      gateway('c', { listeners: [] }),
    ];
    expect(desired(snapshot([ours, foreign, ...gateways]))).toEqual([]);
  });

  test('stays as it is once it is there', () => {
    const edge = gateway('edge');
    const [wanted] = desired(snapshot([ours, edge]));
    if (wanted === undefined) throw new Error('no Service');
    expect(changes(snapshot([ours, edge, made(wanted)]))).toEqual([]);
  });

  test.each([
    { name: 'a listener more', spec: { listeners: [{ name: 'x', port: 8080, protocol: 'HTTP' }] }, drop: [] },
    { name: 'an address', spec: { addresses: [{ value: '203.0.113.7' }] }, drop: [] },
  ])('follows the Gateway: $name', ({ spec, drop }) => {
    const [before] = desired(snapshot([ours, gateway('edge')]));
    if (before === undefined) throw new Error('no Service');
    const world = snapshot([ours, gateway('edge', spec), made(before)]);
    expect(changes(world)).toEqual([
      { kind: 'update', desired: desired(world)[0], dropLabels: [], dropAnnotations: drop },
    ]);
  });

  test('loses the request when the Gateway asks for no address any more', () => {
    const [before] = desired(snapshot([ours, gateway('edge', { addresses: [{ value: '203.0.113.7' }] })]));
    if (before === undefined) throw new Error('no Service');
    expect(changes(snapshot([ours, gateway('edge'), made(before)]))).toMatchObject([
      { kind: 'update', dropAnnotations: ['fairlead.dev/ips'] },
    ]);
  });
});

describe('a name that somebody else has', () => {
  const foreign = service('edge', { type: 'ClusterIP', loadBalancerClass: undefined });

  test('is left alone: ours is called <name>-fairlead', () => {
    const world = snapshot([ours, gateway('edge'), foreign]);
    expect(changes(world)).toMatchObject([{ kind: 'create', desired: { name: 'edge-fairlead' } }]);
  });

  test('is not taken later either, when it becomes free', () => {
    const [fallback] = desired(snapshot([ours, gateway('edge'), foreign]));
    if (fallback === undefined) throw new Error('no Service');
    expect(changes(snapshot([ours, gateway('edge'), made(fallback)]))).toEqual([]);
  });

  test('twice over is a refusal with the reason', () => {
    const second = service('edge-fairlead', { type: 'ClusterIP', loadBalancerClass: undefined });
    const verdict = planGatewayServices(snapshot([ours, gateway('edge'), foreign, second])).get(inShop('edge'));
    expect(verdict).toMatchObject({ kind: 'refused', because: { reason: 'ServiceNameTaken' } });
  });

  test('counts as taken while that Service cannot be read', () => {
    const world = snapshot([ours, gateway('edge')], {
      refused: [{ ...refused('Service', 'edge', 'spec.ports'), key: inShop('edge') }],
    });
    expect(desired(world)[0]?.name).toBe('edge-fairlead');
  });

  test.each(['1st-gateway', 'edge.example.com', 'g'.repeat(200)])(
    '%s is no name for a Service and gets one that is',
    (name) => {
      expect(desired(snapshot([ours, gateway(name)]))[0]?.name).toMatch(/^gw-[-a-z0-9]{1,52}$/);
    },
  );
});

describe('a Service of ours that is not wanted any more', () => {
  const edge = gateway('edge');
  const [wanted] = desired(snapshot([ours, edge]));
  if (wanted === undefined) throw new Error('no Service');
  const existing = made(wanted);
  const gone = [{ kind: 'delete', key: 'shop/edge', uid: 'uid-service-edge' }];

  test.each([
    { name: 'its Gateway is gone', world: snapshot([ours, existing]), expected: gone },
    {
      name: 'the class belongs to another controller now',
      world: snapshot([gatewayClass('fairlead', 'example.com/other'), edge, existing]),
      expected: gone,
    },
    {
      name: 'the class is missing: it stays, for that may be a mistake',
      world: snapshot([edge, existing]),
      expected: [],
    },
    {
      name: 'the Gateway cannot be read: it stays',
      world: snapshot([ours, existing], {
        refused: [
          {
            ...refused('Gateway', 'edge', 'spec.listeners[0].port: too big'),
            reference: { apiVersion: 'v1', kind: 'Gateway', namespace: 'shop', name: 'edge', uid: 'uid-gateway-edge' },
          },
        ],
      }),
      expected: [],
    },
  ])('$name', ({ world, expected }) => {
    expect(changes(world)).toEqual(expected);
  });

  test('somebody else’s Service with the same labels is never deleted', () => {
    const theirs = service('other', { loadBalancerClass: 'io.cilium/bgp' }, { labels: wanted.labels });
    expect(changes(snapshot([ours, theirs]))).toEqual([]);
  });
});

describe('the Service of an IngressClass', () => {
  test('is there as soon as an Ingress uses the class', () => {
    const web = ingress('web', { ingressClassName: 'fairlead' });
    expect(desired(snapshot([ingressClass('fairlead')]))).toEqual([]);
    expect(desired(snapshot([ingressClass('fairlead'), web]))).toMatchObject([
      {
        namespace: 'fairlead-system',
        name: 'fairlead-ingress-fairlead',
        labels: { 'fairlead.dev/ingress-class': 'fairlead' },
        ports: [{ port: 80 }, { port: 443 }],
      },
    ]);
  });

  test.each([
    {
      name: 'the annotation of old names it',
      rule: {},
      annotations: { 'kubernetes.io/ingress.class': 'fairlead' },
      count: 1,
    },
    { name: 'nobody names it', rule: {}, count: 0 },
    { name: 'another is named', rule: { ingressClassName: 'nginx' }, count: 0 },
    {
      name: 'it is of another controller',
      rule: { ingressClassName: 'fairlead' },
      spec: { controller: 'k8s.io/ingress-nginx' },
      count: 0,
    },
    {
      name: 'a Gateway serves it',
      rule: { ingressClassName: 'fairlead' },
      spec: { parameters: { apiGroup: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge', namespace: 'shop' } },
      count: 0,
    },
  ])('when $name: $count', ({ rule, annotations = {}, spec = {}, count }) => {
    const theClass = ingressClass('fairlead', spec);
    expect(desired(snapshot([theClass, ingress('web', rule, { annotations })]))).toHaveLength(count);
  });

  test('a class whose name makes no name for a Service is told so', () => {
    const world = snapshot([ingressClass('edge.example'), ingress('web', { ingressClassName: 'edge.example' })]);
    expect([...planIngressServices(world).values()]).toMatchObject([
      { kind: 'refused', because: { reason: 'ServiceNameInvalid' } },
    ]);
  });

  test('goes with the last Ingress', () => {
    const [wanted] = desired(snapshot([ingressClass('fairlead'), ingress('web', { ingressClassName: 'fairlead' })]));
    if (wanted === undefined) throw new Error('no Service');
    expect(changes(snapshot([ingressClass('fairlead'), made(wanted)]))).toMatchObject([{ kind: 'delete' }]);
  });
});
