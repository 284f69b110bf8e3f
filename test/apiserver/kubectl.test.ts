// The real kubectl, whatever version is in PATH, against the embedded server.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningApiServer, startApiServer } from '../../apiserver/start.ts';
import { createLogger } from '../../runtime/logger.ts';
import { eventually } from '../support/eventually.ts';
import { Client, MERGE } from './support/client.ts';

const run = promisify(execFile);
const MANIFESTS = join(import.meta.dirname, 'manifests');
const stop = new AbortController();
let folder: string;
let server: RunningApiServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fl-kubectl-'));
  const settings = {
    listen: { host: '127.0.0.1', port: 0 },
    data: ':memory:',
    writeKubeconfig: join(folder, 'kubeconfig'),
    tlsSan: [],
    crdDir: [],
    logLevel: 'silent',
  } as const;
  const log = createLogger({ program: 'test', level: 'silent' });
  server = await startApiServer({ settings, log }, stop.signal);
});

afterAll(async () => {
  stop.abort();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, KUBECONFIG: join(folder, 'kubeconfig'), HOME: folder });

interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function kubectl(line: string, input = ''): Promise<Output> {
  const child = run('kubectl', line.split(' '), { env: environment(), timeout: 20_000 });
  child.child.stdin?.end(input);
  try {
    return { ...(await child), code: 0 };
  } catch (error) {
    const failure = error as Output;
    return { stdout: failure.stdout, stderr: failure.stderr, code: failure.code };
  }
}

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{name: http, port: 80, targetPort: 8080}]
`;
const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: fairlead
  listeners: [{name: http, port: 80, protocol: HTTP}]
`;

test('create, get in every form, label, annotate, delete', async () => {
  expect((await kubectl('create configmap one --from-literal=k=v')).stdout).toBe('configmap/one created\n');
  expect((await kubectl('get configmap one -o jsonpath={.data.k}')).stdout).toBe('v');
  expect((await kubectl('get cm one')).stdout).toMatch(/^NAME +DATA +AGE\none +1 +\d+s\n$/);
  expect((await kubectl('get cm one -o yaml')).stdout).toContain('kind: ConfigMap');
  expect((await kubectl('get cm one -o name')).stdout).toBe('configmap/one\n');
  expect((await kubectl('label cm one a=b')).code).toBe(0);
  expect((await kubectl('annotate cm one note=x')).code).toBe(0);
  expect((await kubectl('get cm -l a=b -o name')).stdout).toBe('configmap/one\n');
  expect((await kubectl('get cm --field-selector metadata.name=one -o name')).stdout).toBe('configmap/one\n');
  expect((await kubectl('delete cm one')).stdout).toContain('"one" deleted');
  const missing = await kubectl('get cm one');
  expect([missing.code, missing.stderr]).toEqual([1, 'Error from server (NotFound): configmaps "one" not found\n']);
}, 20_000);

test.each(['ingress.yaml', 'tcp-routes.yaml', 'canary.yaml', 'tls.yaml', 'hosts.yaml'])(
  'apply of %s, twice',
  async (file) => {
    const namespace = `ns-${file.replace('.yaml', '')}`;
    await kubectl(`create namespace ${namespace}`);
    const first = await kubectl(`apply -n ${namespace} -f ${join(MANIFESTS, file)}`);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(
      first.stdout
        .trim()
        .split('\n')
        .every((line) => line.endsWith('created')),
    ).toBe(true);
    const second = await kubectl(`apply -n ${namespace} -f ${join(MANIFESTS, file)}`);
    expect([second.code, second.stderr]).toEqual([0, '']);
    expect(second.stdout).not.toContain('created');
  },
  20_000,
);

test('manifests for several namespaces and for a kind of somebody else apply, twice and server-side', async () => {
  for (const name of ['httpbin', 'operation', 'test-weight', 'cilium-ingress'])
    await kubectl(`create namespace ${name}`);
  await kubectl(`create -f ${join(MANIFESTS, 'cilium-pool-definition.yaml')}`);
  for (const name of ['gke-gateway', 'weights', 'cilium']) {
    const file = join(MANIFESTS, `${name}.yaml`);
    for (const how of ['', '', '--server-side --force-conflicts ']) {
      const { code, stderr } = await kubectl(`apply ${how}-f ${file}`);
      expect([file, how, code, stderr]).toEqual([file, how, 0, '']);
    }
    expect(await kubectl(`diff -f ${file}`)).toMatchObject({ code: 0, stdout: '' });
  }
}, 40_000);

