import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { firstLight } from './first-light.ts';
import { type Cli, startCli } from './harness.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await startCli();
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

const SHOP = {
  address: '203.0.113.0',
  owner: 'Gateway default/shop',
  announcedBy: ['lb1'],
  listeners: ['http:80'],
  routes: 1,
  readyPods: 1,
  problems: [
    'listener https: Secret default/shop-tls holds no usable certificate: tls.key does not belong to the certificate in tls.crt',
    'HTTPRoute default/site: Service default/gone does not exist',
  ],
};

test('fairlead status of an empty cluster is a head without lines', async () => {
  const { exitCode, out, errors } = await cli.run('status');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] });
  expect(out).toBe('ADDRESS   OWNER   ANNOUNCED BY   LISTENERS   ROUTES   READY PODS   PROBLEMS\n');
});

describe('fairlead status', () => {
  beforeAll(() => firstLight(cli));

  test('prints one line for each address, with what is wrong', async () => {
    const [head, ...lines] = (await cli.run('status')).out.trimEnd().split('\n');
    expect(head?.split(/ {3,}/)).toEqual([
      'ADDRESS',
      'OWNER',
      'ANNOUNCED BY',
      'LISTENERS',
      'ROUTES',
      'READY PODS',
      'PROBLEMS',
    ]);
    const cells = ['203.0.113.0', 'Gateway default/shop', 'lb1', 'http:80', '1', '1', SHOP.problems.join('; ')];
    expect(lines.map((line) => line.split(/ {3,}/))).toEqual([cells]);
  });

  test('-o wide adds a line for each LB node: one that is silent is lost, whatever it said before', async () => {
    const { out } = await cli.run('status', '-o', 'wide');
    const [, nodes = ''] = out.split('\n\n');
    expect(
      nodes
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {3,}/)),
    ).toEqual([
      ['NODE', 'PHASE', 'HEARTBEAT', 'ANNOUNCED', 'CONNECTIONS', 'PEERS'],
      ['lb1', 'Serving', expect.stringMatching(/^\d+s$/), '1', '3', 'router:Established'],
      ['lb2', 'Lost', expect.stringMatching(/^\d+d$/), '1', '3', 'router:Established'],
    ]);
  });

  test.each(['json', 'yaml'])('-o %s prints the same as data', async (format) => {
    const { addresses, nodes } = parse((await cli.run('status', '-o', format)).out) as {
      readonly addresses: unknown;
      readonly nodes: readonly { readonly metadata: { readonly name: string } }[];
    };
    expect(addresses).toEqual([SHOP]);
    expect(nodes.map(({ metadata }) => metadata.name)).toEqual(['lb1', 'lb2']);
  });

  test('an address that nobody announces says why, node by node', async () => {
    await cli.setStatus('/apis/fairlead.dev/v1alpha1/lbnodes/lb1', {
      announced: [],
      withheld: [{ address: '203.0.113.0', reason: 'NoPeer', message: 'there is no router' }],
    });
    const { addresses } = parse((await cli.run('status', '-o', 'json')).out) as { readonly addresses: unknown };
    expect(addresses).toMatchObject([
      {
        announcedBy: [],
        problems: [
          ...SHOP.problems,
          'lb1 withholds 203.0.113.0: there is no router (NoPeer).',
          'lb2 has not reported for more than 15 s: what it announces is unknown.',
        ],
      },
    ]);
  });

  test('an unknown output format is bad input', async () => {
    const { exitCode, errors } = await cli.run('status', '-o', 'xml');
    expect(exitCode).toBe(2);
    expect(errors[0]).toMatch(/Allowed choices are wide, json, yaml/);
  });
});
