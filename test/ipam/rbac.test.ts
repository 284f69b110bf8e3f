// The roles in config/rbac hold what is used, and no more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { KINDS, type KindName } from '../../api/kinds.ts';
import { IPAM_KINDS } from '../../ipam/snapshot.ts';
import type { KubeApi } from '../../kube/client.ts';
import { PROXY_KINDS } from '../../proxy/snapshot.ts';
import { eventually } from '../support/eventually.ts';
import { Cluster } from './harness.ts';
import { startReconciler } from './reconciler-harness.ts';

// Real servers on a busy machine: the waits within a test say what is too long.
jest.setTimeout(30_000);

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `verb group/resource` of every permission of a program's ClusterRole. */
function permissions(program: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, `../../config/rbac/${program}.yaml`), 'utf8');
  const documents = parseAllDocuments(text).map(
    (document) => document.toJS() as { kind: string; rules?: readonly Rule[] },
  );
  const rules = documents.find(({ kind }) => kind === 'ClusterRole')?.rules ?? [];
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
}

function watched(kinds: readonly KindName[]): readonly string[] {
  return kinds.flatMap((kind) => {
    const { apiVersion, plural } = KINDS[kind];
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return [`list ${group}/${plural}`, `watch ${group}/${plural}`];
  });
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** The permission that a request needs, as Kubernetes reads it from method and path. */
function permissionOf(method: string, path: string): string {
  const [, groupPath = '', rest = ''] = /^\/(api\/v1|apis\/[^/]+\/[^/]+)\/(.*)$/.exec(path) ?? [];
  const group = groupPath.startsWith('apis/') ? groupPath.split('/')[1] : '';
  const [resource, name, subresource] = rest.replace(/^namespaces\/[^/]+\//, '').split('/');
  const verb = method === 'GET' ? (name === undefined ? 'list' : 'get') : VERBS[method];
  return `${verb} ${group}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function noting(used: Set<string>, client: KubeApi): KubeApi {
  return {
    request: (method, path, options) => {
      used.add(permissionOf(method, path));
      return client.request(method, path, options);
    },
    watch: (path, query, signal) => {
      used.add(permissionOf('GET', path).replace('list', 'watch'));
      return client.watch(path, query, signal);
    },
  };
}

describe('config/rbac', () => {
  test('ipam may do exactly what it does in a life of claims, Gateways, moves and releases', async () => {
    await using cluster = await Cluster.start();
    const used = new Set<string>();
    const stop = new AbortController();
    cluster.onEnd(() => stop.abort());
    const { pass } = await startReconciler(noting(used, cluster.client), stop.signal);
    const settled = (check: () => Promise<void>): Promise<void> =>
      eventually(async () => {
        await pass();
        await check();
      });
    const blocks = [{ cidr: '203.0.113.0/28' }];
    await cluster.create('LoadBalancerIPPool', { metadata: { name: 'main' }, spec: { blocks } });
    const controllerName = 'fairlead.dev/gateway-controller';
    await cluster.create('GatewayClass', { metadata: { name: 'fairlead' }, spec: { controllerName } });
    const listeners = [{ name: 'http', port: 80, protocol: 'HTTP' }];
    await cluster.create(
      'Gateway',
      { metadata: { name: 'edge' }, spec: { gatewayClassName: 'fairlead', listeners } },
      'default',
    );
    await settled(async () => expect((await cluster.get('Gateway', 'default/edge')).status.addresses).toHaveLength(1));

    await cluster.patch('Gateway', 'default/edge', {
      spec: { listeners: [{ name: 'http', port: 81, protocol: 'HTTP' }] },
    });
    await settled(async () => expect((await cluster.get('Service', 'default/edge')).spec.ports[0]?.port).toBe(81));

    await cluster.create('LoadBalancerIPPool', { metadata: { name: 'renamed' }, spec: { blocks } });
    await cluster.delete('LoadBalancerIPPool', 'main');
    await settled(async () => expect((await cluster.get('IPAllocation', '203.0.113.0')).spec.pool).toBe('renamed'));

    await cluster.create('LBNode', { metadata: { name: 'lb1' } });
    const announced = [{ address: '203.0.113.0' }];
    await cluster.patchStatus('LBNode', 'lb1', { heartbeatTime: new Date().toISOString(), announced });
    await cluster.delete('GatewayClass', 'fairlead');
    await cluster.create('GatewayClass', {
      metadata: { name: 'fairlead' },
      spec: { controllerName: 'example.com/other' },
    });
    await settled(async () =>
      expect((await cluster.get('IPAllocation', '203.0.113.0')).status.state).toBe('Releasing'),
    );
    const withheld = [{ address: '203.0.113.0', reason: 'Releasing', message: '' }];
    await cluster.patchStatus('LBNode', 'lb1', { announced: [], withheld });
    await settled(async () => expect(await cluster.list(KINDS.IPAllocation)).toEqual([]));

    const byHand = ['get /services', 'create /events', 'patch /events', 'get fairlead.dev/ipallocations'];
    expect(permissions('ipam').toSorted(compareText)).toEqual([...new Set([...used, ...byHand])].toSorted(compareText));
  });

  test('ipam watches what its snapshot holds', () => {
    expect(permissions('ipam')).toEqual(expect.arrayContaining([...watched(IPAM_KINDS)]));
  });

  test('proxy may list and watch exactly the kinds of its snapshot', () => {
    const reads = permissions('proxy').filter((one) => /^(list|watch) /.test(one));
    expect(reads.toSorted(compareText)).toEqual(watched(PROXY_KINDS).toSorted(compareText));
  });

  test('only ipam creates and deletes objects other than LBNodes, and nobody writes Secrets', () => {
    const writes = (program: string): readonly string[] =>
      permissions(program).filter((one) => /^(create|patch|delete) /.test(one) && !one.endsWith('/events'));
    expect(writes('speaker')).toEqual(['create fairlead.dev/lbnodes']);
    expect(writes('proxy')).toEqual([]);
    for (const program of ['ipam', 'speaker', 'proxy']) {
      expect(permissions(program).filter((one) => one.endsWith('/secrets') && !/^(get|list|watch) /.test(one))).toEqual(
        [],
      );
    }
  });
});

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
