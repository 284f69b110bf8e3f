import { describe, expect, test } from '@jest/globals';
import { parseEndpointSlice, parseSecret, parseService, type Service } from '../../../api/core.ts';
import type { Parsed } from '../../../api/parsed.ts';
import { planDeployment } from '../../../lab/plan/deployments.ts';
import { planSliceChanges, slicesOf } from '../../../lab/plan/endpoint-slices.ts';
import { DEPLOYMENT, type Deployment, POD, type Pod } from '../../../lab/plan/kinds.ts';
import { echoConfigOf, environmentOf } from '../../../lab/plan/pod-process.ts';
import { pickWorker } from '../../../lab/plan/schedule.ts';

function must<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

interface PodWish {
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: string;
  readonly ready?: boolean;
  readonly terminating?: boolean;
  readonly worker?: string;
  readonly spec?: object;
}

function pod(
  name: string,
  { labels = {}, owner, ready = true, terminating = false, worker = 'w1', spec = {} }: PodWish = {},
): Pod {
  return must(
    POD.parse({
      metadata: {
        name,
        namespace: 'default',
        uid: `uid-${name}`,
        labels,
        ...(terminating ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
        ownerReferences:
          owner === undefined ? [] : [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: owner }],
      },
      spec: { nodeName: worker, containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 8081 }] }], ...spec },
      status: {
        phase: 'Running',
        podIP: `10.244.1.${name.length + 10}`,
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    }),
  );
}

function deployment(replicas: number, image = 'one'): Deployment {
  return must(
    DEPLOYMENT.parse({
      metadata: { name: 'web', namespace: 'default', uid: 'dep', generation: 3 },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
      },
    }),
  );
}

/** The Pods that the plan creates, as the API server would give them back. */
function created(from: Deployment, have: readonly Pod[] = [], ready = true): readonly Pod[] {
  return planDeployment(from, have).create.map(({ manifest }) =>
    must(
      POD.parse({
        ...manifest,
        metadata: { ...(manifest['metadata'] as object), namespace: 'default', uid: 'u' },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      }),
    ),
  );
}

