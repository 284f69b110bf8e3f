import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Cli, startCli } from './harness.ts';

const LB1 = '/apis/fairlead.dev/v1alpha1/lbnodes/lb1';
const signal = (): AbortSignal => AbortSignal.timeout(5000);

let cli: Cli;
beforeAll(async () => {
  cli = await startCli();
  await cli.apply({ apiVersion: 'fairlead.dev/v1alpha1', kind: 'LBNode', metadata: { name: 'lb1' }, spec: {} });
});
afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

async function isDraining(): Promise<unknown> {
  const node = (await cli.client.request('GET', LB1, { signal: signal() })) as {
    readonly spec: { draining?: boolean };
  };
  return node.spec.draining;
}

/** Plays the speaker: once the node is asked, its status goes through the phases. */
async function answerWith(draining: boolean, phases: readonly string[]): Promise<void> {
  const watch = cli.client.watch('/apis/fairlead.dev/v1alpha1/lbnodes', { timeoutSeconds: 10 }, signal());
  for await (const event of watch) {
    const node = event as unknown as { readonly object: { readonly spec: { draining?: boolean } } };
    if (node.object.spec.draining === draining) break;
  }
  for (const phase of phases) {
    await cli.setStatus(LB1, { phase, heartbeatTime: new Date().toISOString(), connections: 0 });
  }
}

test('drain asks the node, waits until it is drained, and undrain takes it back', async () => {
  const [drained] = await Promise.all([
    cli.run('drain', 'lb1'),
    answerWith(true, ['Preparing', 'Draining', 'Drained']),
  ]);
  expect(drained).toMatchObject({ exitCode: 0, errors: [] });
  expect(drained.out).toMatch(
    /^lbnode\/lb1 draining\n(.*\n)*lbnode\/lb1 Drained: 0 addresses announced, 0 connections\n$/,
  );
  expect(await isDraining()).toBe(true);
  const [undrained] = await Promise.all([cli.run('undrain', 'lb1'), answerWith(false, ['Joining', 'Settling'])]);
  expect(undrained).toMatchObject({ exitCode: 0, errors: [] });
  expect(undrained.out).toMatch(
    /^lbnode\/lb1 undrained\n(.*\n)*lbnode\/lb1 Settling: 0 addresses announced, 0 connections\n$/,
  );
  expect(await isDraining()).toBe(false);
});

test('--no-wait returns as soon as the node has been asked', async () => {
  expect(await cli.run('drain', 'lb1', '--no-wait')).toEqual({ exitCode: 0, out: 'lbnode/lb1 draining\n', errors: [] });
  expect(await isDraining()).toBe(true);
});

test('a node whose speaker does not answer: fails when the time is up, says how far it got and what to look at', async () => {
  const { exitCode, errors } = await cli.run('drain', 'lb1', '--timeout', '0.05');
  expect(exitCode).toBe(1);
  expect(errors).toEqual([
    'error: timed out after 0.05s: lbnode/lb1 is Settling: 0 addresses announced, 0 connections, not Drained. Is its fairlead-speaker running?',
  ]);
});

test.each([
  { args: ['drain', 'lb9'], exitCode: 1, error: /^error: lbnodes.fairlead.dev "lb9" not found$/ },
  { args: ['undrain', 'lb9'], exitCode: 1, error: /^error: lbnodes.fairlead.dev "lb9" not found$/ },
  { args: ['drain', 'lb1', '--timeout', 'soon'], exitCode: 2, error: /must be a number of seconds above 0/ },
  { args: ['drain'], exitCode: 2, error: /missing required argument 'node'/ },
])('$args fails with $exitCode', async ({ args, exitCode, error }) => {
  const result = await cli.run(...args);
  expect(result).toEqual({ exitCode, out: '', errors: [expect.stringMatching(error)] });
});
