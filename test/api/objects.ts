// The smallest good object of each kind, as an API server gives it.

type Fields = Record<string, unknown>;

const spec: Record<string, Fields> = {
  Service: { spec: { ports: [{ port: 80 }] } },
  EndpointSlice: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }], ports: [{ port: 8080 }] },
  Secret: { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==' } },
  Namespace: {},
  GatewayClass: { spec: { controllerName: 'fairlead.dev/gateway-controller' } },
  Gateway: { spec: { gatewayClassName: 'fairlead', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] } },
  HTTPRoute: { spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] } },
  ReferenceGrant: {
    spec: { from: [{ group: '', kind: 'Gateway', namespace: 'shop' }], to: [{ group: '', kind: 'Secret' }] },
  },
  Ingress: {
    spec: {
      rules: [
        {
          http: {
            paths: [{ pathType: 'Prefix', path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
  IngressClass: { spec: { controller: 'fairlead.dev/ingress-controller' } },
  LoadBalancerIPPool: { spec: { blocks: [{ cidr: '203.0.113.0/28' }] } },
  IPAllocation: {
    spec: {
      address: '203.0.113.0',
      pool: 'main',
      owner: { kind: 'Service', namespace: 'shop', name: 'web', uid: 'u1' },
    },
  },
  BGPPeer: { spec: { localASN: 64511, peerASN: 64500, peerAddress: '10.10.0.1' } },
  BGPAdvertisement: {},
  LBNode: {},
};

/** The smallest good object of a kind, with the value at one path replaced. Undefined removes it. */
export function objectOf(kind: string, path = '', value?: unknown): Fields {
  const object: Fields = structuredClone({ metadata: { name: 'some', namespace: 'shop', uid: 'u' }, ...spec[kind] });
  if (path !== '') put(object, path.split('.'), value);
  return object;
}

/** Steps are field names, and numbers for items of lists; what is missing on the way is made. */
function put(into: Fields, [step = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (value === undefined) delete into[step];
    else into[step] = value;
    return;
  }
  into[step] ??= /^\d+$/.test(rest[0] ?? '') ? [] : {};
  put(into[step] as Fields, rest, value);
}
