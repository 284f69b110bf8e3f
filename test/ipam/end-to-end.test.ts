import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { Cluster } from './harness.ts';

// Real servers on a busy machine: the waits within a test say what is too long.
jest.setTimeout(30_000);

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.start();
  await cluster.create('Namespace', { metadata: { name: 'shop' } });
});
afterEach(() => cluster[Symbol.asyncDispose]());

const pool = (name: string, cidr: string): Record<string, unknown> => ({
  metadata: { name },
  spec: { blocks: [{ cidr }] },
});

async function createService(name: string, spec: Record<string, unknown> = {}): Promise<void> {
  const ports = [{ port: 80 }];
  await cluster.create('Service', { metadata: { name }, spec: { type: 'LoadBalancer', ports, ...spec } }, 'shop');
}

async function addressesOf(name: string): Promise<readonly (string | undefined)[]> {
  const { status } = await cluster.get('Service', `shop/${name}`);
  return status.loadBalancer.ingress.map(({ ip }) => ip);
}

async function reasonOf(name: string): Promise<string | undefined> {
  const { status } = await cluster.get('Service', `shop/${name}`);
  return status.conditions.find(({ type }) => type === 'fairlead.dev/IPAMRequestSatisfied')?.reason;
}

async function allocations(): Promise<readonly string[]> {
  const items = await cluster.list({ apiVersion: 'fairlead.dev/v1alpha1', plural: 'ipallocations', namespaced: false });
  return items.map((item) => (item['metadata'] as { name: string }).name);
}

async function conditionOfPool(name: string, type: string): Promise<string> {
  const { status } = await cluster.get('LoadBalancerIPPool', name);
  const condition = status.conditions.find((one) => one.type === type);
  return `${condition?.status} ${condition?.reason}`;
}

async function createGateway(name: string): Promise<void> {
  const controllerName = 'fairlead.dev/gateway-controller';
  await cluster.create('GatewayClass', { metadata: { name: 'fairlead' }, spec: { controllerName } });
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
  await cluster.create('Gateway', { metadata: { name }, spec: { gatewayClassName: 'fairlead', listeners } }, 'shop');
}