describe('the pods of a Deployment', () => {
  test('as many as it asks for, owned by it, with the labels of its template and names of their own', () => {
    const pods = created(deployment(3));
    expect(new Set(pods.map(({ metadata }) => metadata.name)).size).toBe(3);
    for (const { metadata } of pods) {
      expect(metadata.labels['app']).toBe('web');
      expect(metadata.ownerReferences[0]?.uid).toBe('dep');
    }
  });

  test('nothing to do when they are there; the status counts them', () => {
    const pods = created(deployment(2));
    expect(planDeployment(deployment(2), pods)).toMatchObject({
      create: [],
      remove: [],
      status: { observedGeneration: 3, replicas: 2, readyReplicas: 2, updatedReplicas: 2 },
    });
  });

  test('a smaller number removes the surplus, not the others', () => {
    const pods = created(deployment(3));
    expect(planDeployment(deployment(1), pods).remove).toHaveLength(2);
  });

  test('a pod that terminates is replaced under another name', () => {
    const [first, second] = created(deployment(2));
    if (first === undefined || second === undefined) throw new Error('two pods were planned');
    const terminating = { ...first, metadata: { ...first.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { create } = planDeployment(deployment(2), [terminating, second]);
    expect(create).toHaveLength(1);
    expect(create[0]?.manifest['metadata']).not.toMatchObject({ name: first.metadata.name });
  });

  test('after a change of the template old pods stay until the new ones are ready', () => {
    const old = created(deployment(2, 'one'));
    const starting = created(deployment(2, 'two'), old, false);
    expect(starting).toHaveLength(2);
    expect(planDeployment(deployment(2, 'two'), [...old, ...starting]).remove).toEqual([]);
    const ready = created(deployment(2, 'two'), old, true);
    expect(planDeployment(deployment(2, 'two'), [...old, ...ready]).remove).toHaveLength(2);
  });
});

describe('the worker of a pod', () => {
  test('is the one with the fewest pods', () => {
    expect(pickWorker(pod('x', { worker: '' }), ['w1', 'w2'], [pod('a'), pod('b', { worker: 'w2' }), pod('c')])).toBe(
      'w2',
    );
  });

  test('is the one that its nodeSelector names, or none', () => {
    const on = (host: string): Pod =>
      pod('x', { worker: '', spec: { nodeSelector: { 'kubernetes.io/hostname': host } } });
    expect(pickWorker(on('w2'), ['w1', 'w2'], [])).toBe('w2');
    expect(pickWorker(on('w9'), ['w1', 'w2'], [])).toBeUndefined();
    expect(pickWorker(pod('x', { spec: { nodeSelector: { disk: 'ssd' } } }), ['w1'], [])).toBeUndefined();
  });
});

function service(spec: object = {}): Service {
  const ports = [{ name: 'http', port: 80, targetPort: 'web' }];
  return must(
    parseService({
      metadata: { name: 'web', namespace: 'default', uid: 's' },
      spec: { selector: { app: 'web' }, ports, ...spec },
    }),
  );
}

const labels = { app: 'web' };

describe('the EndpointSlices of a Service', () => {
  test('hold the selected pods with node and the number of the named port', () => {
    const [slice] = slicesOf(service(), [pod('a', { labels }), pod('other')]);
    expect(slice).toMatchObject({
      metadata: { namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      ports: [{ name: 'http', protocol: 'TCP', port: 8081 }],
      endpoints: [{ addresses: ['10.244.1.11'], nodeName: 'w1', targetRef: { kind: 'Pod', name: 'a' } }],
    });
    expect(slice?.endpoints).toHaveLength(1);
  });

  test.each([
    { name: 'ready', given: {}, expected: { ready: true, serving: true, terminating: false } },
    { name: 'not ready', given: { ready: false }, expected: { ready: false, serving: false, terminating: false } },
    { name: 'terminating', given: { terminating: true }, expected: { ready: false, serving: true, terminating: true } },
  ])('a pod that is $name has the conditions that Kubernetes gives it', ({ given, expected }) => {
    const [slice] = slicesOf(service(), [pod('a', { labels, ...given })]);
    expect(slice?.endpoints[0]?.conditions).toEqual(expected);
  });

  test('publishNotReadyAddresses makes every endpoint ready', () => {
    const [slice] = slicesOf(service({ publishNotReadyAddresses: true }), [pod('a', { labels, ready: false })]);
    expect(slice?.endpoints[0]?.conditions.ready).toBe(true);
  });

  test('pods whose named port has another number get a slice of their own', () => {
    const other = pod('bb', {
      labels,
      spec: { containers: [{ name: 'c', ports: [{ name: 'web', containerPort: 9000 }] }] },
    });
    const slices = slicesOf(service(), [pod('a', { labels }), other]);
    expect(slices.map(({ ports }) => ports[0]?.port)).toEqual([8081, 9000]);
    expect(new Set(slices.map(({ metadata }) => metadata.name)).size).toBe(2);
  });

  test('a slice holds at most 100 endpoints', () => {
    const pods = Array.from({ length: 150 }, (_, i) => pod(`pod-${i}`, { labels }));
    expect(slicesOf(service(), pods).map(({ endpoints }) => endpoints.length)).toEqual([100, 50]);
  });

  test('a Service without a selector is left to whoever writes its slices', () => {
    expect(slicesOf(service({ selector: {} }), [pod('a', { labels })])).toEqual([]);
  });

  test('what is as it should be is not written again, and what has no Service any more is removed', () => {
    const pods = [pod('a', { labels })];
    const present = slicesOf(service(), pods).map((slice) => must(parseEndpointSlice(slice)));
    const input = { services: [service()], pods, slices: present };
    expect(planSliceChanges(input)).toEqual({ put: [], remove: [] });
    expect(planSliceChanges({ ...input, services: [] }).remove).toEqual(['default/web-lab1']);
    expect(planSliceChanges({ ...input, pods: [pod('a', { labels, ready: false })] }).put).toHaveLength(1);
  });

  test('slices that people wrote are left alone', () => {
    const own = must(
      parseEndpointSlice({
        metadata: { name: 'mine', namespace: 'default' },
        addressType: 'IPv4',
        endpoints: [],
        ports: [],
      }),
    );
    expect(planSliceChanges({ services: [], pods: [], slices: [own] })).toEqual({ put: [], remove: [] });
  });
});

describe('what the process of a pod is told', () => {
  const placement = { address: '10.244.1.5', hostAddress: '10.10.0.21' };

  test('its ports, and the certificate of a TLS Secret that it mounts', () => {
    const secret = must(
      parseSecret({
        metadata: { name: 'cert', namespace: 'default' },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': btoa('C'), 'tls.key': btoa('K') },
      }),
    );
    const mounting = pod('a', { spec: { volumes: [{ secret: { secretName: 'cert' } }] } });
    expect(echoConfigOf(mounting, placement, [secret])).toEqual({
      pod: 'a',
      namespace: 'default',
      node: 'w1',
      ip: '10.244.1.5',
      ports: [{ name: 'web', port: 8081, protocol: 'TCP' }],
      tls: { certificate: 'C', key: 'K' },
    });
    expect(echoConfigOf(pod('a'), placement, [secret]).tls).toBeUndefined();
  });

  test('its variables, with fields of the Pod filled in', () => {
    const env = [
      { name: 'A', value: 'b' },
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      { name: 'LOST', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } },
    ];
    expect(environmentOf(pod('a', { spec: { containers: [{ name: 'c', env }] } }), placement)).toEqual({
      A: 'b',
      POD_NAME: 'a',
      HOST: '10.10.0.21',
    });
  });
});
