import type { ChildProcess } from 'node:child_process';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
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

const pathsSchema = z.object({ paths: z.array(z.looseObject({ peer: z.looseObject({ peerId: z.string() }) })) });
const identity = { asn: NODE_ASN, routerId: address('10.10.0.11'), listenPort: 179 };

describe('gobgpd 3.10 with FRR as its peer', () => {
  let network: Network;
  let router: Router;
  let connection: GobgpConnection;
  let daemon: ChildProcess;

  beforeAll(async () => {
    network = await Network.create();
    await buildDatacenter(network, ['lb1']);
    const both = [{ address: '10.10.0.11', password: 'sesame' }, { address: 'fd10::11' }];
    router = await Router.start(network, both);
    daemon = await startGobgpd(network, 'lb1');
    connection = await connectGobgp(gobgpSocket(network, 'lb1'), signal);
  }, 25_000);

  afterAll(async () => {
    connection[Symbol.dispose]();
    await network[Symbol.asyncDispose]();
  });

  const prefixesAtRouter = async (family: 'ipv4' | 'ipv6'): Promise<readonly string[]> => {
    const { routes } = await router.show(`bgp ${family} unicast`);
    return Object.keys(routes as object).filter((prefix) => prefix !== '192.168.50.0/24');
  };

  /** The paths of a prefix at the router, by the session over which they came. */
  const pathsAtRouter = async (family: 'ipv4' | 'ipv6', prefix: string): Promise<Readonly<Record<string, object>>> => {
    const { paths } = pathsSchema.parse(await router.show(`bgp ${family} unicast ${prefix}`));
    return Object.fromEntries(paths.map((path) => [path.peer.peerId, path]));
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
      peers,
    });
    const established = ['10.10.0.1', 'fd10::1'].map((each) =>
      expect.objectContaining({ address: each, state: 'Established' }),
    );
    await eventually(
      async () => expect(await connection.engine.sessions(signal)).toEqual(expect.arrayContaining(established)),
      { timeoutMs: 15_000 },
    );
    await eventually(async () => expect(await prefixesAtRouter('ipv4')).toEqual(['203.0.113.1/32', '203.0.113.2/32']), {
      timeoutMs: 10_000,
    });
    await eventually(async () => expect(await prefixesAtRouter('ipv6')).toEqual(['2001:db8::1/128']), {
      timeoutMs: 10_000,
    });
  }, 25_000);

  test('communities arrive as they were given, next hops are ours', async () => {
    await eventually(async () => expect(Object.keys(await pathsAtRouter('ipv4', '203.0.113.1/32'))).toHaveLength(2));
    expect(await pathsAtRouter('ipv4', '203.0.113.1/32')).toMatchObject({
      'fd10::11': { community: { list: ['64511:0', 'noExport'] }, nexthops: [{ ip: '10.10.0.11' }] },
      '10.10.0.11': { community: { list: ['64511:0', 'noExport'] }, nexthops: [{ ip: '10.10.0.11' }] },
    });
    expect(await pathsAtRouter('ipv6', '2001:db8::1/128')).toMatchObject({
      '10.10.0.11': { nexthops: [{ ip: 'fd10::11' }] },
    });
  });

  test('a hidden route reaches the other peers only, and carries no mark of it', async () => {
    const paths = await pathsAtRouter('ipv4', '203.0.113.2/32');
    expect(Object.keys(paths)).toEqual(['10.10.0.11']);
    expect(JSON.stringify(paths)).not.toMatch(/largeCommunity|4294967295/);
  });

  test('what a peer announces is not believed, and not passed on', async () => {
    await router.configure('router bgp 64500', 'address-family ipv4 unicast', 'network 203.0.113.1/32');
    const advertised = async (): Promise<string> =>
      JSON.stringify(await router.show('bgp ipv4 unicast neighbors 10.10.0.11 advertised-routes'));
    await eventually(async () => expect(await advertised()).toContain('203.0.113.1/32'));
    const { routes } = await connection.engine.observe([], signal);
    expect(routes.filter(({ nextHop }) => nextHop !== '10.10.0.11' && nextHop !== 'fd10::11')).toEqual([]);
    expect(Object.keys(await pathsAtRouter('ipv4', '192.168.50.0/24'))).not.toContain('10.10.0.11');
  });

  test('a changed route replaces the old one, a withdrawn one is gone', async () => {
    const changed = route('203.0.113.1/32', { communities: [1] });
    await connection.engine.apply(
      [
        { kind: 'withdraw', route: route('2001:db8::1/128') },
        { kind: 'announce', route: changed },
      ],
      signal,
    );
    await eventually(async () => expect(await prefixesAtRouter('ipv6')).toEqual([]));
    await eventually(async () =>
      expect(await pathsAtRouter('ipv4', '203.0.113.1/32')).toMatchObject({
        '10.10.0.11': { community: { list: ['0:1'] } },
      }),
    );
  });

  test('2,000 routes are announced and taken back in a moment', async () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      route(`100.64.${Math.floor(index / 250)}.${index % 250}/32`),
    );
    await connection.engine.apply(
      many.map((each) => ({ kind: 'announce', route: each })),
      signal,
    );
    await eventually(async () => expect(await prefixesAtRouter('ipv4')).toHaveLength(2002), { timeoutMs: 10_000 });
    await connection.engine.apply(
      many.map((each) => ({ kind: 'withdraw', route: each })),
      signal,
    );
    await eventually(async () => expect(await prefixesAtRouter('ipv4')).toHaveLength(2), { timeoutMs: 10_000 });
  }, 25_000);

  test('one refused change is an error, and the others are done', async () => {
    const extra = route('203.0.113.3/32');
    const refused = connection.engine.apply(
      [
        { kind: 'add-peer', peer: peer() },
        { kind: 'announce', route: extra },
      ],
      signal,
    );
    await expect(refused).rejects.toMatchObject({
      code: 'Refused',
      message: expect.stringContaining("can't overwrite the existing peer"),
    });
    expect((await connection.engine.observe([], signal)).routes).toContainEqual(extra);
  });

  test('sessions are told of, first as they are and then as they change', async () => {
    const told: string[] = [];
    const stop = new AbortController();
    const watching = connection.engine.watch(({ address: of, state }) => told.push(`${of} ${state}`), stop.signal);
    const ended = expect(watching).rejects.toMatchObject({ name: 'BgpEngineError' });
    await eventually(() => expect(told.toSorted()).toEqual(['10.10.0.1 Established', 'fd10::1 Established']));
    await connection.engine.apply([{ kind: 'update-peer', peer: peer({ password: 'wrong' }) }], signal);
    await eventually(() =>
      expect(told.some((line) => line.startsWith('10.10.0.1 ') && !line.endsWith('Established'))).toBe(true),
    );
    stop.abort();
    await ended;
  }, 15_000);

  test('a daemon that stops is unreachable, at once', async () => {
    const watching = expect(connection.engine.watch(() => {}, signal)).rejects.toMatchObject({ code: 'Unreachable' });
    await network.kill(daemon, 'SIGKILL');
    await watching;
    await expect(connection.engine.observe([], signal)).rejects.toMatchObject({ code: 'Unreachable' });
  });
});

describe('connectGobgp', () => {
  test('no daemon is unreachable', async () => {
    await expect(connectGobgp('/nonexistent/api.sock', signal)).rejects.toMatchObject({
      code: 'Unreachable',
      message: expect.stringContaining('gobgpd does not answer'),
    });
  });

  test('a daemon without the v3 API is told apart from one that is away', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'fl-grpc-'));
    const server = createHttp2Server();
    server.on('stream', (stream) =>
      stream.respond(
        {
          ':status': 200,
          'content-type': 'application/grpc',
          'grpc-status': '12',
          'grpc-message': 'unknown service apipb.GobgpApi',
        },
        { endStream: true },
      ),
    );
    const path = join(folder.path, 'api.sock');
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await expect(connectGobgp(path, signal)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining('not supported yet'),
    });
    server.close();
  });
});