describe('ipam against the embedded API server', () => {
  test('a Service and a Gateway get addresses; deleting them gives the addresses back', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
    await createService('web');
    await eventually(async () => expect(await addressesOf('web')).toEqual(['203.0.113.0']));
    await createGateway('edge');
    await eventually(async () => {
      const { status } = await cluster.get('Gateway', 'shop/edge');
      expect(status.addresses).toEqual([{ type: 'IPAddress', value: '203.0.113.1' }]);
    });
    expect(await addressesOf('edge')).toEqual(['203.0.113.1']);
    expect(await cluster.get('IPAllocation', '203.0.113.1')).toMatchObject({
      spec: { pool: 'main', owner: { namespace: 'shop', name: 'edge' }, source: 'auto' },
    });
    await eventually(async () => {
      const { status } = await cluster.get('LoadBalancerIPPool', 'main');
      expect(status.addresses).toEqual({ total: '16', used: '2', available: '14' });
    });

    await cluster.delete('Gateway', 'shop/edge');
    await cluster.delete('Service', 'shop/web');
    await eventually(async () => expect(await allocations()).toEqual([]));
    await expect(cluster.get('Service', 'shop/edge')).rejects.toThrow('not found');
  });

  test('labels and annotations of a Gateway come to its Service and leave it with the Gateway’s word; others’ stay', async () => {
    cluster.startIpam();
    await createGateway('edge');
    const infrastructure = { labels: { team: 'shop', tier: 'front' }, annotations: { note: 'x' } };
    await cluster.patch('Gateway', 'shop/edge', { spec: { infrastructure } });
    const metadata = async () => (await cluster.get('Service', 'shop/edge')).metadata;
    await eventually(async () =>
      expect(await metadata()).toMatchObject({ labels: infrastructure.labels, annotations: { note: 'x' } }),
    );
    await cluster.patch('Service', 'shop/edge', { metadata: { labels: { own: '1' }, annotations: { theirs: '2' } } });
    await cluster.patch('Gateway', 'shop/edge', {
      spec: { infrastructure: { labels: { team: null }, annotations: null } },
    });
    await eventually(async () => {
      const { labels, annotations } = await metadata();
      expect(labels).toEqual({
        own: '1',
        tier: 'front',
        'app.kubernetes.io/managed-by': 'fairlead-ipam',
        'gateway.networking.k8s.io/gateway-name': 'edge',
      });
      expect(annotations).toEqual({ theirs: '2', 'fairlead.dev/inherited-labels': 'tier' });
    });
  });

  test('a restart changes nothing and writes nothing', async () => {
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/30'));
    await createGateway('edge');
    for (const name of ['a', 'b', 'c']) await createService(name);
    await createService('asking', { loadBalancerIP: '192.0.2.1' });
    const first = cluster.startIpam();
    await eventually(async () => {
      const reasons = await Promise.all(['a', 'b', 'c', 'edge', 'asking'].map(reasonOf));
      expect(reasons).toEqual(['satisfied', 'satisfied', 'satisfied', 'satisfied', 'no_pool']);
      expect(await cluster.events()).toHaveLength(5);
      expect((await cluster.get('LoadBalancerIPPool', 'main')).status.addresses?.available).toBe('0');
      expect((await cluster.get('Gateway', 'shop/edge')).status.addresses).toHaveLength(1);
    });
    await first.stop();
    const before = await cluster.everything();

    const second = cluster.startIpam();
    // The status of a pool is written last in a pass: once a new one has it, all else has been considered.
    await cluster.create('LoadBalancerIPPool', pool('second', '198.51.100.0/30'));
    await eventually(async () => expect(await conditionOfPool('second', 'Accepted')).toBe('True Accepted'));
    await second.stop();
    const after = await cluster.everything();
    expect(after.filter(({ metadata }) => metadata.name !== 'second')).toEqual(before);
  });

  test('what one asks for and another holds comes free and is given at once', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
    await createService('holder', { loadBalancerIP: '203.0.113.9' });
    await eventually(async () => expect(await addressesOf('holder')).toEqual(['203.0.113.9']));
    await createService('waiter', { loadBalancerIP: '203.0.113.9' });
    await eventually(async () => expect(await reasonOf('waiter')).toBe('already_allocated'));
    await cluster.delete('Service', 'shop/holder');
    await eventually(async () => expect(await addressesOf('waiter')).toEqual(['203.0.113.9']), { timeoutMs: 1000 });
  });

  test('an address is given to nobody else before every live node has let go of it', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.9/32'));
    await createService('holder');
    await eventually(async () => expect(await addressesOf('holder')).toEqual(['203.0.113.9']));
    await cluster.create('LBNode', { metadata: { name: 'lb1' } });
    const heartbeatTime = new Date().toISOString();
    await cluster.patchStatus('LBNode', 'lb1', { heartbeatTime, announced: [{ address: '203.0.113.9' }] });
    await cluster.delete('Service', 'shop/holder');
    await createService('waiter');
    await eventually(async () => {
      expect((await cluster.get('IPAllocation', '203.0.113.9')).status.state).toBe('Releasing');
      expect(await reasonOf('waiter')).toBe('out_of_ips');
    });
    const withheld = [{ address: '203.0.113.9', reason: 'Releasing', message: 'nobody owns it any more' }];
    await cluster.patchStatus('LBNode', 'lb1', { heartbeatTime, announced: [], withheld });
    await eventually(async () => expect(await addressesOf('waiter')).toEqual(['203.0.113.9']));
  });

  test('adopts the address that a Service already shows', async () => {
    await createService('web');
    await cluster.patchStatus('Service', 'shop/web', { loadBalancer: { ingress: [{ ip: '203.0.113.5' }] } });
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
    cluster.startIpam();
    await eventually(async () => expect(await reasonOf('web')).toBe('satisfied'));
    expect(await addressesOf('web')).toEqual(['203.0.113.5']);
    expect((await cluster.get('IPAllocation', '203.0.113.5')).spec.source).toBe('imported');
  });

  test('a Service that is no load balancer any more loses address and condition, once', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
    await createService('web', { loadBalancerClass: 'fairlead.dev/lb' });
    await eventually(async () => expect(await reasonOf('web')).toBe('satisfied'));
    await cluster.patch('Service', 'shop/web', { spec: { type: 'ClusterIP', loadBalancerClass: null } });
    await eventually(async () => {
      expect(await reasonOf('web')).toBeUndefined();
      expect(await allocations()).toEqual([]);
    });
    expect(await addressesOf('web')).toEqual([]);
  });

  test('the standby takes over when the first stops', async () => {
    const first = cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
    await createService('a');
    await eventually(async () => expect(await addressesOf('a')).toEqual(['203.0.113.0']));
    cluster.startIpam();
    await first.stop();
    await createService('b');
    await eventually(async () => expect(await addressesOf('b')).toEqual(['203.0.113.1']));
    expect(await addressesOf('a')).toEqual(['203.0.113.0']);
  });
});

describe('several instances', () => {
  test('share no address, also when the active one stops in the middle of a burst', async () => {
    await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/24'));
    const first = cluster.startIpam();
    cluster.startIpam();
    const names = Array.from({ length: 60 }, (_, index) => `s${index}`);
    await Promise.all(names.slice(0, 30).map((name) => createService(name)));
    await eventually(async () => expect((await allocations()).length).toBeGreaterThan(3));
    await Promise.all([first.stop(), ...names.slice(30).map((name) => createService(name))]);
    const addresses = await eventually(async () => {
      const given = (await Promise.all(names.map(addressesOf))).flat();
      expect(given).toHaveLength(60);
      return given;
    });
    expect(new Set(addresses).size).toBe(60);
    expect(await allocations()).toHaveLength(60);
  });
});

