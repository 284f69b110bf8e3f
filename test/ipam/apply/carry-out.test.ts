import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { KINDS } from '../../../api/kinds.ts';
import { objectKey } from '../../../api/meta.ts';
import { ApiError } from '../../../kube/api-error.ts';
import type { KubeApi } from '../../../kube/client.ts';
import { Cluster } from '../harness.ts';
import { type SteppedReconciler, startReconciler } from '../reconciler-harness.ts';

// Real servers on a busy machine: the waits within a test say what is too long.
jest.setTimeout(30_000);

let cluster: Cluster;
let stop: AbortController;
beforeEach(async () => {
  cluster = await Cluster.start();
  stop = new AbortController();
  await cluster.create('LoadBalancerIPPool', {
    metadata: { name: 'main' },
    spec: { blocks: [{ cidr: '203.0.113.0/28' }] },
  });
  await cluster.create(
    'Service',
    { metadata: { name: 'web' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    'default',
  );
});
afterEach(async () => {
  stop.abort();
  await cluster[Symbol.asyncDispose]();
});

/** The server, with every write noted, and with the given one failing as if the power had gone. */
function recording(writes: string[], failsAt = ''): KubeApi {
  const { client } = cluster;
  return {
    request: async (method, path, options) => {
      if (method === 'GET') return client.request(method, path, options);
      const write = `${method} ${path}`;
      if (write === failsAt) throw new Error('the power is gone');
      writes.push(write);
      return client.request(method, path, options);
    },
    watch: (path, query, signal) => client.watch(path, query, signal),
  };
}

/** The server, with the requests counted that it refuses: those of which the predicate says so. */
function refusing(isRefused: (request: string, body: unknown) => boolean, status = 422): KubeApi & { refused: number } {
  const { client } = cluster;
  const api = {
    refused: 0,
    request: async (...[method, path, options]: Parameters<KubeApi['request']>) => {
      if (!isRefused(`${method} ${path}`, options.body)) return client.request(method, path, options);
      api.refused += 1;
      throw new ApiError({ status, reason: 'Invalid', message: 'no', retryAfterMs: undefined });
    },
    watch: (...[path, query, signal]: Parameters<KubeApi['watch']>) => client.watch(path, query, signal),
  };
  return api;
}

const reconcilerOver = (client: KubeApi): Promise<SteppedReconciler> => startReconciler(client, stop.signal);

const ALLOCATE = 'POST /apis/fairlead.dev/v1alpha1/ipallocations';
const TELL = 'PUT /api/v1/namespaces/default/services/web/status';

describe('a plan is carried out so that it survives a crash', () => {
  test('an address is on record before anybody is told of it', async () => {
    const writes: string[] = [];
    const { pass } = await reconcilerOver(recording(writes));
    await pass();
    expect(writes).toEqual([ALLOCATE, TELL, 'PUT /apis/fairlead.dev/v1alpha1/loadbalancerippools/main/status']);
  });

  test.each([
    { name: 'before the record', failsAt: ALLOCATE, left: [] },
    { name: 'between record and telling', failsAt: TELL, left: ['203.0.113.0'] },
  ])('after a crash $name the next start gives the same address, once', async ({ failsAt, left }) => {
    const first = await reconcilerOver(recording([], failsAt));
    await expect(first.pass()).rejects.toThrow();
    const names = async (): Promise<readonly unknown[]> =>
      (await cluster.list(KINDS.IPAllocation))
        .map((item) => item['metadata'])
        .map((meta) => (meta as { name: string }).name);
    expect(await names()).toEqual(left);
    const second = await reconcilerOver(cluster.client);
    await second.pass();
    expect(await names()).toEqual(['203.0.113.0']);
    expect((await cluster.get('Service', 'default/web')).status.loadBalancer.ingress).toEqual([{ ip: '203.0.113.0' }]);
  });

  test('when another took the address meanwhile, nobody is told of it, and the next pass gives another', async () => {
    const { pass, events, stopWatching } = await reconcilerOver(cluster.client);
    const owner = { kind: 'Service', namespace: 'default', name: 'other', uid: 'other' };
    const body = { metadata: { name: '203.0.113.0' }, spec: { address: '203.0.113.0', pool: 'main', owner } };
    stopWatching();
    await cluster.create('IPAllocation', body);
    await pass();
    expect((await cluster.get('Service', 'default/web')).status.loadBalancer.ingress).toEqual([]);
    expect(events).toEqual([]);
    await pass();
    expect((await cluster.get('Service', 'default/web')).status.loadBalancer.ingress).toEqual([{ ip: '203.0.113.1' }]);
  });

  test('an allocation made anew under the same name is not deleted in place of the old one', async () => {
    const owner = { kind: 'Service', namespace: 'default', name: 'gone', uid: 'gone' };
    const spec = { address: '203.0.113.9', pool: 'main', owner };
    await cluster.create('IPAllocation', { metadata: { name: '203.0.113.9' }, spec });
    const { pass, stopWatching } = await reconcilerOver(cluster.client);
    stopWatching();
    await cluster.delete('IPAllocation', '203.0.113.9');
    await cluster.create('IPAllocation', { metadata: { name: '203.0.113.9' }, spec });
    await pass();
    expect(await cluster.get('IPAllocation', '203.0.113.9')).toMatchObject({ spec: { owner: { name: 'gone' } } });
  });

  test('what a plan says again is told once', async () => {
    await cluster.delete('LoadBalancerIPPool', 'main');
    const { pass, events, stopWatching } = await reconcilerOver(cluster.client);
    stopWatching();
    await pass();
    await pass();
    expect(
      events.map(({ reason, regarding }) => `${reason} ${objectKey(regarding.namespace, regarding.name)}`),
    ).toEqual(['AllocationFailed default/web']);
  });
});

describe('a write that the API server refuses', () => {
  const addressesOf = async (name: string): Promise<readonly unknown[]> =>
    (await cluster.get('Service', `default/${name}`)).status.loadBalancer.ingress.map(({ ip }) => ip);

  test('the status of a pool: the rest of the pass happens, the event too, and it is not tried again', async () => {
    const blocks = [{ start: '198.51.100.9', stop: '198.51.100.1' }];
    await cluster.create('LoadBalancerIPPool', { metadata: { name: 'bad' }, spec: { blocks } });
    const client = refusing((request) => request === 'PUT /apis/fairlead.dev/v1alpha1/loadbalancerippools/bad/status');
    const { pass, events, wakes } = await reconcilerOver(client);
    for (let i = 0; i < 3; i++) await pass();
    expect(client.refused).toBe(1);
    expect(await addressesOf('web')).toEqual(['203.0.113.0']);
    expect((await cluster.get('LoadBalancerIPPool', 'main')).status.addresses?.used).toBe('1');
    expect(events.map(({ reason }) => reason)).toEqual(['IPAllocated', 'PoolInvalid']);
    expect(wakes()).toBe(0);
  });

  test('the record of an address: its owner is not told of it, another gets its own', async () => {
    const spec = { type: 'LoadBalancer', ports: [{ port: 80 }] };
    await cluster.create('Service', { metadata: { name: 'zoo' }, spec }, 'default');
    const client = refusing(
      (request, body) => request === ALLOCATE && JSON.stringify(body).includes('203.0.113.0'),
      403,
    );
    const { pass, events } = await reconcilerOver(client);
    await pass();
    expect([await addressesOf('web'), await addressesOf('zoo')]).toEqual([[], ['203.0.113.1']]);
    expect(events.map(({ regarding }) => regarding.name)).toEqual(['zoo']);
  });

  test('a status that tells of an address: the address is not given back, however often it is tried', async () => {
    const { pass } = await reconcilerOver(cluster.client);
    await pass();
    await cluster.patch('Service', 'default/web', { spec: { type: 'ClusterIP' } });
    const { pass: blocked } = await reconcilerOver(refusing((request) => request === TELL));
    for (let i = 0; i < 3; i++) await blocked();
    expect((await cluster.get('IPAllocation', '203.0.113.0')).spec.owner.name).toBe('web');
    const { pass: free } = await reconcilerOver(cluster.client);
    await free();
    expect(await cluster.list(KINDS.IPAllocation)).toEqual([]);
  });

  test('the Service of a Gateway: other Gateways get theirs', async () => {
    const controllerName = 'fairlead.dev/gateway-controller';
    await cluster.create('GatewayClass', { metadata: { name: 'fairlead' }, spec: { controllerName } });
    const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
    for (const name of ['a', 'b']) {
      const gateway = { metadata: { name }, spec: { gatewayClassName: 'fairlead', listeners } };
      await cluster.create('Gateway', gateway, 'default');
    }
    const isServiceA = (request: string, body: unknown): boolean =>
      request === 'POST /api/v1/namespaces/default/services' && JSON.stringify(body).includes('"name":"a"');
    const { pass } = await reconcilerOver(refusing(isServiceA, 403));
    await pass();
    expect((await cluster.get('Service', 'default/b')).spec.type).toBe('LoadBalancer');
  });

  test('because the server is overloaded is the end of the pass', async () => {
    const { pass } = await reconcilerOver(refusing((request) => request === ALLOCATE, 429));
    await expect(pass()).rejects.toMatchObject({ status: 429 });
  });
});
