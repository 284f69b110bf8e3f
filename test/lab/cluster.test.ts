// Deployments, Pods and Services on the embedded API server become processes, namespaces and EndpointSlices.
import { mkdir, rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseEndpointSlice } from '../../api/core.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Cluster } from '../../lab/cluster/cluster.ts';
import type { EchoAnswer } from '../../lab/echo/http-answer.ts';
import { buildNetwork, namespacesOf } from '../../lab/network/build.ts';
import { run } from '../../lab/network/children.ts';
import { planTopology } from '../../lab/plan/topology.ts';
import { pathsOf } from '../../lab/state.ts';
import { namespaceMembers, signalProcess } from '../../lab/supervise/process-group.ts';
import { startEmbeddedServer } from '../support/embedded-server.ts';
import { eventually } from '../support/eventually.ts';
import { quietLog } from '../support/quiet-log.ts';
import { inNode, removeNamespaces, requireRoot, uniqueLabName } from './support.ts';

const lab = uniqueLabName();
const stop = new AbortController();
const { signal } = stop;
const undo = new AsyncDisposableStack();
let client: KubeClient;

beforeAll(async () => {
  requireRoot();
  await mkdir(pathsOf(lab).logs, { recursive: true });
  undo.defer(() => rm(pathsOf(lab).state, { recursive: true }));
  undo.defer(() => removeNamespaces(lab));
  await buildNetwork(planTopology({ name: lab, lbNodes: 1, workers: 2, router: 'frr' }));
  ({ client } = undo.use(await startEmbeddedServer()));
  const workers = new Map([
    ['w1', '10.10.0.21'],
    ['w2', '10.10.0.22'],
  ]);
  const cluster = new Cluster({ lab, workers, client, log: quietLog() }).start(signal);
  undo.defer(() => {
    stop.abort();
    return cluster.done;
  });
  await cluster.ready;
});

afterAll(() => undo.disposeAsync());

function post(path: string, body: object): Promise<unknown> {
  return client.request('POST', path, { body, signal });
}

function deployment(name: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'web', image: 'any/image:1', ports: [{ name: 'web', containerPort: 8081 }] }] },
      },
    },
  };
}

function service(name: string, targetPort: string | number): object {
  const ports = [{ name: 'http', port: 80, targetPort }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports } };
}

interface SeenEndpoint {
  readonly address: string;
  readonly node: string;
  readonly port: number;
  readonly conditions: readonly [ready: boolean, serving: boolean, terminating: boolean];
}

async function endpointsOf(name: string): Promise<readonly SeenEndpoint[]> {
  const query = { labelSelector: `kubernetes.io/service-name=${name}` };
  const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  const list = (await client.request('GET', path, { query, signal })) as { readonly items: readonly unknown[] };
  return list.items.flatMap((item) => {
    const slice = parseEndpointSlice(item);
    if (!slice.ok) throw new Error('the lab wrote an EndpointSlice that does not parse');
    return slice.value.endpoints.map(({ addresses, nodeName = '', conditions }) => ({
      address: addresses[0] ?? '',
      node: nodeName,
      port: slice.value.ports[0]?.port ?? 0,
      conditions: [conditions.ready === true, conditions.serving === true, conditions.terminating === true] as const,
    }));
  });
}

