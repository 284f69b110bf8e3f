import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { lbNodeSchema } from '../../api/fairlead.ts';
import { KINDS } from '../../api/kinds.ts';
import { objectKey } from '../../api/meta.ts';
import { anonymousAccess } from '../../kube/access.ts';
import { KubeClient } from '../../kube/client.ts';
import { collectionPath, objectPath } from '../../kube/resource-path.ts';
import { eventually } from '../support/eventually.ts';
import { Router } from './support/frr.ts';
import { gobgpSocket, startGobgpd } from './support/gobgpd.ts';
import { buildDatacenter, Network } from './support/network.ts';
import { advertisement, allocation, bgpPeer, served } from './support/objects.ts';
import { servingSocket, TestProxy } from './support/speaker.ts';

const FAIRLEAD = join(import.meta.dirname, '../../bin/fairlead');
const VIP = '203.0.113.10';
const { signal } = new AbortController();
const conditionsSchema = z.object({
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string(), reason: z.string() })) }),
});
const eventsSchema = z.object({
  items: z.array(z.object({ reason: z.string(), involvedObject: z.object({ name: z.string() }) })),
});

function getOverSocket(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpGet({ socketPath, path }, (response) => void text(response).then(resolve, reject)).on('error', reject);
  });
}

describe('the program, with a real API server, gobgpd and router', () => {
  let network: Network;
  let client: KubeClient;
  let apiServer: ChildProcess;
  let speaker: ChildProcess;
  let proxy: TestProxy;
  let flags: readonly string[];

  const create = async (
    kind: keyof typeof KINDS,
    object: { readonly metadata: object; readonly spec: object },
  ): Promise<void> => {
    const { apiVersion } = KINDS[kind];
    await client.request('POST', collectionPath(KINDS[kind], undefined), {
      body: { ...object, apiVersion, kind, status: undefined },
      signal,
    });
  };
  const get = (kind: keyof typeof KINDS, name: string): Promise<unknown> =>
    client.request('GET', objectPath(KINDS[kind], objectKey(undefined, name)), { signal });
  const routes = async (): Promise<string> => network.run('router', `ip -o route show ${VIP}`);
  const run = async (...args: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> => {
    const child = network.start('lb1', [FAIRLEAD, 'speaker', ...args]);
    const [stderr, [code]] = await Promise.all([child.stderr === null ? '' : text(child.stderr), once(child, 'exit')]);
    return { code, stderr };
  };

  beforeAll(async () => {
    network = await Network.create();
    await buildDatacenter(network, ['lb1']);
    await Router.start(network, [{ address: '10.10.0.11' }]);
    await startGobgpd(network, 'lb1');
    const apiSocket = join(network.folder, 'api.sock');
    apiServer = network.start('client', [
      FAIRLEAD,
      'apiserver',
      '--data',
      ':memory:',
      '--listen',
      'none',
      '--socket',
      apiSocket,
    ]);
    client = new KubeClient(anonymousAccess(`unix://${apiSocket}`));
    const kubeconfig = join(network.folder, 'kubeconfig');
    const cluster = `clusters: [{name: c, cluster: {server: 'unix://${apiSocket}'}}]`;
    await writeFile(
      kubeconfig,
      `apiVersion: v1\nkind: Config\n${cluster}\nusers: [{name: u, user: {}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n`,
    );
    const sockets = ['--gobgp-socket', gobgpSocket(network, 'lb1'), '--serving-socket', servingSocket(network, 'lb1')];
    const outputs = ['--debug-socket', join(network.folder, 'debug.sock'), '--metrics-address', '127.0.0.1:9652'];
    flags = ['--kubeconfig', kubeconfig, '--node', 'lb1', ...sockets, ...outputs];
    speaker = network.start('lb1', [FAIRLEAD, 'speaker', ...flags]);
    proxy = await TestProxy.start(network, 'lb1');
    proxy.serve([served(VIP)]);
    await eventually(
      () =>
        client.request('GET', '/readyz', { signal, accept: '*/*' }).catch((error: unknown) => {
          if (!String(error).includes('JSON')) throw error;
        }),
      { timeoutMs: 40_000 },
    );
  }, 60_000);

  afterAll(async () => {
    await proxy.die();
    await client[Symbol.asyncDispose]();
    await network[Symbol.asyncDispose]();
  });

  test('objects that come one after the other end in a route, and the LBNode says so', async () => {
    await create('IPAllocation', allocation(VIP));
    await create('BGPPeer', bgpPeer('tor'));
    expect(await routes()).toBe('');
    await create('BGPAdvertisement', advertisement('all'));
    await eventually(async () => expect(await routes()).toContain('via 10.10.0.11'), { timeoutMs: 10_000 });
    await eventually(
      async () =>
        expect(lbNodeSchema.parse(await get('LBNode', 'lb1')).status).toMatchObject({
          phase: 'Serving',
          announced: [{ address: VIP, pool: 'public' }],
          nodeAddresses: ['10.10.0.11', 'fd10::11'],
          peers: [{ name: 'tor', state: 'Established' }],
        }),
      { timeoutMs: 10_000 },
    );
    await eventually(async () =>
      expect(conditionsSchema.parse(await get('BGPPeer', 'tor')).status.conditions).toMatchObject([
        { type: 'Accepted', status: 'True' },
      ]),
    );
  }, 30_000);

  test('an advertisement with an error gets a condition and an event, and all else goes on', async () => {
    await create('BGPAdvertisement', advertisement('typo', { communities: ['65000:70000'] }));
    await eventually(async () =>
      expect(conditionsSchema.parse(await get('BGPAdvertisement', 'typo')).status.conditions).toMatchObject([
        { type: 'Accepted', status: 'False', reason: 'InvalidCommunity' },
      ]),
    );
    await eventually(async () => {
      const { items } = eventsSchema.parse(
        await client.request('GET', '/api/v1/namespaces/default/events', { signal }),
      );
      expect(items).toContainEqual(
        expect.objectContaining({
          reason: 'InvalidCommunity',
          involvedObject: expect.objectContaining({ name: 'typo' }),
        }),
      );
    });
    expect(await routes()).toContain('via 10.10.0.11');
  }, 20_000);

  test('the metrics count what is announced', async () => {
    const metrics = await network.fetch('lb1', 'http://127.0.0.1:9652/metrics');
    expect(metrics).toContain('fairlead_speaker_announced_prefixes{family="IPv4"} 1');
    expect(metrics).toContain('fairlead_speaker_session_up{peer="10.10.0.1"} 1');
    expect(metrics).toMatch(/fairlead_speaker_bgp_updates_sent_total\{peer="10.10.0.1"\} [1-9]/);
  });

  test('an address that is given back is withdrawn though it is served, and the LBNode says that it let go', async () => {
    const path = `/apis/fairlead.dev/v1alpha1/ipallocations/${VIP}/status`;
    const become = (state: string): Promise<unknown> =>
      client.request('PATCH', path, {
        body: { status: { state } },
        contentType: 'application/merge-patch+json',
        signal,
      });
    await become('Releasing');
    await eventually(async () => expect(await routes()).toBe(''));
    await eventually(async () =>
      expect(lbNodeSchema.parse(await get('LBNode', 'lb1')).status).toMatchObject({
        announced: [],
        withheld: [{ address: VIP, reason: 'Releasing' }],
      }),
    );
    await become('Bound');
    await eventually(async () => expect(await routes()).toContain('via 10.10.0.11'));
  }, 20_000);

  test('without an API server the last good state goes on: withdrawn and announced as the proxy comes and goes', async () => {
    await network.kill(apiServer, 'SIGKILL');
    await proxy.die();
    await eventually(async () => expect(await routes()).toBe(''));
    proxy = await TestProxy.start(network, 'lb1');
    proxy.serve([served(VIP)]);
    await eventually(async () => expect(await routes()).toContain('via 10.10.0.11'));
  }, 20_000);

  test('a speaker that starts without an API server keeps what is announced and still served', async () => {
    await network.kill(speaker, 'SIGKILL');
    speaker = network.start('lb1', [FAIRLEAD, 'speaker', ...flags]);
    const socketPath = join(network.folder, 'debug.sock');
    await eventually(
      async () => expect(JSON.parse(await getOverSocket(socketPath, '/snapshot'))).toMatchObject({ isBlind: true }),
      { timeoutMs: 20_000 },
    );
    expect(await routes()).toContain('via 10.10.0.11');
    await proxy.die();
    await eventually(async () => expect(await routes()).toBe(''));
    proxy = await TestProxy.start(network, 'lb1');
  }, 40_000);

  test('--withdraw-all takes back every route, with nothing else alive', async () => {
    proxy.serve([served(VIP)]);
    await eventually(async () => expect(await routes()).toContain('via 10.10.0.11'));
    await network.kill(speaker, 'SIGTERM');
    await proxy.die();
    expect(await routes()).toContain('via 10.10.0.11');
    expect(await run('--withdraw-all', ...flags, '--metrics-address', 'none')).toMatchObject({ code: 0 });
    await eventually(async () => expect(await routes()).toBe(''));
    proxy = await TestProxy.start(network, 'lb1');
  }, 20_000);

  test('wrong settings are one line and exit code 2', async () => {
    const { code, stderr } = await run('--router-id', 'fd10::1');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^fairlead speaker: --router-id: must be an IPv4 address.*\n$/),
    });
  });
});
