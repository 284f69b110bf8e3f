import { beforeEach, describe, expect, test } from '@jest/globals';
import { keyOf } from '../../../api/meta.ts';
import { type Audience, Publisher, type TableSources } from '../../../proxy/apply/publisher.ts';
import type { CertificateKey, RoutingTable } from '../../../proxy/plan/routing-table.ts';
import { endpointSlice, secret, service } from '../../support/builders/objects.ts';
import { forwardTo, hostOf, listenerTable, portTable, ruleFor, weighted } from '../../support/proxy/table.ts';

/** What the workers were told, in order. */
let told: string[];
let publisher: Publisher;

beforeEach(() => {
  told = [];
  const audience: Audience = {
    setCertificates: (bundles) => told.push(`certificates ${bundles.map(({ key }) => key).join()}`),
    changeEndpoints: ({ changed, removed }) => {
      if (changed.length > 0)
        told.push(`endpoints ${changed.map((set) => `${set.backend}=${set.endpoints.length}`).join()}`);
      if (removed.length > 0) told.push(`no endpoints ${removed.join()}`);
    },
    setTable: ({ ports }) => told.push(`table ${ports.length}`),
  };
  publisher = new Publisher({
    audience,
    inspect: (one) => ({
      verdict: { ok: true, names: [] },
      bundle: { key: keyOf(one) as string as CertificateKey, certificatePem: '', privateKeyPem: '' },
      expiresAt: 0,
    }),
  });
});

function tableWith(backend: string, certificate: string): RoutingTable {
  const listener = listenerTable('', [hostOf('', ruleFor('/', { action: forwardTo(weighted(backend)) }))], {
    certificates: [`shop/${certificate}` as CertificateKey],
  });
  return { ports: [portTable({ listeners: [listener] })] };
}

const sources: TableSources = {
  services: [service('a'), service('b')],
  endpointSlices: [
    endpointSlice(['10.0.0.1'], { service: 'shop/a' }),
    endpointSlice(['10.0.0.2'], { service: 'shop/b' }),
  ],
  secrets: [secret('one'), secret('two')],
};

describe('what workers are told', () => {
  test('comes in an order in which no rule ever lacks what it needs', () => {
    publisher.publish(tableWith('a', 'one'), sources);
    told = [];
    publisher.publish(tableWith('b', 'two'), sources);
    expect(told).toEqual([
      'certificates shop/one,shop/two',
      'endpoints shop/b:80=1',
      'table 1',
      'no endpoints shop/a:80',
      'certificates shop/two',
    ]);
  });

  test('of a pod that comes is its endpoint alone', () => {
    publisher.publish(tableWith('a', 'one'), sources);
    told = [];
    const more = [...sources.endpointSlices, endpointSlice(['10.0.0.9'], { service: 'shop/a' })];
    expect(publisher.publishEndpoints({ ...sources, endpointSlices: more })).toBe(true);
    expect(told).toEqual(['endpoints shop/a:80=2']);
    expect(publisher.publishEndpoints({ ...sources, endpointSlices: more })).toBe(false);
  });

  test('a certificate whose Secret has gone is kept for as long as a port still shows it', () => {
    publisher.publish(tableWith('a', 'one'), sources);
    told = [];
    publisher.publish(tableWith('a', 'one'), { ...sources, secrets: [] });
    expect(told.at(-1)).toBe('certificates shop/one');
    publisher.publish({ ports: [] }, { ...sources, secrets: [] });
    expect(told.at(-1)).toBe('certificates ');
  });
});