test('an IngressClass of ours that has an Ingress gets a Service, which goes with the last Ingress', async () => {
  cluster.startIpam();
  await cluster.create('LoadBalancerIPPool', pool('main', '203.0.113.0/28'));
  const controller = 'fairlead.dev/ingress-controller';
  await cluster.create('IngressClass', { metadata: { name: 'fairlead' }, spec: { controller } });
  const defaultBackend = { service: { name: 'web', port: { number: 80 } } };
  await cluster.create(
    'Ingress',
    { metadata: { name: 'web' }, spec: { ingressClassName: 'fairlead', defaultBackend } },
    'shop',
  );
  await eventually(async () => {
    const { status } = await cluster.get('Service', 'fairlead-system/fairlead-ingress-fairlead');
    expect(status.loadBalancer.ingress).toMatchObject([{ ip: '203.0.113.0' }]);
  });
  await cluster.delete('Ingress', 'shop/web');
  await eventually(async () => expect(await allocations()).toEqual([]));
});

describe('bad input', () => {
  test('two pools that overlap: the newer gives nothing and says why; a correction heals', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', { ...pool('main', '203.0.113.0/28') });
    await eventually(async () => expect(await conditionOfPool('main', 'Accepted')).toBe('True Accepted'));
    await cluster.create('LoadBalancerIPPool', {
      metadata: { name: 'newer' },
      spec: { blocks: [{ cidr: '203.0.113.8/29' }], serviceSelector: { matchLabels: { pool: 'newer' } } },
    });
    await eventually(async () =>
      expect(await conditionOfPool('newer', 'fairlead.dev/PoolConflict')).toBe('True cidr_overlap'),
    );
    await eventually(async () =>
      expect(await cluster.events()).toContainEqual(
        expect.objectContaining({
          reason: 'PoolConflict',
          type: 'Warning',
          message: 'its block 203.0.113.8-203.0.113.15 overlaps main, which is older',
        }),
      ),
    );
    await createService('web');
    await eventually(async () => expect(await addressesOf('web')).toEqual(['203.0.113.0']));

    await cluster.patch('LoadBalancerIPPool', 'newer', { spec: { blocks: [{ cidr: '198.51.100.0/29' }] } });
    await eventually(async () =>
      expect(await conditionOfPool('newer', 'fairlead.dev/PoolConflict')).toBe('False resolved'),
    );
    await cluster.patch('Service', 'shop/web', {
      metadata: { labels: { pool: 'newer' } },
      spec: { loadBalancerIP: '198.51.100.1' },
    });
    await eventually(async () => expect(await addressesOf('web')).toEqual(['198.51.100.1']));
  });

  test('a block that the API server lets pass and that is none: condition and event; a correction heals', async () => {
    cluster.startIpam();
    await cluster.create('LoadBalancerIPPool', pool('good', '203.0.113.0/28'));
    const upsideDown = [{ start: '198.51.100.9', stop: '198.51.100.1' }];
    await cluster.create('LoadBalancerIPPool', { metadata: { name: 'bad' }, spec: { blocks: upsideDown } });
    await eventually(async () => {
      const bad = (
        await cluster.list({ apiVersion: 'fairlead.dev/v1alpha1', plural: 'loadbalancerippools', namespaced: false })
      )[0];
      expect(bad).toMatchObject({
        metadata: { name: 'bad' },
        status: {
          conditions: [
            {
              type: 'Accepted',
              status: 'False',
              reason: 'Invalid',
              message:
                'spec.blocks[0]: start 198.51.100.9 must not be above stop 198.51.100.1, and both must be of one family',
            },
          ],
        },
      });
    });
    await eventually(async () =>
      expect(await cluster.events()).toContainEqual(
        expect.objectContaining({ reason: 'PoolInvalid', type: 'Warning' }),
      ),
    );
    await createService('web');
    await eventually(async () => expect(await addressesOf('web')).toEqual(['203.0.113.0']));
    await createService('asking', { loadBalancerIP: '198.51.100.3' });
    await eventually(async () => expect(await reasonOf('asking')).toBe('no_pool'));

    await cluster.patch('LoadBalancerIPPool', 'bad', {
      spec: { blocks: [{ start: '198.51.100.1', stop: '198.51.100.9' }] },
    });
    await eventually(async () => expect(await addressesOf('asking')).toEqual(['198.51.100.3']));
    await eventually(async () => expect(await conditionOfPool('bad', 'Accepted')).toBe('True Accepted'));
  });

  test.each([
    { block: {}, message: /must hold either cidr or start/ },
    { block: { cidr: '203.0.113.0/33' }, message: /cidr/ },
    { block: { start: '203.0.113.1', stop: '2001:db8::1' }, message: /one family/ },
  ])('the API server itself refuses a pool with a block $block', async ({ block, message }) => {
    const creating = cluster.create('LoadBalancerIPPool', { metadata: { name: 'bad' }, spec: { blocks: [block] } });
    await expect(creating).rejects.toThrow(message);
  });
});