describe('apply', () => {
  test('client-side: a changed manifest changes and removes what it must', async () => {
    await kubectl('apply -f -', SERVICE);
    expect((await kubectl('apply -f -', SERVICE)).stdout).toBe('service/web unchanged\n');
    const changed = SERVICE.replace('{app: web}', '{tier: front}').replace('http, port: 80', 'web, port: 81');
    expect((await kubectl('apply -f -', changed)).stdout).toBe('service/web configured\n');
    const { stdout } = await kubectl('get svc web -o json');
    expect(JSON.parse(stdout).spec).toMatchObject({ selector: { tier: 'front' }, ports: [{ name: 'web', port: 81 }] });
    expect(JSON.parse(stdout).spec.selector.app).toBeUndefined();
  }, 20_000);

  test('--server-side: owns what it says, and --force-conflicts takes over', async () => {
    expect((await kubectl('apply --server-side -f -', GATEWAY)).stdout).toContain('serverside-applied');
    const other = GATEWAY.replace('fairlead', 'other');
    const refused = await kubectl('apply --server-side --field-manager=second -f -', other);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('conflict with "kubectl"');
    const forced = await kubectl('apply --server-side --field-manager=second --force-conflicts -f -', other);
    expect(forced.stdout).toContain('serverside-applied');
  }, 20_000);

  test('a typo in a field is refused by its name', async () => {
    const refused = await kubectl('apply -f -', SERVICE.replace('selector', 'selektor'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('selektor');
  }, 20_000);

  test('an object that its schema refuses is explained', async () => {
    const refused = await kubectl('apply -f -', GATEWAY.replace('edge', 'bad').replace('port: 80', 'port: 99999'));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('spec.listeners[0].port');
  }, 20_000);
});

test('patch in its three types, and edit', async () => {
  await kubectl('create service clusterip patched --tcp=80:8080');
  expect((await kubectl('patch svc patched --type=merge -p {"metadata":{"labels":{"m":"1"}}}')).code).toBe(0);
  expect(
    (await kubectl('patch svc patched --type=json -p [{"op":"add","path":"/metadata/labels/j","value":"1"}]')).code,
  ).toBe(0);
  expect((await kubectl('patch svc patched -p {"spec":{"ports":[{"port":81,"name":"more"}]}}')).code).toBe(0);
  const { stdout } = await kubectl('get svc patched -o json');
  expect(JSON.parse(stdout).metadata.labels).toMatchObject({ m: '1', j: '1' });
  expect(JSON.parse(stdout).spec.ports).toHaveLength(2);
  const failed = await kubectl('patch svc patched --type=json -p [{"op":"test","path":"/spec/type","value":"x"}]');
  expect(failed.stderr).toContain('The request is invalid: the server rejected our request');
  const edit = await run('kubectl', ['edit', 'svc', 'patched'], {
    env: { ...environment(), EDITOR: 'sed -i s/8080/9090/' },
  });
  expect(edit.stdout).toContain('edited');
  expect((await kubectl('get svc patched -o jsonpath={.spec.ports[*].targetPort}')).stdout).toContain('9090');
}, 20_000);

test('get --watch sees changes, wait --for sees a condition, delete --wait returns when it is gone', async () => {
  await kubectl('create deployment web --image=example/web:1');
  const watching = spawn('kubectl', ['get', 'deployment', 'web', '--watch', '--output-watch-events'], {
    env: environment(),
  });
  try {
    const seen = gather(watching);
    await eventually(() => expect(seen()).toContain('ADDED'));
    const waiting = kubectl('wait deployment/web --for=condition=Available --timeout=15s');
    const condition = {
      type: 'Available',
      status: 'True',
      reason: 'R',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    await reportStatus('deployments', { conditions: [condition], readyReplicas: 1 });
    expect((await waiting).stdout).toBe('deployment.apps/web condition met\n');
    await eventually(() => expect(seen()).toMatch(/MODIFIED +web +1\/1/));
    expect((await kubectl('delete deployment web --wait')).code).toBe(0);
    await eventually(() => expect(seen()).toContain('DELETED'));
  } finally {
    watching.kill();
  }
}, 30_000);

function gather(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function reportStatus(plural: string, status: object): Promise<void> {
  const url = `${server.url ?? ''}/apis/apps/v1/namespaces/default/${plural}/web/status`;
  const client = new Client({
    url,
    headers: { authorization: `Bearer ${server.token ?? ''}` },
    tls: { ca: server.ca },
  });
  expect((await client.patch(new URL(url).pathname, MERGE, { status })).code).toBe(200);
}

test('explain knows our kinds and the built-in ones', async () => {
  expect((await kubectl('explain gateway.spec.listeners')).stdout).toContain('listeners');
  expect((await kubectl('explain service.spec.ports')).stdout).toContain('ServicePort');
  expect((await kubectl('explain loadbalancerippools.spec')).code).toBe(0);
}, 20_000);

test('api-resources lists all kinds; auth can-i and version answer', async () => {
  const { stdout } = await kubectl('api-resources -o name');
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(['services', 'httproutes.gateway.networking.k8s.io', 'lbnodes.fairlead.dev']),
  );
  expect((await kubectl('auth can-i get pods')).stdout).toBe('yes\n');
  expect((await kubectl('version')).stdout).toContain('v1.37');
}, 20_000);

test('a definition made by kubectl serves its kind', async () => {
  const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: boats, kind: Boat, shortNames: [bt]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {sails: {type: integer}}}}}}
    additionalPrinterColumns: [{name: Sails, type: integer, jsonPath: .spec.sails}]
`;
  expect((await kubectl('apply -f -', definition)).code).toBe(0);
  expect((await kubectl('wait crd/boats.example.com --for=condition=Established --timeout=10s')).code).toBe(0);
  expect(
    (await kubectl('apply -f -', 'apiVersion: example.com/v1\nkind: Boat\nmetadata: {name: b}\nspec: {sails: 2}\n'))
      .code,
  ).toBe(0);
  expect((await kubectl('get bt')).stdout).toMatch(/^NAME +SAILS\nb +2\n$/);
}, 20_000);
