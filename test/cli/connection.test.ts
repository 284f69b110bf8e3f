// A server that cannot be asked: one line that says so, and the exit code that scripts rely on.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Cli, kubeconfigFor, runCommand, startCli } from './harness.ts';

let cli: Cli;
beforeAll(async () => {
  cli = await startCli();
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

const COMMANDS = [
  ['status'],
  ['explain', 'gateway/shop'],
  ['explain', 'ip/203.0.113.1'],
  ['get', 'gateways'],
  ['drain', 'lb1'],
];

describe.each(COMMANDS.map((command) => ({ command, title: command.join(' ') })))('fairlead $title', ({ command }) => {
  test('against a server that nobody runs says which server, in one line, and fails with 1', async () => {
    const kubeconfig = await cli.file('nobody', kubeconfigFor('http://127.0.0.1:1'));
    const { exitCode, out, errors } = await runCommand('--kubeconfig', kubeconfig, ...command);
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(errors).toEqual([
      expect.stringMatching(/^error: cannot reach the API server at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED[^\n]*$/),
    ]);
  });

  test('against a server that is none of Kubernetes says so in one line and fails with 1', async () => {
    const server = createServer((_, response) => response.end('{"hello":"world"}')).listen(0, '127.0.0.1');
    using undo = new DisposableStack();
    undo.defer(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const kubeconfig = await cli.file('other', kubeconfigFor(`http://127.0.0.1:${port}`));
    const { exitCode, out, errors } = await runCommand('--kubeconfig', kubeconfig, ...command);
    expect({ exitCode, out: out.replace(/^lbnode\/lb1 draining\n$/, '') }).toEqual({ exitCode: 1, out: '' });
    expect(errors).toHaveLength(1);
    expect(errors[0]).not.toContain('\n');
    server.closeAllConnections();
  });

  test.each([
    { name: 'that does not exist', text: undefined },
    { name: 'that is no YAML', text: '{' },
    { name: 'without a context', text: 'apiVersion: v1\nkind: Config\n' },
    { name: 'without a server', text: kubeconfigFor('') },
  ])('with a kubeconfig $name says which file in one line and fails with 2', async ({ text }) => {
    const kubeconfig = text === undefined ? '/nowhere/kubeconfig' : await cli.file('broken', text);
    const { exitCode, out, errors } = await runCommand('--kubeconfig', kubeconfig, ...command);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^error: .*${kubeconfig}[^\\n]*$`))]);
  });
});

describe('on a server without the CustomResourceDefinitions', () => {
  beforeAll(async () => {
    for (const name of ['lbnodes.fairlead.dev', 'ipallocations.fairlead.dev', 'httproutes.gateway.networking.k8s.io']) {
      await cli.client.request('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`, {
        signal: AbortSignal.timeout(5000),
      });
    }
  });

  test.each(['status', 'explain ip/203.0.113.1', 'explain service/web'])('fairlead %s names them', async (command) => {
    await cli.apply({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
    const { exitCode, out, errors } = await cli.run(...command.split(' '));
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(errors).toEqual([
      'error: the server does not know HTTPRoute, IPAllocation, LBNode: are the CustomResourceDefinitions of Fairlead and of the Gateway API installed?',
    ]);
  });
});
