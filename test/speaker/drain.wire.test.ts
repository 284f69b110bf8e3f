import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { Router } from './support/frr.ts';
import { startGobgpd } from './support/gobgpd.ts';
import { buildDatacenter, Network } from './support/network.ts';
import { advertisement, allocation, bgpPeer, lbNode, served } from './support/objects.ts';
import { TestProxy, TestSpeaker } from './support/speaker.ts';
import { LiveClient, startEchoServer } from './support/tcp.ts';

const NODES = ['lb1', 'lb2', 'lb3'] as const;
type Node = (typeof NODES)[number];
const FAMILIES = [
  { family: 'IPv4', address: '203.0.113.10' },
  { family: 'IPv6', address: '2001:db8::10' },
] as const;
const SERVED = FAMILIES.map(({ address }) => served(address, { ports: [80, 81] }));

/** Three nodes, so that a route that changes its next hops also moves connections between the nodes that stay. */
describe('what the kernel does with packets that no socket wants', () => {
  let network: Network;
  const draining = new Set<Node>();
  const nodes = new Map<Node, { readonly proxy: TestProxy; readonly speaker: TestSpeaker }>();
  let apiServer: NodeJS.Timeout;

  const on = (node: Node): { readonly proxy: TestProxy; readonly speaker: TestSpeaker } => {
    const found = nodes.get(node);
    if (found === undefined) throw new Error(`nothing runs on ${node}`);
    return found;
  };
  /** The phases that a node went through since its n-th pass. */
  const phasesSince = (node: Node, pass: number): readonly string[] =>
    Object.keys(
      countBy(
        on(node)
          .speaker.passes.slice(pass)
          .map(({ status }) => status.phase),
      ),
    );
  const phaseOf = (node: Node): string => on(node).speaker.last.status.phase;
  /** The API server's part: what a speaker writes as its status, all speakers see. */
  const publish = (): void => {
    const objects = {
      allocations: FAMILIES.map(({ address }) => allocation(address)),
      peers: [bgpPeer('tor')],
      advertisements: [advertisement('all')],
      nodes: NODES.map((node) => {
        const status = nodes.get(node)?.speaker.passes.at(-1)?.status ?? {};
        const fresh = { ...status, heartbeatTime: new Date().toISOString(), conditions: [] };
        return lbNode(node, { spec: { draining: draining.has(node) }, status: fresh });
      }),
      secrets: [],
    };
    for (const { speaker } of nodes.values()) speaker.know(objects);
  };
  const nextHops = async (address: string): Promise<number> => {
    const family = address.includes(':') ? '-6' : '-4';
    const text = await network.run('router', `ip ${family} -o route show ${address}`);
    return [...text.matchAll(/via (\S+)/g)].length;
  };
  const untilNextHops = async (count: number): Promise<void> => {
    for (const { address } of FAMILIES)
      await eventually(async () => expect(await nextHops(address)).toBe(count), { timeoutMs: 15_000 });
  };
  const countBy = (list: readonly string[]): Readonly<Record<string, number>> =>
    Object.fromEntries([...new Set(list)].map((each) => [each, list.filter((other) => other === each).length]));
  /** 20 live connections in each family, and who answers on each. */
  const connect = async (): Promise<{ clients: readonly LiveClient[]; before: readonly (readonly string[])[] }> => {
    const clients = FAMILIES.map(({ address }) => new LiveClient(network, { address }));
    for (const client of clients) expect(countBy(await client.open(20))).toEqual({ connected: 20 });
    return { clients, before: await Promise.all(clients.map((client) => client.ask())) };
  };
  const whoAnswersNow = async (): Promise<readonly string[]> => (await connect()).before.flat();

  beforeAll(async () => {
    network = await Network.create();
    await buildDatacenter(network, NODES);
    await Router.start(
      network,
      NODES.map((_, index) => ({ address: `10.10.0.${11 + index}` })),
    );
    for (const node of NODES) {
      await startGobgpd(network, node);
      const proxy = await TestProxy.start(network, node);
      for (const { address } of FAMILIES) await startEchoServer(network, node, { address });
      proxy.serve(SERVED);
      nodes.set(node, { proxy, speaker: new TestSpeaker(network, node) });
    }
    // Nobody hears of the others' announcements yet, or the later would join the earlier.
    publish();
    await untilNextHops(NODES.length);
    apiServer = setInterval(publish, 100);
  }, 40_000);

  afterAll(async () => {
    clearInterval(apiServer);
    await Promise.all([...nodes.values()].map(({ proxy }) => proxy.die()));
    await network[Symbol.asyncDispose]();
  });

  test.each(FAMILIES)(
    '$family: a SYN for a served port without a listener is met with silence, not with a reset',
    async ({ address }) => {
      const onServedPort = new LiveClient(network, { address, port: 81 });
      const onOtherPort = new LiveClient(network, { address, port: 82 });
      expect(await onOtherPort.open(3)).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'ECONNREFUSED']);
      const attempts = onServedPort.open(3);
      const late = await startEchoServer(network, 'lb1', { address, port: 81 });
      const others = await Promise.all(
        (['lb2', 'lb3'] as const).map((node) => startEchoServer(network, node, { address, port: 81 })),
      );
      expect(await attempts).toEqual(['connected', 'connected', 'connected']);
      for (const child of [late, ...others]) await network.kill(child, 'SIGKILL');
    },
    20_000,
  );

  test('a drained node loses none of 40 live connections, and neither do the nodes that stay', async () => {
    const { clients, before } = await connect();
    for (const answers of before) expect(Object.keys(countBy(answers)).toSorted()).toEqual([...NODES]);
    on('lb2').proxy.connections = 5;
    draining.add('lb2');
    await eventually(() => expect(phaseOf('lb2')).toBe('Draining'), { timeoutMs: 15_000 });
    await untilNextHops(2);
    expect(await Promise.all(clients.map((client) => client.ask()))).toEqual(before);
    expect(await whoAnswersNow()).not.toContain('lb2');
    expect(phaseOf('lb2')).toBe('Draining');
    on('lb2').proxy.connections = 0;
    await eventually(() => expect(phaseOf('lb2')).toBe('Drained'), { timeoutMs: 15_000 });
    expect(on('lb2').proxy.heard.at(-1)).toMatchObject({ addresses: [], draining: true });
  }, 30_000);

  test('a node that is taken back costs the nodes that stayed none of 40 live connections', async () => {
    expect(NODES.map(phaseOf)).toEqual(['Serving', 'Drained', 'Serving']);
    const { clients, before } = await connect();
    for (const answers of before) expect(Object.keys(countBy(answers)).toSorted()).toEqual(['lb1', 'lb3']);
    const passes = on('lb2').speaker.passes.length;
    draining.delete('lb2');
    await untilNextHops(3);
    expect(await Promise.all(clients.map((client) => client.ask()))).toEqual(before);
    expect(await whoAnswersNow()).toContain('lb2');
    expect(phasesSince('lb2', passes)).toEqual(expect.arrayContaining(['Joining', 'Settling']));
    expect(on('lb2').proxy.heard.at(-1)).toMatchObject({ draining: false });
  }, 40_000);

  test('neither does a node whose proxy was killed and started again', async () => {
    await on('lb3').proxy.die();
    await untilNextHops(2);
    const { clients, before } = await connect();
    for (const answers of before) expect(Object.keys(countBy(answers)).toSorted()).toEqual(['lb1', 'lb2']);
    const passes = on('lb3').speaker.passes.length;
    const proxy = await TestProxy.start(network, 'lb3');
    nodes.set('lb3', { ...on('lb3'), proxy });
    proxy.serve(SERVED);
    await untilNextHops(3);
    expect(await Promise.all(clients.map((client) => client.ask()))).toEqual(before);
    expect(await whoAnswersNow()).toContain('lb3');
    expect(phasesSince('lb3', passes)).toEqual(expect.arrayContaining(['Joining', 'Settling']));
  }, 40_000);
});