describe('the cluster of a lab', () => {
  test('a Deployment becomes pods on all workers that answer at the addresses of the EndpointSlice', async () => {
    await post('/api/v1/namespaces/default/services', service('web', 'web'));
    await post('/apis/apps/v1/namespaces/default/deployments', deployment('web', 2));
    const endpoints = await eventually(
      async () => {
        const seen = await endpointsOf('web');
        expect(seen.map(({ conditions }) => conditions)).toEqual([
          [true, true, false],
          [true, true, false],
        ]);
        return seen;
      },
      { timeoutMs: 4000 },
    );
    expect(endpoints.map(({ node }) => node).toSorted()).toEqual(['w1', 'w2']);
    for (const { address, node, port } of endpoints) {
      const answer = JSON.parse(
        await inNode(lab, 'lb1', ['curl', '-sS', `http://${address}:${port}/a?b=c`]),
      ) as EchoAnswer;
      expect(answer).toMatchObject({
        node,
        ip: address,
        namespace: 'default',
        method: 'GET',
        path: '/a?b=c',
        port: 8081,
      });
      expect(answer.clientAddress).toBe('10.10.0.11');
      expect(answer.pod).toMatch(/^web-/);
    }
  });

  test('a Deployment that is scaled down lets a pod finish: terminating and serving, then gone with its namespace', async () => {
    await post('/api/v1/namespaces/default/services', service('shrink', 'web'));
    await post('/apis/apps/v1/namespaces/default/deployments', deployment('shrink', 2));
    await eventually(async () => expect((await endpointsOf('shrink')).length).toBe(2), { timeoutMs: 4000 });
    const before = await namespacesOf(lab);
    await client.request('PATCH', '/apis/apps/v1/namespaces/default/deployments/shrink', {
      body: { spec: { replicas: 1 } },
      contentType: 'application/merge-patch+json',
      signal,
    });
    await eventually(async () => {
      const conditions = (await endpointsOf('shrink')).map((endpoint) => endpoint.conditions);
      expect(conditions).toContainEqual([false, true, true]);
      expect(conditions).toContainEqual([true, true, false]);
    });
    await eventually(async () => expect((await endpointsOf('shrink')).length).toBe(1));
    await eventually(async () => expect((await namespacesOf(lab)).length).toBe(before.length - 1));
  });

  test('the status of a Deployment says when it is available', async () => {
    await post('/apis/apps/v1/namespaces/default/deployments', deployment('told', 1));
    await eventually(
      async () => {
        const path = '/apis/apps/v1/namespaces/default/deployments/told';
        const { status } = (await client.request('GET', path, { signal })) as { readonly status: object };
        expect(status).toMatchObject({ replicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 });
      },
      { timeoutMs: 4000 },
    );
  });

  test('a process that dies is started again in its pod', async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'lone' },
      spec: { containers: [{ name: 'c', image: 'x' }] },
    };
    await post('/api/v1/namespaces/default/pods', body);
    const address = await eventually(() => readyAddress('lone'), { timeoutMs: 4000 });
    await killPod(address);
    await eventually(async () => {
      const { status } = (await podOf('lone')) as {
        status: { containerStatuses: readonly { restartCount: number; ready: boolean }[] };
      };
      expect(status.containerStatuses[0]).toMatchObject({ restartCount: 1, ready: true });
    });
    expect(await inNode(lab, 'lb1', ['curl', '-sS', `http://${address}:8080/`])).toContain('"pod": "lone"');
  });

  test('a pod that cannot listen says so, is tried again in its one namespace, and leaves none behind', async () => {
    const before = await namespacesOf(lab);
    const port = { containerPort: 9000 };
    const containers = ['one', 'two'].map((name) => ({ name, image: 'x', ports: [port] }));
    await post('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'clash' },
      spec: { containers },
    });
    await eventually(async () => {
      const { status } = (await podOf('clash')) as {
        status: { containerStatuses?: readonly { restartCount: number; state: object }[] };
      };
      const [container] = status.containerStatuses ?? [];
      expect(container?.state).toMatchObject({ waiting: { reason: 'CrashLoopBackOff' } });
      expect(container?.restartCount).toBeGreaterThan(1);
    });
    expect(await endpointsOf('clash')).toEqual([]);
    expect((await namespacesOf(lab)).length).toBe(before.length + 1);
    await client.request('DELETE', '/api/v1/namespaces/default/pods/clash', { signal });
    await eventually(async () => expect((await namespacesOf(lab)).length).toBe(before.length));
  });

  test('a changed template replaces the pods of a Deployment, the new ones first', async () => {
    await post('/api/v1/namespaces/default/services', service('roll', 'web'));
    await post('/apis/apps/v1/namespaces/default/deployments', deployment('roll', 1));
    const [old] = await eventually(async () => {
      const seen = await endpointsOf('roll');
      expect(seen.map(({ conditions: [ready] }) => ready)).toEqual([true]);
      return seen;
    });
    await client.request('PATCH', '/apis/apps/v1/namespaces/default/deployments/roll', {
      body: { spec: { template: { metadata: { annotations: { changed: 'yes' } } } } },
      contentType: 'application/merge-patch+json',
      signal,
    });
    await eventually(async () => {
      const seen = await endpointsOf('roll');
      expect(seen.some(({ conditions: [ready] }) => ready)).toBe(true);
      expect(seen.map(({ address }) => address)).not.toContain(old?.address);
    });
  });
});

function podOf(name: string): Promise<unknown> {
  return client.request('GET', `/api/v1/namespaces/default/pods/${name}`, { signal });
}

async function readyAddress(name: string): Promise<string> {
  const { status } = (await podOf(name)) as { readonly status: { readonly podIP?: string } };
  if (status.podIP === undefined) throw new Error(`pod ${name} has no address yet`);
  return status.podIP;
}

/** Kills the process of a pod from outside, as the kernel does when memory runs out. */
async function killPod(address: string): Promise<void> {
  for (const namespace of (await namespacesOf(lab)).filter((name) => name.startsWith(`${lab}-p-`))) {
    const addresses = await run(['ip', '-n', namespace, '-br', 'address']);
    if (!addresses.includes(`${address}/`)) continue;
    for (const pid of await namespaceMembers([namespace])) signalProcess(pid, 'SIGKILL');
  }
}
