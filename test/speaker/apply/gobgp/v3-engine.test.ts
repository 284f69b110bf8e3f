import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseIpAddress, parsePrefix } from '../../../../net/address.ts';
import { connectGobgp, type GobgpConnection } from '../../../../speaker/apply/gobgp/connect.ts';
import type { Peer, Route } from '../../../../speaker/plan/bgp.ts';
import { eventually } from '../../../support/eventually.ts';
import { NODE_ASN, ROUTER_ASN, Router } from '../../support/frr.ts';
import { gobgpSocket, startGobgpd } from '../../support/gobgpd.ts';
import { buildDatacenter, Network } from '../../support/network.ts';

const { signal } = new AbortController();

function address(text: string) {
  const parsed = parseIpAddress(text);
  if (parsed === undefined) throw new Error(`no address: ${text}`);
  return parsed;
}

function route(prefix: string, overrides: Partial<Route> = {}): Route {
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) throw new Error(`no prefix: ${prefix}`);
  const nextHop = address(prefix.includes(':') ? 'fd10::11' : '10.10.0.11');
  return { prefix: parsed, nextHop, communities: [], localPreference: undefined, hiddenFrom: [], ...overrides };
}

function peer(overrides: Partial<Peer> = {}): Peer {
  return {
    address: address('10.10.0.1'),
    port: 179,
    peerAsn: ROUTER_ASN,
    localAsn: NODE_ASN,
    sourceAddress: undefined,
    password: 'sesame',
    holdTimeSeconds: 9,
    keepaliveSeconds: 3,
    connectRetrySeconds: 5,
    multihopTtl: undefined,
    ...overrides,
  };
}

const identity = { asn: NODE_ASN, routerId: address('10.10.0.11'), listenPort: 179 };

describe('gobgpd 3.10 with FRR as its peer', () => {
  let network: Network;
  let router: Router;
  let connection: GobgpConnection;

  beforeAll(async () => {
    network = await Network.create();
    await buildDatacenter(network, ['lb1']);
    const both = [{ address: '10.10.0.11', password: 'sesame' }, { address: 'fd10::11' }];
    router = await Router.start(network, both);
    await startGobgpd(network, 'lb1');
    connection = await connectGobgp(gobgpSocket(network, 'lb1'), signal);
  }, 20_000);

  afterAll(async () => {
    connection[Symbol.dispose]();
    await network[Symbol.asyncDispose]();
  });

  const prefixesAtRouter = async (family: 'ipv4' | 'ipv6'): Promise<readonly string[]> => {
    const { routes } = await router.show(`bgp ${family} unicast`);
    return Object.keys(routes as object).filter((prefix) => prefix !== '192.168.50.0/24');
  };

  test('a daemon that was never started holds nothing', async () => {
    expect(await connection.engine.observe([], signal)).toEqual({
      identity: undefined,
      isFiltered: false,
      routes: [],
      peers: [],
    });
  });

  test('what was applied is observed again, and reaches the router over both families', async () => {
    const routes = [
      route('203.0.113.1/32', { communities: [(64511 << 16) >>> 0, 0xffff_ff01], localPreference: 200 }),
      route('203.0.113.2/32', { hiddenFrom: [address('fd10::1')] }),
      route('2001:db8::1/128'),
    ];
    const peers = [peer(), peer({ address: address('fd10::1'), password: undefined })];
    await connection.engine.apply(
      [
        { kind: 'start', identity },
        { kind: 'filter' },
        ...routes.map((each) => ({ kind: 'announce' as const, route: each })),
        ...peers.map((each) => ({ kind: 'add-peer' as const, peer: each })),
      ],
      signal,
    );
    const state = await connection.engine.observe([], signal);
    expect({
      ...state,
      peers: state.peers.toSorted((a, b) => a.address.localeCompare(b.address)),
      routes: state.routes.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1)),
    }).toMatchObject({
      identity,
      isFiltered: true,
      routes: routes.toSorted((a, b) => (a.prefix < b.prefix ? -1 : 1)),
      peers: peers,
    });
    await eventually(async () => expect(await prefixesAtRouter('ipv4')).toEqual(['203.0.113.1/32', '203.0.113.2/32']), {
      timeoutMs: 10_000,
    });
    await eventually(async () => expect(await prefixesAtRouter('ipv6')).toEqual(['2001:db8::1/128']), {
      timeoutMs: 10_000,
    });
  }, 20_000);
});
