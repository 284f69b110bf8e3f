// A small cluster as the programs leave it: one Gateway with its address, announced by lb1 while lb2 is silent.
import { tlsSecretData } from '../support/proxy/fixtures.ts';
import type { Cli } from './harness.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const FAIRLEAD = 'fairlead.dev/v1alpha1';

/** The Gateway's Secret holds another certificate's key; one of the route's two rules leads nowhere. */
export async function firstLight(cli: Cli): Promise<void> {
  await cli.apply(...OBJECTS);
  await cli.setStatus('/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways/shop', {
    addresses: [{ type: 'IPAddress', value: '203.0.113.0' }],
  });
  await cli.setStatus('/apis/fairlead.dev/v1alpha1/ipallocations/203.0.113.0', { state: 'Bound' });
  await cli.setStatus('/apis/fairlead.dev/v1alpha1/lbnodes/lb1', nodeStatus(new Date().toISOString()));
  await cli.setStatus('/apis/fairlead.dev/v1alpha1/lbnodes/lb2', nodeStatus('2026-01-01T00:00:00Z'));
}

const OBJECTS: readonly unknown[] = [
  {
    apiVersion: GATEWAY_API,
    kind: 'GatewayClass',
    metadata: { name: 'fairlead' },
    spec: { controllerName: 'fairlead.dev/gateway-controller' },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: 'shop-tls' },
    data: { ...tlsSecretData('shop'), 'tls.key': tlsSecretData('wildcard')['tls.key'] },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80, targetPort: 8080 }] } },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: ['10.244.1.2'], conditions: { ready: true } }],
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name: 'shop' },
    spec: {
      gatewayClassName: 'fairlead',
      listeners: [
        { name: 'http', port: 80, protocol: 'HTTP' },
        {
          name: 'https',
          port: 443,
          protocol: 'HTTPS',
          hostname: 'shop.example.test',
          tls: { certificateRefs: [{ name: 'shop-tls' }] },
        },
      ],
    },
  },
  {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name: 'site' },
    spec: {
      parentRefs: [{ name: 'shop' }],
      rules: [
        { backendRefs: [{ name: 'web', port: 80 }] },
        {
          matches: [{ path: { type: 'PathPrefix', value: '/two' } }],
          backendRefs: [{ name: 'gone', port: 80 }],
        },
      ],
    },
  },
  {
    apiVersion: FAIRLEAD,
    kind: 'IPAllocation',
    metadata: { name: '203.0.113.0' },
    spec: {
      address: '203.0.113.0',
      pool: 'lab',
      source: 'auto',
      owner: { kind: 'Service', namespace: 'default', name: 'shop', uid: 'u' },
    },
  },
  {
    apiVersion: FAIRLEAD,
    kind: 'BGPPeer',
    metadata: { name: 'router' },
    spec: { peerAddress: '10.10.0.1', peerASN: 64500, localASN: 64511 },
  },
  { apiVersion: FAIRLEAD, kind: 'LBNode', metadata: { name: 'lb1' }, spec: {} },
  { apiVersion: FAIRLEAD, kind: 'LBNode', metadata: { name: 'lb2' }, spec: {} },
];

function nodeStatus(heartbeatTime: string): unknown {
  return {
    phase: 'Serving',
    heartbeatTime,
    announced: [{ address: '203.0.113.0', pool: 'lab' }],
    withheld: [
      { address: '203.0.113.1', reason: 'NotServed', message: 'the proxy of this node has no listener on it' },
    ],
    peers: [{ name: 'router', address: '10.10.0.1', state: 'Established', since: '2026-01-01T00:00:00Z', message: '' }],
    connections: 3,
  };
}
