import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { KINDS } from '../../../api/kinds.ts';
import { objectKey } from '../../../api/meta.ts';
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
