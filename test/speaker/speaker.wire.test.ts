import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { Router } from './support/frr.ts';
import { startGobgpd } from './support/gobgpd.ts';
import { buildDatacenter, Network } from './support/network.ts';
import { advertisement, allocation, bgpPeer, lbNode, secret, served } from './support/objects.ts';
import { TestProxy, TestSpeaker } from './support/speaker.ts';

const VIP = '203.0.113.10';
const VIP6 = '2001:db8::10';
const NODES = ['lb1', 'lb2'] as const;
type Node = (typeof NODES)[number];

describe('two LB nodes behind a router that is FRR', () => {
  let network: Network;
  let router: Router;
  let objects: Record<string, unknown>;
  const daemons = new Map<Node, ChildProcess>();
  const proxies = new Map<Node, TestProxy>();
  const speakers = new Map<Node, TestSpeaker>();

  const proxyOf = (node: Node): TestProxy => proxies.get(node) ?? fail(node);
  const speakerOf = (node: Node): TestSpeaker => speakers.get(node) ?? fail(node);
  const fail = (node: Node): never => {
    throw new Error(`nothing runs on ${node}`);
  };
  const know = (change: object = {}): void => {
    objects = { ...objects, ...change };
    for (const speaker of speakers.values()) speaker.know(objects);
  };
  const start = (node: Node): void => {
    speakers.set(node, new TestSpeaker(network, node));
    speakerOf(node).know(objects);
  };
  /** Next hops in the kernel of the router. */
  const nextHops = async (address: string): Promise<readonly string[]> => {
    const family = address.includes(':') ? '-6' : '-4';
    const text = await network.run('router', `ip ${family} -o route show ${address}`);
    return [...text.matchAll(/via (\S+)/g)].map(([, via]) => via ?? '').toSorted();
  };
  const untilNextHops = (address: string, expected: readonly string[]): Promise<void> =>
    eventually(async () => expect(await nextHops(address)).toEqual(expected), { timeoutMs: 20_000 });

  beforeAll(async () => {
    network = await Network.create();
    await buildDatacenter(network, NODES);
    router = await Router.start(
      network,
      NODES.map((_, index) => ({ address: `10.10.0.${11 + index}`, password: 'sesame' })),
    );
    objects = {
      allocations: [allocation(VIP), allocation(VIP6)],
      peers: [bgpPeer('tor', { passwordSecretRef: { namespace: 'fairlead-system', name: 'tor' } })],
      advertisements: [advertisement('all')],
      nodes: NODES.map((node) => lbNode(node)),
      secrets: [secret('fairlead-system/tor', { password: 'sesame' })],
    };
    for (const node of NODES) {
      daemons.set(node, await startGobgpd(network, node));
      proxies.set(node, await TestProxy.start(network, node));
      start(node);
    }
  }, 40_000);

  afterAll(async () => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.die()));
    await network[Symbol.asyncDispose]();
  });

  test('what both serve is one prefix with two next hops at the router, in both families', async () => {
    for (const proxy of proxies.values()) proxy.serve([served(VIP), served(VIP6)]);
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
    await untilNextHops(VIP6, ['fd10::11', 'fd10::12']);
    expect(await network.run('lb1', 'ip -o addr show dev lo')).toContain(`inet ${VIP}/32`);
    expect(proxyOf('lb1').heard.at(-1)?.addresses).toEqual([VIP, VIP6].toSorted());
    expect(speakerOf('lb1').last.status).toMatchObject({
      phase: 'Serving',
      announced: [{ address: VIP6 }, { address: VIP }],
      peers: [{ name: 'tor', state: 'Established' }],
    });
  }, 40_000);

  test('a proxy that is killed is withdrawn within milliseconds, and announced again when it is back', async () => {
    const before = speakerOf('lb1').passes.length;
    const diedAt = Date.now();
    await proxyOf('lb1').die();
    await untilNextHops(VIP, ['10.10.0.12']);
    const withdrawal = speakerOf('lb1')
      .passes.slice(before)
      .find(({ changes }) => changes.includes('withdraw'));
    expect(withdrawal?.at).toBeLessThan(diedAt + 500);
    proxies.set('lb1', await TestProxy.start(network, 'lb1'));
    proxyOf('lb1').serve([served(VIP), served(VIP6)]);
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
  }, 40_000);

  test('a proxy that hangs is withdrawn after four missed beats', async () => {
    proxyOf('lb1').hang();
    await untilNextHops(VIP, ['10.10.0.12']);
    expect(speakerOf('lb1').last.status.withheld).toMatchObject([{ reason: 'ReportStale' }, { reason: 'ReportStale' }]);
    proxyOf('lb1').resume();
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
  }, 40_000);

  test('a restart of the speaker sends no update and changes no route', async () => {
    const received = async (): Promise<unknown> => {
      const neighbours = await router.show('bgp neighbors 10.10.0.11');
      return (neighbours['10.10.0.11'] as { messageStats: { updatesRecv: number } }).messageStats.updatesRecv;
    };
    const before = await received();
    const monitor = network.start('router', ['ip', 'monitor', 'route']);
    const events: string[] = [];
    monitor.stdout?.on('data', (data) => events.push(String(data)));
    await network.kill(speakerOf('lb1').child, 'SIGTERM');
    start('lb1');
    await eventually(
      () =>
        expect(speakerOf('lb1').last).toMatchObject({ isBlind: false, status: { peers: [{ state: 'Established' }] } }),
      { timeoutMs: 20_000 },
    );
    expect(speakerOf('lb1').passes.flatMap(({ changes }) => changes)).toEqual([]);
    expect(await received()).toBe(before);
    expect(events.join('')).not.toContain(VIP);
    await network.kill(monitor, 'SIGTERM');
  }, 40_000);

  test('a gobgpd that was killed gets everything back when it returns empty', async () => {
    await network.kill(daemons.get('lb1') ?? fail('lb1'), 'SIGKILL');
    await untilNextHops(VIP, ['10.10.0.12']);
    await eventually(() =>
      expect(speakerOf('lb1').last.status.conditions).toContainEqual(
        expect.objectContaining({ type: 'BGPEngineReady', status: 'False' }),
      ),
    );
    daemons.set('lb1', await startGobgpd(network, 'lb1'));
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
    await untilNextHops(VIP6, ['fd10::11', 'fd10::12']);
  }, 30_000);

  test('a gobgpd that hangs is found out, and its sessions are no longer believed', async () => {
    const daemon = daemons.get('lb1') ?? fail('lb1');
    daemon.kill('SIGSTOP');
    const fault = expect.objectContaining({
      type: 'BGPEngineReady',
      status: 'False',
      message: expect.stringContaining('gobgpd does not answer'),
    });
    await eventually(() => expect(speakerOf('lb1').last.status.conditions).toContainEqual(fault), {
      timeoutMs: 15_000,
    });
    daemon.kill('SIGCONT');
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
  }, 40_000);

  test('a wrong password is silent in BGP, and said aloud in the status', async () => {
    know({ secrets: [secret('fairlead-system/tor', { password: 'wrong' })] });
    await untilNextHops(VIP, []);
    await eventually(
      () =>
        expect(speakerOf('lb2').last.status.conditions).toContainEqual(
          expect.objectContaining({ type: 'PeersEstablished', status: 'False', message: 'not established: tor' }),
        ),
      { timeoutMs: 20_000 },
    );
    know({ secrets: [secret('fairlead-system/tor', { password: 'sesame' })] });
    await untilNextHops(VIP, ['10.10.0.11', '10.10.0.12']);
  }, 40_000);
});
