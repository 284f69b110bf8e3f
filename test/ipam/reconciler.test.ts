import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { Cluster } from './harness.ts';
import { startReconciler } from './reconciler-harness.ts';

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
});
afterEach(async () => {
  stop.abort();
  await cluster[Symbol.asyncDispose]();
});

describe('an address that waits for a node', () => {
  test('asks for one more look at a time, however many passes see it', async () => {
    const owner = { kind: 'Service', namespace: 'default', name: 'gone', uid: 'gone' };
    const spec = { address: '203.0.113.9', pool: 'main', owner };
    await cluster.create('IPAllocation', { metadata: { name: '203.0.113.9' }, spec });
    await cluster.create('LBNode', { metadata: { name: 'lb1' } });
    await cluster.patchStatus('LBNode', 'lb1', { heartbeatTime: new Date().toISOString() });
    const { pass, wakes } = await startReconciler(cluster.client, stop.signal);
    for (let i = 0; i < 20; i++) await pass();
    await eventually(() => expect(wakes()).toBe(1));
    await pass();
    await eventually(() => expect(wakes()).toBeGreaterThan(1));
    expect(wakes()).toBe(2);
  });
});
