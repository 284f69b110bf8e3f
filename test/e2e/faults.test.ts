// What may break around Fairlead, in a whole lab: the last good state keeps serving, a clear line says what is wrong,
// and everything comes back by itself.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readManifests } from '../../cli/manifests.ts';
import { askDaemon, labStatus } from '../../lab/daemon/control.ts';
import { samplesFolder } from '../../lab/demo/samples.ts';
import { logFile, pathsOf } from '../../lab/state.ts';
import { eventually } from '../support/eventually.ts';
import { FAIRLEAD, TestLab } from '../support/lab.ts';

const WITHIN = { timeoutMs: 15_000, everyMs: 100 };
const URL = 'http://shop.example.test/';
const RESOLVE = ['--resolve', 'shop.example.test:80:203.0.113.0'];
const folder = mkdtempSync(join(tmpdir(), 'fl-faults-'));
let lab: TestLab;

beforeAll(async () => {
  lab = await TestLab.up();
  await lab.apply(JSON.stringify({ kind: 'List', items: readManifests(samplesFolder()) }));
  await eventually(expectServed, { timeoutMs: 20_000 });
}, 60_000);

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await lab[Symbol.asyncDispose]();
}, 30_000);

async function expectServed(): Promise<void> {
  expect(await lab.requestStatus(URL, ...RESOLVE)).toBe(200);
}

function unit(verb: 'start' | 'stop', node: string, name: string): Promise<unknown> {
  return askDaemon(lab.name, 'POST', `/nodes/${node}/units/${name}/${verb}`);
}

async function pidOf(node: string, name: string): Promise<number> {
  const { units } = await labStatus(lab.name);
  const pid = units.find((each) => each.node === node && each.unit === name)?.pid;
  if (pid === undefined) throw new Error(`${name} does not run on ${node}`);
  return pid;
}

/** Starts `fairlead ipam` on that node with that kubeconfig until it has said the same thing twice: it goes on trying. */
async function ipamSaysTwice(what: RegExp, { node, kubeconfig }: { node: string; kubeconfig: string }): Promise<void> {
  const path = join(folder, 'kubeconfig');
  writeFileSync(path, kubeconfig);
  const flags = ['--kubeconfig', path, '--debug-socket', join(folder, 'debug.sock'), '--metrics-address', 'none'];
  await using ipam = lab.start(node, FAIRLEAD, 'ipam', ...flags);
  await eventually(
    () => expect(ipam.output.split('\n').filter((line) => what.test(line)).length).toBeGreaterThan(1),
    WITHIN,
  );
}

describe('without an API server', () => {
  test('requests are served, a speaker that is killed comes back, and changes arrive when the server is back', async () => {
    await unit('stop', 'api', 'fairlead-apiserver');
    await expectServed();
    process.kill(await pidOf('lb1', 'fairlead-gobgpd'), 'SIGKILL');
    await eventually(expectServed, WITHIN);
    await unit('start', 'api', 'fairlead-apiserver');
    await lab.delete('/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes/shop');
    await eventually(async () => expect(await lab.requestStatus(URL, ...RESOLVE)).toBe(404), WITHIN);
    await lab.apply(JSON.stringify({ kind: 'List', items: readManifests(samplesFolder()) }));
    await eventually(expectServed, WITHIN);
  }, 60_000);

  test('a program says which server it cannot reach and why, and tries again', async () => {
    const text = readFileSync(pathsOf(lab.name).kubeconfig, 'utf8');
    const kubeconfig = text.replace(/server: .*/, 'server: https://127.0.0.1:1');
    await ipamSaysTwice(/https:\/\/127\.0\.0\.1:1.*ECONNREFUSED/, { node: 'api', kubeconfig });
  }, 20_000);
});

describe('an API server with the certificate of somebody else', () => {
  test('is not believed: the program says so and tries again', async () => {
    const kubeconfig = (await lab.exec('lb1', 'cat', '/etc/fairlead/kubeconfig')).stdout;
    const wrong = readFileSync(`${samplesFolder()}/test-certificates/ca.crt`).toString('base64');
    expect(kubeconfig).toMatch(/certificate-authority-data: /);
    const doubtful = kubeconfig.replace(/certificate-authority-data: .*/, `certificate-authority-data: ${wrong}`);
    await ipamSaysTwice(/https:\/\/10\.10\.0\.2:6443.*(certificate|self-signed|UNABLE_TO_VERIFY)/i, {
      node: 'lb1',
      kubeconfig: doubtful,
    });
  }, 20_000);
});

describe('without gobgpd', () => {
  test('the speaker says so and goes on; the route is there again when gobgpd is', async () => {
    await unit('stop', 'lb1', 'fairlead-gobgpd');
    await eventually(async () => expect(await lab.requestStatus(URL, ...RESOLVE)).toBe(0), WITHIN);
    await eventually(async () => {
      const { units } = await labStatus(lab.name);
      expect(units.find((each) => each.unit === 'fairlead-speaker')).toMatchObject({
        state: 'active',
        text: expect.stringMatching(/gobgpd/),
      });
    }, WITHIN);
    expect(readFileSync(logFile(lab.name, 'lb1', 'fairlead-speaker'), 'utf8')).toMatch(
      /gobgpd does not answer|Unreachable/,
    );
    await unit('start', 'lb1', 'fairlead-gobgpd');
    await eventually(expectServed, WITHIN);
  }, 60_000);
});
