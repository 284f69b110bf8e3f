import { describe, expect, test } from '@jest/globals';
import type { IpAddress } from '../../../net/address.ts';
import { diffPorts } from '../../../proxy/plan/diff-ports.ts';
import { diffListeners, type Socket, wantedSockets } from '../../../proxy/plan/listeners.ts';
import { planServing, type SocketState } from '../../../proxy/plan/serving.ts';
import { backendsOf, certificatesOf } from '../../../proxy/plan/table-needs.ts';
import { gateway, httpListener, httpRoute, httpsListener, rule, secret } from '../../support/builders/objects.ts';
import { proxySnapshot } from '../../support/builders/snapshot.ts';
import { tableOf } from '../../support/builders/table.ts';

const ADDRESS = '203.0.113.1' as IpAddress;

function socket(port: number, protocol: Socket['protocol'] = 'HTTP', address = ADDRESS): Socket {
  return { address, port, protocol };
}

function open(port: number): SocketState {
  return { kind: 'open', socket: socket(port) };
}

function failed(port: number): SocketState {
  return { kind: 'failed', socket: socket(port), reason: 'EADDRINUSE' };
}

describe('diffListeners', () => {
  test('says what opens, what changes its protocol and what drains, and nothing else', () => {
    const changes = diffListeners(
      [socket(80), socket(81), socket(82)],
      [socket(443, 'HTTPS'), socket(81, 'HTTPS'), socket(80)],
    );
    expect(changes.map(({ kind, socket: { port } }) => `${kind} ${port}`)).toEqual([
      'open 443',
      'update 81',
      'drain 82',
    ]);
  });

  test('a table wants the socket of each of its ports', () => {
    expect(wantedSockets(tableOf(proxySnapshot()))).toEqual([socket(80)]);
  });
});

test('a table needs its backends and certificates, once each', () => {
  const gateways = [gateway('edge', { listeners: [httpListener(), httpsListener()] })];
  const httpRoutes = [httpRoute('one'), httpRoute('two', { rules: [rule('/two'), rule('/x', { backendRefs: [] })] })];
  const table = tableOf(proxySnapshot({ gateways, httpRoutes, secrets: [secret('cert')] }));
  expect(backendsOf(table)).toEqual(['shop/a:80']);
  expect(certificatesOf(table)).toEqual(['shop/cert']);
});

describe('planServing', () => {
  const serving = { address: ADDRESS, state: 'serving' as const, ports: [{ port: 80, protocol: 'TCP' as const }] };
  const wanted = [socket(80), socket(443)];

  test('an address is served once every socket was tried and one is open', () => {
    expect(planServing({ states: [open(80)], wanted, reported: [] })).toEqual([]);
    expect(planServing({ states: [open(80), failed(443)], wanted, reported: [] })).toEqual([serving]);
    expect(planServing({ states: [failed(80), failed(443)], wanted, reported: [] })).toEqual([]);
  });

  test('it stays served while another socket is added', () => {
    expect(planServing({ states: [open(80)], wanted, reported: [serving] })).toEqual([serving]);
  });

  test('it is closing when nobody wants it any more, until its last socket is closed', () => {
    expect(planServing({ states: [open(80)], wanted: [], reported: [serving] })).toEqual([
      { ...serving, state: 'closing' },
    ]);
    expect(planServing({ states: [], wanted: [], reported: [serving] })).toEqual([]);
  });
});

describe('diffPorts', () => {
  const listeners = [httpListener(), httpListener('alt', { port: 8080 })];
  const gateways = [gateway('edge', { listeners })];

  test('names the ports that differ and those that are gone', () => {
    const parentRefs = [{ name: 'edge', sectionName: 'http' }];
    const before = tableOf(proxySnapshot({ gateways, httpRoutes: [httpRoute('site', { parentRefs })] }));
    const httpRoutes = [httpRoute('site', { parentRefs, rules: [rule('/new')] })];
    const changed = diffPorts(before, tableOf(proxySnapshot({ gateways, httpRoutes })));
    expect(changed.changed.map(({ port }) => port)).toEqual([80]);
    const removed = diffPorts(before, tableOf(proxySnapshot()));
    expect(removed.removed.map(({ port }) => port)).toEqual([8080]);
  });

  test('is empty for equal tables made anew', () => {
    const httpRoutes = [httpRoute('site')];
    const tables = [1, 2].map(() => tableOf(proxySnapshot({ gateways, httpRoutes })));
    expect(tables.map((table) => diffPorts(table, tables[0] ?? table))).toEqual([
      { changed: [], removed: [] },
      { changed: [], removed: [] },
    ]);
  });
});
