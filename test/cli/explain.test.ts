import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tlsSecretData } from '../support/proxy/fixtures.ts';
import { firstLight } from './first-light.ts';
import { type Cli, startCli } from './harness.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await startCli();
  await firstLight(cli);
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

async function explain(target: string, ...more: readonly string[]): Promise<readonly string[]> {
  const { exitCode, out, errors } = await cli.run('explain', target, ...more);
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  return out.trimEnd().split('\n');
}

describe('fairlead explain', () => {
  test('gateway: listeners, address, and who announces it', async () => {
    expect(await explain('gateway/shop')).toEqual([
      'Its address is 203.0.113.0.',
      'Listener http takes HTTP for every host on port 80 and has 1 route.',
      'Listener https is not served: Secret default/shop-tls holds no usable certificate: tls.key does not belong to the certificate in tls.crt.',
      'lb1 announces 203.0.113.0.',
      'lb2 has not reported for more than 15 s: what it announces is unknown.',
    ]);
  });

  test('gateway: a certificate that is put right is taken', async () => {
    await cli.apply(tlsSecret(tlsSecretData('shop')));
    expect((await explain('gtw/shop'))[2]).toBe(
      'Listener https takes HTTPS for shop.example.test on port 443 and has 1 route.',
    );
  });

  test('httproute: where it is served and what each rule does', async () => {
    expect(await explain('httproute/site')).toEqual([
      'It is served on Gateway default/shop, listeners http, https.',
      'Not all of it works: Service default/gone does not exist (BackendNotFound).',
      'Rule 1 forwards to default/web:80 with 1 ready endpoint.',
      'Rule 2 answers 500: Service default/gone does not exist.',
    ]);
  });

  test.each(['ip/203.0.113.0', 'ipallocation/203.0.113.0'])(
    '%s: whose it is, and what each node does about it',
    async (target) => {
      expect(await explain(target)).toEqual([
        '203.0.113.0 of pool lab belongs to Service default/shop (auto, Bound).',
        'lb1 announces 203.0.113.0.',
        'lb2 has not reported for more than 15 s: what it announces is unknown.',
      ]);
    },
  );

  test('ip: an address that nobody has', async () => {
    expect(await explain('ip/203.0.113.14')).toEqual(['203.0.113.14 is not allocated.']);
  });

  test('lbnode: phase, sessions and every address', async () => {
    expect(await explain('lbnode/lb1')).toEqual([
      expect.stringMatching(/^lb1 is Serving/),
      'Its proxy holds 3 connections.',
      'Session with router (10.10.0.1) is Established.',
      'It announces 203.0.113.0.',
      'It withholds 203.0.113.1: the proxy of this node has no listener on it (NotServed).',
    ]);
  });

  test('lbnode: what a node said before it fell silent is not repeated as true', async () => {
    expect(await explain('lbnode/lb2')).toEqual([
      'lb2 has not reported for more than 15 s: its speaker is down or cut off.',
    ]);
  });

  test('any other kind: its conditions, and what of it cannot be read', async () => {
    expect(await explain('gatewayclass/fairlead')).toEqual(['Accepted is Unknown (Pending): Waiting for controller.']);
    await cli.setStatus('/apis/fairlead.dev/v1alpha1/bgppeers/router', {
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'SecretMissing',
          message: 'Secret a/b does not exist',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
    expect(await explain('bgppeer/router')).toEqual(['Accepted is False (SecretMissing): Secret a/b does not exist.']);
  });

  test("loadbalancerippool: Cilium's counts, which say nothing but a number", async () => {
    const count = { type: 'fairlead.dev/IPsTotal', status: 'Unknown', reason: 'noreason', message: '16' };
    await cli.apply({
      apiVersion: 'fairlead.dev/v1alpha1',
      kind: 'LoadBalancerIPPool',
      metadata: { name: 'public' },
      spec: { blocks: [{ cidr: '203.0.113.0/28' }] },
    });
    await cli.setStatus('/apis/fairlead.dev/v1alpha1/loadbalancerippools/public', {
      conditions: [{ ...count, lastTransitionTime: '2026-01-01T00:00:00Z' }],
    });
    expect(await explain('loadbalancerippool/public')).toEqual(['fairlead.dev/IPsTotal: 16.']);
  });

  test.each([
    { target: 'gateway/gone', exitCode: 1, error: 'error: gateways.gateway.networking.k8s.io "gone" not found' },
    { target: 'gadget/x', exitCode: 1, error: 'error: the server doesn\'t have a resource type "gadget"' },
    { target: 'gateway', exitCode: 2, error: 'error: "gateway" is no KIND/NAME, such as httproute/site' },
    { target: 'ip/nonsense', exitCode: 2, error: 'error: "nonsense" is no IPv4 or IPv6 address' },
  ])('$target fails with $exitCode', async ({ target, exitCode, error }) => {
    expect(await cli.run('explain', target)).toEqual({ exitCode, out: '', errors: [error] });
  });

  test('looks in the namespace that -n names', async () => {
    const { exitCode, errors } = await cli.run('explain', 'gateway/shop', '-n', 'elsewhere');
    expect({ exitCode, errors }).toEqual({
      exitCode: 1,
      errors: ['error: gateways.gateway.networking.k8s.io "shop" not found'],
    });
  });
});

function tlsSecret(data: Readonly<Record<string, string>>): unknown {
  return { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'shop-tls' }, data };
}
